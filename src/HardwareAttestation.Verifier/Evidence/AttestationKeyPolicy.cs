using HardwareAttestation.Cryptography;
using HardwareAttestation.Structures;

namespace HardwareAttestation.Verifier;

/// <summary>Judges the public area of an attestation key: whether what it signs is what the TPM itself made.</summary>
internal static class AttestationKeyPolicy
{
    /// <summary>Records what it finds, one finding for each attribute.</summary>
    public static void Judge(TpmtPublic key, FindingList findings)
    {
        findings.Check(
            CheckIds.AkNameAlg,
            key.NameAlg is TpmAlgId.Sha256 or TpmAlgId.Sha384 or TpmAlgId.Sha512,
            "The attestation key's Name is made with SHA-2.",
            $"The attestation key's nameAlg is 0x{(ushort)key.NameAlg:X4}, and only SHA-256, SHA-384 and SHA-512 are accepted.");
        Require(
            TpmaObject.Restricted,
            CheckIds.AkRestricted,
            "The attestation key is restricted: it signs no attestation that the TPM did not make.",
            "The attestation key is not restricted: it could sign an attestation that the TPM did not make.");
        Require(TpmaObject.Sign, CheckIds.AkSign, "The attestation key is a signing key.", "The attestation key is not a signing key.");
        Refuse(
            TpmaObject.Decrypt,
            CheckIds.AkDecrypt,
            "The attestation key does not decrypt.",
            "The attestation key decrypts as well as it signs.");
        Require(
            TpmaObject.FixedTpm,
            CheckIds.AkFixedTpm,
            "The attestation key cannot leave its TPM.",
            "The attestation key is not fixedTPM: it can leave its TPM.");
        Require(
            TpmaObject.FixedParent,
            CheckIds.AkFixedParent,
            "The attestation key cannot be moved to another parent.",
            "The attestation key is not fixedParent: it can be moved to another parent.");
        Require(
            TpmaObject.SensitiveDataOrigin,
            CheckIds.AkSensitiveDataOrigin,
            "The attestation key was made by the TPM.",
            "The attestation key was not made by the TPM: somebody may know its private part.");
        findings.Check(
            CheckIds.AkScheme,
            SignatureAlgorithm.TryGet(key, out _),
            "The attestation key has a signature scheme of its own.",
            "The attestation key's scheme is not RSASSA, RSAPSS or ECDSA with SHA-256, SHA-384 or SHA-512.");
        string? fault = PublicKeys.FindFault(key);
        findings.Check(CheckIds.AkKey, fault is null, "The attestation key's numbers are those of a key.", fault ?? string.Empty);
        WeakKeys.Judge(key, CheckIds.AkWeakKey, "attestation", findings);

        void Require(TpmaObject attribute, string check, string passed, string refused) =>
            findings.Check(check, key.ObjectAttributes.HasFlag(attribute), passed, refused);

        void Refuse(TpmaObject attribute, string check, string passed, string refused) =>
            findings.Check(check, !key.ObjectAttributes.HasFlag(attribute), passed, refused);
    }
}
