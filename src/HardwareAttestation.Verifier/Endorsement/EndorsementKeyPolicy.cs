using HardwareAttestation.Cryptography;
using HardwareAttestation.Protocol;
using HardwareAttestation.Structures;

namespace HardwareAttestation.Verifier;

/// <summary>Judges the public area of an endorsement key: whether a TCG template could have made it, and a credential can be made for it.</summary>
internal static class EndorsementKeyPolicy
{
    private const TpmaObject Wanted = TpmaObject.FixedTpm | TpmaObject.FixedParent | TpmaObject.SensitiveDataOrigin
        | TpmaObject.Restricted | TpmaObject.Decrypt;

    private const TpmaObject Unwanted = TpmaObject.Sign | TpmaObject.EncryptedDuplication;

    private static readonly FixedCheck Attributes = new(
        CheckIds.EkPublicAttributes, "The endorsement key is a restricted decryption key that cannot leave its TPM.");

    private static readonly FixedCheck Algorithms = new(CheckIds.EkPublicAlgorithms, "The endorsement key's algorithms are those of a TCG template.");
    private static readonly FixedCheck Key = new(CheckIds.EkPublicKey, "The endorsement key's numbers are those of a key.");
    private static readonly FixedCheck WeakKey = new(CheckIds.EkPublicWeakKey, "The endorsement key was not generated with CVE-2017-15361.");

    /// <summary>Records what it finds.</summary>
    /// <returns>Whether nothing was refused.</returns>
    public static bool Judge(TpmtPublic key, FindingList findings)
    {
        bool attributes = findings.Check(
            Attributes,
            (key.ObjectAttributes & (Wanted | Unwanted)) == Wanted,
            $"The endorsement key's attributes 0x{(uint)key.ObjectAttributes:X8} are not those of a restricted decryption key that cannot leave its TPM.");
        bool algorithms = findings.Check(
            Algorithms,
            key.NameAlg is TpmAlgId.Sha256 or TpmAlgId.Sha384 or TpmAlgId.Sha512
                && key.Symmetric is { Algorithm: TpmAlgId.Aes, KeyBits: 128 or 256, Mode: TpmAlgId.Cfb }
                && key.Scheme.Scheme == TpmAlgId.Null,
            "The endorsement key's algorithms are not those of a TCG template: SHA-256, SHA-384 or SHA-512, AES-128 or AES-256 in CFB mode, no scheme.");
        string? fault = PublicKeys.FindFault(key);
        bool numbers = findings.Check(Key, fault is null, fault ?? string.Empty);
        bool strong = WeakKeys.Judge(key, WeakKey, "endorsement", findings);
        return attributes && algorithms && numbers && strong;
    }
}
