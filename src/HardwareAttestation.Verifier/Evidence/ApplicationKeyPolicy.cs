using HardwareAttestation.Cryptography;
using HardwareAttestation.Protocol;
using HardwareAttestation.Structures;

namespace HardwareAttestation.Verifier;

/// <summary>
/// Judges the public area of an application's key: whether it stays in its TPM, and does what the application asks it for. The opposite of
/// <see cref="AttestationKeyPolicy"/> in that it must not be restricted.
/// </summary>
internal static class ApplicationKeyPolicy
{
    /// <summary>Records what it finds, one finding for each attribute.</summary>
    /// <returns>Whether the key's Name can be computed.</returns>
    public static bool Judge(TpmtPublic key, ApplicationKeyUsage usage, FindingList findings)
    {
        bool hasName = findings.Check(
            CheckIds.CertifiedNameAlg,
            key.NameAlg is TpmAlgId.Sha256 or TpmAlgId.Sha384 or TpmAlgId.Sha512,
            "The certified key's Name is made with SHA-2.",
            $"The certified key's nameAlg is 0x{(ushort)key.NameAlg:X4}, and only SHA-256, SHA-384 and SHA-512 are accepted.");
        Require(
            TpmaObject.FixedTpm,
            CheckIds.CertifiedFixedTpm,
            "The certified key cannot leave its TPM.",
            "The certified key is not fixedTPM: it can leave its TPM.");
        Require(
            TpmaObject.FixedParent,
            CheckIds.CertifiedFixedParent,
            "The certified key cannot be moved to another parent.",
            "The certified key is not fixedParent: it can be moved to another parent.");
        Require(
            TpmaObject.SensitiveDataOrigin,
            CheckIds.CertifiedSensitiveDataOrigin,
            "The certified key was made by the TPM.",
            "The certified key was not made by the TPM: somebody may know its private part.");
        findings.Check(
            CheckIds.CertifiedRestricted,
            !key.ObjectAttributes.HasFlag(TpmaObject.Restricted),
            "The certified key is not restricted: it is the application's to use.",
            "The certified key is restricted: it is an attestation key or a storage key, and not an application's.");
        JudgeUsage(key, usage, findings);
        string? fault = PublicKeys.FindFault(key);
        findings.Check(CheckIds.CertifiedKey, fault is null, "The certified key's numbers are those of a key.", fault ?? string.Empty);
        return hasName;

        void Require(TpmaObject attribute, string check, string passed, string refused) =>
            findings.Check(check, key.ObjectAttributes.HasFlag(attribute), passed, refused);
    }

    // One or the other: a key for both could be made to sign what looks like a decryption to the application, and the reverse.
    private static void JudgeUsage(TpmtPublic key, ApplicationKeyUsage usage, FindingList findings)
    {
        TpmaObject expected = usage == ApplicationKeyUsage.Sign ? TpmaObject.Sign : TpmaObject.Decrypt;
        TpmaObject found = key.ObjectAttributes & (TpmaObject.Sign | TpmaObject.Decrypt);
        findings.Check(
            CheckIds.CertifiedUsage,
            found == expected,
            $"The certified key is for {usage}, and for nothing else.",
            $"The certified key is for {found}, and one for {expected} alone was expected.");
    }
}
