using HardwareAttestation.Structures;

namespace HardwareAttestation.Verifier;

/// <summary>Judges whether a TPM's key is one of those whose private part can be computed from it.</summary>
internal static class WeakKeys
{
    /// <summary>Records what it finds, for RSA keys.</summary>
    /// <returns>Whether nothing was refused.</returns>
    public static bool Judge(TpmtPublic key, FixedCheck check, string kind, FindingList findings) =>
        key.Unique is not Tpm2bPublicKeyRsa rsa || findings.Check(
            check,
            !RocaFingerprint.Matches(rsa.Modulus.Span),
            $"The {kind} key was generated with CVE-2017-15361 (ROCA): its private part can be computed. Update the TPM's firmware and create its keys anew.");
}
