using HardwareAttestation.Protocol;
using HardwareAttestation.Structures;

namespace HardwareAttestation.Verifier;

/// <summary>The result of verifying an attestation of time.</summary>
public sealed class TimeResult
{
    internal TimeResult(Verdict verdict, TpmsAttest? attested, TpmsTimeAttestInfo? time)
    {
        Verdict = verdict;
        Attested = verdict.IsVerified ? attested : null;
        Time = verdict.IsVerified ? time : null;
    }

    /// <summary>The verdict.</summary>
    public Verdict Verdict { get; }

    /// <summary>What the TPM signed; null unless verified.</summary>
    public TpmsAttest? Attested { get; }

    /// <summary>The TPM's time, clock, boot counters and firmware version; null unless verified.</summary>
    public TpmsTimeAttestInfo? Time { get; }
}
