using System.Collections;
using System.Security.Cryptography;
using HardwareAttestation.Client.Commands;
using HardwareAttestation.Structures;

namespace HardwareAttestation.Client;

/// <summary>The values of PCRs as one response of the TPM gave them. An object for each is made when somebody looks at them.</summary>
/// <param name="selection">The PCRs.</param>
/// <param name="response">A response that has all of them.</param>
internal sealed class PcrValueList(TpmlPcrSelection selection, PcrReadResponse response) : IReadOnlyList<PcrValue>
{
    // A selection has four octets at most, and a response eight digests.
    private const int MostPcrs = 32;
    private const int MostValues = 8;
    private PcrValue[]? _values;

    public int Count => response.Count;

    private PcrValue[] Values => _values ??= MakeValues();

    public PcrValue this[int index] => Values[index];

    /// <summary>Whether a quote's digest is that of values.</summary>
    /// <param name="values">The values, in the order of the quote's selection.</param>
    /// <param name="hashAlg">The hash algorithm of the signing key's scheme.</param>
    /// <param name="digest">The digest.</param>
    public static bool HaveDigest(IReadOnlyList<PcrValue> values, TpmAlgId hashAlg, ReadOnlySpan<byte> digest) => values is PcrValueList list
        ? list.HasDigest(hashAlg, digest)
        : digest.SequenceEqual(PcrValue.ComputeDigest(values, hashAlg));

    public IEnumerator<PcrValue> GetEnumerator() => ((IEnumerable<PcrValue>)Values).GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => Values.GetEnumerator();

    private bool HasDigest(TpmAlgId hashAlg, ReadOnlySpan<byte> digest)
    {
        Span<byte> joined = stackalloc byte[MostValues * TpmHash.MaximumDigestSize];
        int size = 0;
        int position = 0;
        for (int i = 0; i < response.Count; i++)
        {
            ReadOnlySpan<byte> value = response.ReadValue(ref position).Span;
            value.CopyTo(joined[size..]);
            size += value.Length;
        }

        Span<byte> computed = stackalloc byte[TpmHash.MaximumDigestSize];
        int computedSize = CryptographicOperations.HashData(TpmHash.GetName(hashAlg), joined[..size], computed);
        return digest.SequenceEqual(computed[..computedSize]);
    }

    private PcrValue[] MakeValues()
    {
        var values = new PcrValue[response.Count];
        int next = 0;
        int position = 0;
        for (int i = 0; i < selection.Count; i++)
        {
            TpmsPcrSelection bank = selection[i];
            for (int pcr = 0; pcr < MostPcrs; pcr++)
            {
                if (bank.Contains(pcr))
                {
                    values[next++] = new PcrValue(bank.Hash, pcr, response.ReadValue(ref position));
                }
            }
        }

        return values;
    }
}
