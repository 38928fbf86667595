namespace HardwareAttestation.Verifier;

/// <summary>What an attestation of time (TPM2_GetTime) is judged against: all of it known to the verifier, and none of it from the message.</summary>
public sealed class TimeExpectation : AttestationExpectation;
