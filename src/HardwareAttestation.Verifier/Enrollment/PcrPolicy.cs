using HardwareAttestation.Protocol;
using HardwareAttestation.Structures;

namespace HardwareAttestation.Verifier;

/// <summary>Which values PCRs may have, several for each. A PCR of which nothing is said may have any.</summary>
public sealed class PcrPolicy
{
    private readonly SortedDictionary<(TpmAlgId Bank, int Pcr), List<byte[]>> _allowed = [];

    /// <summary>Whether nothing is said of any PCR.</summary>
    public bool IsEmpty => _allowed.Count == 0;

    /// <summary>The banks and PCRs of which something is said.</summary>
    internal IEnumerable<(TpmAlgId Bank, int Pcr)> Pcrs => _allowed.Keys;

    /// <summary>Allows values of a PCR, besides those that are allowed already.</summary>
    /// <param name="bank">The bank.</param>
    /// <param name="pcr">The PCR, 0 to 23.</param>
    /// <param name="digests">The values, each as long as the bank's digests; at least one.</param>
    /// <returns>This policy.</returns>
    /// <exception cref="ArgumentException">There is no value, one is of the wrong length, or there is no such bank.</exception>
    public PcrPolicy Allow(TpmAlgId bank, int pcr, params IEnumerable<byte[]> digests)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(pcr);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(pcr, TpmsPcrSelection.PcrCount);
        ArgumentNullException.ThrowIfNull(digests);
        if (!TpmHash.TryGetDigestSize(bank, out int size))
        {
            throw new ArgumentException($"0x{(ushort)bank:X4} is not a hash algorithm of a PCR bank.", nameof(bank));
        }

        byte[][] copies = [.. digests.Select(digest => digest?.ToArray() ?? [])];
        if (copies.Length == 0 || copies.Any(digest => digest.Length != size))
        {
            throw new ArgumentException($"A value of a PCR in bank {TpmHash.ToToolName(bank)} has {size} bytes; at least one is needed.", nameof(digests));
        }

        if (!_allowed.TryGetValue((bank, pcr), out List<byte[]>? allowed))
        {
            _allowed.Add((bank, pcr), allowed = []);
        }

        allowed.AddRange(copies);
        return this;
    }

    /// <summary>Allows values as a machine that is known to be good has them, besides those that are allowed already.</summary>
    /// <param name="values">The values, for instance <see cref="AttestationResult.PcrValues"/>.</param>
    /// <returns>This policy.</returns>
    /// <exception cref="ArgumentException">A value is not as long as its bank's digests.</exception>
    public PcrPolicy Allow(IEnumerable<PcrValue> values)
    {
        ArgumentNullException.ThrowIfNull(values);
        foreach (PcrValue value in values)
        {
            Allow(value.Bank, value.Pcr, value.Digest.ToArray());
        }

        return this;
    }

    /// <summary>Judges values, by the check <c>quote.pcr-policy</c>: of a quote that was verified with <see cref="EvidenceVerifier"/> for instance. By themselves they prove nothing.</summary>
    /// <param name="values">The values.</param>
    /// <returns>The verdict: refused if a PCR of which something is said is not among them, or has another value.</returns>
    public Verdict Verify(IReadOnlyList<PcrValue> values)
    {
        ArgumentNullException.ThrowIfNull(values);
        FindingList findings = new();
        if (IsEmpty)
        {
            findings.Check(CheckIds.QuotePcrPolicy, satisfied: true, "Nothing is said of any PCR.", string.Empty);
        }

        Judge(values, PolicyAction.Refuse, findings);
        return findings.ToVerdict();
    }

    internal PcrPolicy Copy()
    {
        PcrPolicy copy = new();
        foreach (((TpmAlgId bank, int pcr), List<byte[]> digests) in _allowed)
        {
            copy.Allow(bank, pcr, digests);
        }

        return copy;
    }

    /// <summary>Judges values that a quote has proved.</summary>
    internal void Judge(IReadOnlyList<PcrValue> values, PolicyAction action, FindingList findings)
    {
        if (IsEmpty)
        {
            return;
        }

        List<string> faults = [];
        foreach (((TpmAlgId bank, int pcr), List<byte[]> digests) in _allowed)
        {
            PcrValue? value = values.FirstOrDefault(candidate => candidate.Bank == bank && candidate.Pcr == pcr);
            if (value is null)
            {
                faults.Add($"{TpmHash.ToToolName(bank)}:{pcr} was not asked for");
            }
            else if (!digests.Exists(digest => value.Digest.Span.SequenceEqual(digest)))
            {
                faults.Add($"{TpmHash.ToToolName(bank)}:{pcr} is {Convert.ToHexStringLower(value.Digest.Span)}");
            }
        }

        findings.Check(
            CheckIds.QuotePcrPolicy,
            faults.Count == 0,
            action,
            "The PCRs have values that are allowed.",
            $"PCRs do not have one of the values that are allowed: {string.Join(", ", faults)}.");
    }
}
