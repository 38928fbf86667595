using System.Diagnostics.CodeAnalysis;
using HardwareAttestation.Structures;

namespace HardwareAttestation.Client;

/// <summary>
/// A template for endorsement keys of the TCG EK Credential Profile (version 2.5, annex B): which key it is, and where its certificate lies.
/// </summary>
/// <remarks>
/// The SM2 template H-5 is not among them: .NET has neither SM2 nor SM3.
/// </remarks>
public sealed class EndorsementKeyTemplate : IParsable<EndorsementKeyTemplate>
{
    private const TpmaObject LowRangeAttributes = TpmaObject.FixedTpm | TpmaObject.FixedParent | TpmaObject.SensitiveDataOrigin
        | TpmaObject.AdminWithPolicy | TpmaObject.Restricted | TpmaObject.Decrypt;

    private const TpmaObject HighRangeAttributes = LowRangeAttributes | TpmaObject.UserWithAuth;

    private EndorsementKeyTemplate(
        string id, uint certificateIndex, uint? nonceIndex, uint templateIndex, uint[] persistentHandles, TpmtPublic publicArea)
    {
        Id = id;
        CertificateIndex = new TpmHandle(certificateIndex);
        NonceIndex = nonceIndex is { } index ? new TpmHandle(index) : null;
        TemplateIndex = new TpmHandle(templateIndex);
        PersistentHandles = [.. persistentHandles.Select(handle => new TpmHandle(handle))];
        PublicArea = publicArea;
    }

    /// <summary>RSA 2048, low range: what nearly every TPM has.</summary>
    public static EndorsementKeyTemplate L1 { get; } = LowRange(
        "L-1", 0x01C00002, [0x81010001], Rsa(2048, TpmtSymDef.Aes128Cfb), new Tpm2bPublicKeyRsa(new byte[256]));

    /// <summary>ECC P-256, low range.</summary>
    public static EndorsementKeyTemplate L2 { get; } = LowRange(
        "L-2", 0x01C0000A, [0x81010002, 0x8101000A], Ecc(TpmEccCurve.NistP256, TpmtSymDef.Aes128Cfb), new TpmsEccPoint(new byte[32], new byte[32]));

    /// <summary>RSA 2048, high range.</summary>
    public static EndorsementKeyTemplate H1 { get; } = HighRange(
        "H-1", 0x01C00012, 0x81010012, TpmAlgId.Sha256, Rsa(2048, TpmtSymDef.Aes128Cfb));

    /// <summary>ECC P-256, high range.</summary>
    public static EndorsementKeyTemplate H2 { get; } = HighRange(
        "H-2", 0x01C00014, 0x81010014, TpmAlgId.Sha256, Ecc(TpmEccCurve.NistP256, TpmtSymDef.Aes128Cfb));

    /// <summary>ECC P-384, high range.</summary>
    public static EndorsementKeyTemplate H3 { get; } = HighRange(
        "H-3", 0x01C00016, 0x81010016, TpmAlgId.Sha384, Ecc(TpmEccCurve.NistP384, TpmtSymDef.Aes256Cfb));

    /// <summary>ECC P-521, high range.</summary>
    public static EndorsementKeyTemplate H4 { get; } = HighRange(
        "H-4", 0x01C00018, 0x81010018, TpmAlgId.Sha512, Ecc(TpmEccCurve.NistP521, TpmtSymDef.Aes256Cfb));

    /// <summary>RSA 3072, high range.</summary>
    public static EndorsementKeyTemplate H6 { get; } = HighRange(
        "H-6", 0x01C0001C, 0x8101001C, TpmAlgId.Sha384, Rsa(3072, TpmtSymDef.Aes256Cfb));

    /// <summary>RSA 4096, high range.</summary>
    public static EndorsementKeyTemplate H7 { get; } = HighRange(
        "H-7", 0x01C0001E, 0x8101001E, TpmAlgId.Sha384, Rsa(4096, TpmtSymDef.Aes256Cfb));

    /// <summary>All templates, in the order in which a certificate is looked for.</summary>
    public static IReadOnlyList<EndorsementKeyTemplate> All { get; } = [L1, L2, H1, H2, H3, H4, H6, H7];

    /// <summary>The TCG's name of the template, e.g. <c>L-1</c>.</summary>
    public string Id { get; }

    /// <summary>The NV index where the TPM's maker stores the certificate.</summary>
    public TpmHandle CertificateIndex { get; }

    /// <summary>The persistent handles where the key usually is, if it was made persistent.</summary>
    public IReadOnlyList<TpmHandle> PersistentHandles { get; }

    /// <summary>The template itself, as TPM2_CreatePrimary takes it.</summary>
    public TpmtPublic PublicArea { get; }

    /// <summary>The NV index where the TPM's maker stores a nonce that stands in the template's unique part, if it uses one; low range only.</summary>
    internal TpmHandle? NonceIndex { get; }

    /// <summary>The NV index where the TPM's maker stores a template of its own for this key (TPMT_PUBLIC), if it uses one.</summary>
    internal TpmHandle TemplateIndex { get; }

    /// <summary>Finds a template by its name.</summary>
    /// <param name="s">The TCG's name, e.g. <c>H-3</c>.</param>
    /// <returns>The template.</returns>
    /// <exception cref="FormatException">There is no such template.</exception>
    public static EndorsementKeyTemplate Parse(string s)
    {
        ArgumentNullException.ThrowIfNull(s);
        return TryParse(s, out EndorsementKeyTemplate? result) ? result : throw new FormatException(
            $"'{s}' is not an endorsement key template; there are {string.Join(", ", All.Select(known => known.Id))}.");
    }

    /// <summary>Finds a template by its name, if there is one.</summary>
    /// <param name="s">The TCG's name, e.g. <c>H-3</c>.</param>
    /// <param name="result">The template, or null.</param>
    /// <returns>Whether there is one.</returns>
    public static bool TryParse([NotNullWhen(true)] string? s, [NotNullWhen(true)] out EndorsementKeyTemplate? result)
    {
        result = All.FirstOrDefault(known => known.Id == s);
        return result is not null;
    }

    /// <inheritdoc/>
    static EndorsementKeyTemplate IParsable<EndorsementKeyTemplate>.Parse(string s, IFormatProvider? provider) => Parse(s);

    /// <inheritdoc/>
    static bool IParsable<EndorsementKeyTemplate>.TryParse([NotNullWhen(true)] string? s, IFormatProvider? provider, [MaybeNullWhen(false)] out EndorsementKeyTemplate result) => TryParse(s, out result);

    /// <summary>The template's name.</summary>
    /// <returns>For instance <c>L-1</c>.</returns>
    public override string ToString() => Id;

    // In the low range, the nonce and the template follow the certificate; in the high range, the template does.
    private static EndorsementKeyTemplate LowRange(
        string id, uint certificateIndex, uint[] persistentHandles, TpmuPublicParms parameters, TpmuPublicId unique) => new(
            id,
            certificateIndex,
            certificateIndex + 1,
            certificateIndex + 2,
            persistentHandles,
            new TpmtPublic(TpmAlgId.Sha256, LowRangeAttributes, EndorsementPolicies.A(TpmAlgId.Sha256), parameters, unique));

    private static EndorsementKeyTemplate HighRange(
        string id, uint certificateIndex, uint persistentHandle, TpmAlgId nameAlg, TpmuPublicParms parameters)
    {
        TpmuPublicId unique = parameters is TpmsRsaParms ? new Tpm2bPublicKeyRsa([]) : new TpmsEccPoint([], []);
        TpmtPublic publicArea = new(nameAlg, HighRangeAttributes, EndorsementPolicies.B(nameAlg), parameters, unique);
        return new(id, certificateIndex, null, certificateIndex + 1, [persistentHandle], publicArea);
    }

    private static TpmsRsaParms Rsa(ushort keyBits, TpmtSymDef symmetric) => new(symmetric, TpmtScheme.Null, keyBits, 0);

    private static TpmsEccParms Ecc(TpmEccCurve curve, TpmtSymDef symmetric) => new(symmetric, TpmtScheme.Null, curve, TpmtScheme.Null);
}
