using HardwareAttestation.Structures;

namespace HardwareAttestation.Client;

/// <summary>Templates for storage root keys (TCG TPM 2.0 Provisioning Guidance, section 7.5.1).</summary>
internal static class StorageKeyTemplates
{
    /// <summary>What makes a key a parent that never leaves its TPM.</summary>
    private const TpmaObject ParentAttributes = TpmaObject.FixedTpm | TpmaObject.FixedParent | TpmaObject.Restricted | TpmaObject.Decrypt;

    private const TpmaObject Attributes = ParentAttributes | TpmaObject.SensitiveDataOrigin | TpmaObject.UserWithAuth | TpmaObject.NoDA;

    /// <summary>ECC P-256, which every TPM creates quickly.</summary>
    public static TpmtPublic Ecc { get; } = new(
        TpmAlgId.Sha256,
        Attributes,
        [],
        new TpmsEccParms(TpmtSymDef.Aes128Cfb, TpmtScheme.Null, TpmEccCurve.NistP256, TpmtScheme.Null),
        new TpmsEccPoint(new byte[32], new byte[32]));

    /// <summary>The same with an empty unique part, which makes another key: the parent of key files that name the owner hierarchy ("ASN.1 Specification for TPM 2.0 Key Files").</summary>
    public static TpmtPublic EccOfKeyFiles { get; } = WithEmptyPoint(Ecc);

    /// <summary>Whether a key can be the parent of keys that shall never leave the TPM, and is used with its authorisation value.</summary>
    public static bool IsParent(TpmtPublic key) =>
        key.ObjectAttributes.HasFlag(ParentAttributes | TpmaObject.UserWithAuth)
        && !key.ObjectAttributes.HasFlag(TpmaObject.Sign)
        && key.NameAlg is (TpmAlgId.Sha256 or TpmAlgId.Sha384 or TpmAlgId.Sha512);

    /// <summary>The template from which a storage root key is made again, of which the public area is known: its unique part is zeros.</summary>
    public static TpmtPublic Of(TpmtPublic key) => new(
        key.NameAlg,
        key.ObjectAttributes,
        key.AuthPolicy.Span,
        key.Parameters,
        key.Unique switch
        {
            Tpm2bPublicKeyRsa rsa => new Tpm2bPublicKeyRsa(new byte[rsa.Modulus.Length]),
            TpmsEccPoint point => new TpmsEccPoint(new byte[point.X.Length], new byte[point.Y.Length]),
            TpmuPublicId other => other,
        });

    /// <summary>The template of an ECC key with an empty unique part.</summary>
    public static TpmtPublic WithEmptyPoint(TpmtPublic key) => new(key.NameAlg, key.ObjectAttributes, key.AuthPolicy.Span, key.Parameters, new TpmsEccPoint([], []));
}
