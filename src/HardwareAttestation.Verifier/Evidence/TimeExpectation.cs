using HardwareAttestation.Structures;

namespace HardwareAttestation.Verifier;

/// <summary>What an attestation of time (TPM2_GetTime) is judged against: all of it known to the verifier, and none of it from the message.</summary>
public sealed class TimeExpectation : AttestationExpectation
{
    /// <summary>The clock and boot counters of the last verified attestation of this TPM, which must not be later; null where there was none.</summary>
    public TpmsClockInfo? LastClockInfo { get; init; }
}
