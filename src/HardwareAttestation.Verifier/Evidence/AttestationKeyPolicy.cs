using HardwareAttestation.Cryptography;
using HardwareAttestation.Protocol;
using HardwareAttestation.Structures;

namespace HardwareAttestation.Verifier;

/// <summary>Judges the public area of an attestation key: whether what it signs is what the TPM itself made.</summary>
internal static class AttestationKeyPolicy
{
    private static readonly FixedCheck NameAlg = new(CheckIds.AkNameAlg, "The attestation key's Name is made with SHA-2.");

    private static readonly FixedCheck Restricted = new(
        CheckIds.AkRestricted, "The attestation key is restricted: it signs no attestation that the TPM did not make.");

    private static readonly FixedCheck Sign = new(CheckIds.AkSign, "The attestation key is a signing key.");
    private static readonly FixedCheck Decrypt = new(CheckIds.AkDecrypt, "The attestation key does not decrypt.");
    private static readonly FixedCheck FixedTpm = new(CheckIds.AkFixedTpm, "The attestation key cannot leave its TPM.");
    private static readonly FixedCheck FixedParent = new(CheckIds.AkFixedParent, "The attestation key cannot be moved to another parent.");
    private static readonly FixedCheck SensitiveDataOrigin = new(CheckIds.AkSensitiveDataOrigin, "The attestation key was made by the TPM.");
    private static readonly FixedCheck Scheme = new(CheckIds.AkScheme, "The attestation key has a signature scheme of its own.");
    private static readonly FixedCheck Key = new(CheckIds.AkKey, "The attestation key's numbers are those of a key.");

    private static readonly FixedCheck WeakKey = new(CheckIds.AkWeakKey, "The attestation key was not generated with CVE-2017-15361.");

    /// <summary>Records what it finds, one finding for each attribute, of a key that is not used now.</summary>
    public static void Judge(TpmtPublic key, FindingList findings) => Judge(key, PublicKeys.FindFault(key), findings);

    /// <summary>Records what it finds, one finding for each attribute.</summary>
    public static void Judge(SignatureKey key, FindingList findings) => Judge(key.Public, key.FindFault(), findings);

    private static void Judge(TpmtPublic key, string? fault, FindingList findings)
    {
        TpmaObject attributes = key.ObjectAttributes;
        findings.Check(
            NameAlg,
            key.NameAlg is TpmAlgId.Sha256 or TpmAlgId.Sha384 or TpmAlgId.Sha512,
            $"The attestation key's nameAlg is 0x{(ushort)key.NameAlg:X4}, and only SHA-256, SHA-384 and SHA-512 are accepted.");
        findings.Check(
            Restricted,
            attributes.HasFlag(TpmaObject.Restricted),
            "The attestation key is not restricted: it could sign an attestation that the TPM did not make.");
        findings.Check(Sign, attributes.HasFlag(TpmaObject.Sign), "The attestation key is not a signing key.");
        findings.Check(Decrypt, !attributes.HasFlag(TpmaObject.Decrypt), "The attestation key decrypts as well as it signs.");
        findings.Check(FixedTpm, attributes.HasFlag(TpmaObject.FixedTpm), "The attestation key is not fixedTPM: it can leave its TPM.");
        findings.Check(
            FixedParent, attributes.HasFlag(TpmaObject.FixedParent), "The attestation key is not fixedParent: it can be moved to another parent.");
        findings.Check(
            SensitiveDataOrigin,
            attributes.HasFlag(TpmaObject.SensitiveDataOrigin),
            "The attestation key was not made by the TPM: somebody may know its private part.");
        findings.Check(
            Scheme,
            SignatureAlgorithm.TryGet(key, out _),
            "The attestation key's scheme is not RSASSA, RSAPSS or ECDSA with SHA-256, SHA-384 or SHA-512.");
        findings.Check(Key, fault is null, fault ?? string.Empty);
        WeakKeys.Judge(key, WeakKey, "attestation", findings);
    }
}
