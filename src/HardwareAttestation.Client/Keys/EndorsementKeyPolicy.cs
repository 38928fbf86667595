using HardwareAttestation.Structures;

namespace HardwareAttestation.Client;

/// <summary>
/// What a key must be to be used as an endorsement key here. A TPM's maker may deviate from the standard templates, by a template of its own in NV memory, and whoever
/// holds the owner's authorisation may write one there: such a template is followed as far as the key stays one that can open credentials and salts, and
/// cannot leave its TPM.
/// </summary>
internal static class EndorsementKeyPolicy
{
    private const TpmaObject Wanted = TpmaObject.FixedTpm | TpmaObject.FixedParent | TpmaObject.SensitiveDataOrigin
        | TpmaObject.Restricted | TpmaObject.Decrypt;

    private const TpmaObject Unwanted = TpmaObject.Sign | TpmaObject.EncryptedDuplication;
    private const uint PublicExponent = 65537;

    /// <summary>Says why a public area, of a key or a template for one, cannot be of a template's endorsement key.</summary>
    /// <returns>A part of a sentence, or null if it can.</returns>
    public static string? FindFault(TpmtPublic area, EndorsementKeyTemplate template)
    {
        if ((area.ObjectAttributes & (Wanted | Unwanted)) != Wanted)
        {
            return $"its attributes 0x{(uint)area.ObjectAttributes:X8} are not those of a restricted decryption key that cannot leave its TPM";
        }

        if (area.NameAlg is not (TpmAlgId.Sha256 or TpmAlgId.Sha384 or TpmAlgId.Sha512)
            || area.Symmetric is not { Algorithm: TpmAlgId.Aes, KeyBits: 128 or 256, Mode: TpmAlgId.Cfb }
            || area.Scheme.Scheme != TpmAlgId.Null)
        {
            return "its algorithms are not SHA-256, SHA-384 or SHA-512 with AES-128 or AES-256 in CFB mode, and no scheme";
        }

        bool sameKind = (area.Parameters, template.PublicArea.Parameters) switch
        {
            (TpmsRsaParms rsa, TpmsRsaParms standard) => rsa.KeyBits == standard.KeyBits && rsa.Exponent is 0 or PublicExponent,
            (TpmsEccParms ecc, TpmsEccParms standard) => ecc.CurveId == standard.CurveId && ecc.Kdf == TpmtScheme.Null,
            _ => false,
        };
        if (!sameKind)
        {
            return $"it is not of the kind and size of {template} keys";
        }

        return IsUsedWithAuthorizationValue(area) || HasPolicyA(area) || HasPolicyB(area)
            ? null
            : "its policy is none that is known here, and it cannot be used without it";
    }

    /// <summary>Whether a key may be used with its authorisation value. If it may not, its policy is what it needs.</summary>
    public static bool IsUsedWithAuthorizationValue(TpmtPublic key) => key.ObjectAttributes.HasFlag(TpmaObject.UserWithAuth);

    /// <summary>Whether a key's policy has two branches, of which PolicyA is one.</summary>
    public static bool HasPolicyB(TpmtPublic key) => key.AuthPolicy.Span.SequenceEqual(EndorsementPolicies.B(key.NameAlg));

    /// <summary>Whether two public areas are the same but for their unique part, as a key is the same as its template.</summary>
    public static bool AreOfOneTemplate(TpmtPublic one, TpmtPublic other) =>
        one.NameAlg == other.NameAlg
        && one.ObjectAttributes == other.ObjectAttributes
        && one.AuthPolicy.Span.SequenceEqual(other.AuthPolicy.Span)
        && one.Parameters == other.Parameters;

    private static bool HasPolicyA(TpmtPublic key) => key.AuthPolicy.Span.SequenceEqual(EndorsementPolicies.A(key.NameAlg));
}
