using HardwareAttestation.Protocol;
using HardwareAttestation.Structures;

namespace HardwareAttestation.Verifier;

/// <summary>The result of verifying a quote.</summary>
public sealed class QuoteResult
{
    internal QuoteResult(Verdict verdict, TpmsAttest? attested, IReadOnlyList<PcrValue> pcrValues)
    {
        Verdict = verdict;
        Attested = verdict.IsVerified ? attested : null;
        PcrValues = verdict.IsVerified ? [.. pcrValues] : [];
    }

    /// <summary>The verdict.</summary>
    public Verdict Verdict { get; }

    /// <summary>What the TPM signed, with its clock and boot counters; null unless verified.</summary>
    public TpmsAttest? Attested { get; }

    /// <summary>The values of exactly the PCRs that were asked for, in the order of the selection; empty unless verified.</summary>
    public IReadOnlyList<PcrValue> PcrValues { get; }
}
