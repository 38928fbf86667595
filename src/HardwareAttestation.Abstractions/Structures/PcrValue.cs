using System.Security.Cryptography;
using System.Text.Json.Serialization;
using HardwareAttestation.Protocol;

namespace HardwareAttestation.Structures;

/// <summary>The value of one PCR in one bank.</summary>
/// <remarks>Nothing is refused here: a value that a machine claims may be of a bank, a PCR or a size that there is not, and gets its verdict.</remarks>
public sealed record PcrValue
{
    private const int UsualSize = 24 * 32;

    /// <summary>Initializes the value.</summary>
    /// <param name="bank">The bank's hash algorithm.</param>
    /// <param name="pcr">The PCR's index.</param>
    /// <param name="digest">The value; as long as the bank's digests.</param>
    public PcrValue(TpmAlgId bank, int pcr, ReadOnlyMemory<byte> digest)
    {
        Bank = bank;
        Pcr = pcr;
        Digest = digest;
    }

    /// <summary>The bank's hash algorithm.</summary>
    [JsonConverter(typeof(PcrBankJsonConverter))]
    public TpmAlgId Bank { get; init; }

    /// <summary>The PCR's index.</summary>
    public int Pcr { get; init; }

    /// <summary>The value; as long as the bank's digests.</summary>
    [JsonConverter(typeof(Base64JsonConverter))]
    public ReadOnlyMemory<byte> Digest { get; init; }

    /// <summary>
    /// Computes the digest that a quote carries: the hash of the values one after the other (TPM 2.0 Library, Part 1, section 17.6.2).
    /// </summary>
    /// <param name="values">The values in the order of the quote's selection: its banks in order, in each the PCRs in ascending order.</param>
    /// <param name="hashAlg">The hash algorithm of the signing key's scheme.</param>
    /// <returns>The digest.</returns>
    /// <exception cref="ArgumentOutOfRangeException">.NET has no such hash algorithm.</exception>
    public static byte[] ComputeDigest(IEnumerable<PcrValue> values, TpmAlgId hashAlg)
    {
        ArgumentNullException.ThrowIfNull(values);
        HashAlgorithmName name = TpmHash.GetName(hashAlg);
        IReadOnlyList<PcrValue> list = values as IReadOnlyList<PcrValue> ?? [.. values];
        int size = 0;
        for (int i = 0; i < list.Count; i++)
        {
            size += list[i].Digest.Length;
        }

        Span<byte> joined = size <= UsualSize ? stackalloc byte[UsualSize] : new byte[size];
        joined = joined[..size];
        Span<byte> rest = joined;
        for (int i = 0; i < list.Count; i++)
        {
            ReadOnlySpan<byte> digest = list[i].Digest.Span;
            digest.CopyTo(rest);
            rest = rest[digest.Length..];
        }

        return CryptographicOperations.HashData(name, joined);
    }

    /// <summary>Whether bank, index and value are the same.</summary>
    /// <param name="other">Another value.</param>
    /// <returns>True if they are.</returns>
    public bool Equals(PcrValue? other) =>
        other is not null && Bank == other.Bank && Pcr == other.Pcr && Digest.Span.SequenceEqual(other.Digest.Span);

    /// <inheritdoc/>
    public override int GetHashCode()
    {
        HashCode hash = default;
        hash.Add(Bank);
        hash.Add(Pcr);
        hash.AddBytes(Digest.Span);
        return hash.ToHashCode();
    }

    /// <summary>The value as TPM tools write it.</summary>
    /// <returns>For instance <c>sha256:7 = 65caf8dd…</c>.</returns>
    public override string ToString() => $"{TpmHash.ToToolName(Bank)}:{Pcr} = {Convert.ToHexStringLower(Digest.Span)}";
}
