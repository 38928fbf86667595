using System.Diagnostics.CodeAnalysis;
using HardwareAttestation.Structures;

namespace HardwareAttestation.Client;

/// <summary>A kind of signing key that can be created.</summary>
public sealed class TpmKeyAlgorithm : IParsable<TpmKeyAlgorithm>
{
    /// <summary>
    /// A restricted signing key that never leaves its TPM. With noDA: otherwise each power cut without TPM2_Shutdown would count
    /// towards dictionary attack lockout, and a TPM that allows three would lock the key at the fourth boot.
    /// </summary>
    private const TpmaObject Attributes = TpmaObject.FixedTpm | TpmaObject.FixedParent | TpmaObject.SensitiveDataOrigin
        | TpmaObject.UserWithAuth | TpmaObject.NoDA | TpmaObject.Restricted | TpmaObject.Sign;

    private TpmKeyAlgorithm(string name, TpmtPublic template)
    {
        Name = name;
        Template = template;
    }

    /// <summary>ECDSA on P-256 with SHA-256: fast in every TPM.</summary>
    public static TpmKeyAlgorithm P256 { get; } = Ecc("p256", TpmEccCurve.NistP256, TpmAlgId.Sha256);

    /// <summary>ECDSA on P-384 with SHA-384.</summary>
    public static TpmKeyAlgorithm P384 { get; } = Ecc("p384", TpmEccCurve.NistP384, TpmAlgId.Sha384);

    /// <summary>RSASSA-PKCS1-v1_5 with 2048 bits and SHA-256. A TPM may need seconds to create one.</summary>
    public static TpmKeyAlgorithm Rsa2048 { get; } = Rsa("rsa2048", 2048, TpmAlgId.RsaSsa, TpmAlgId.Sha256);

    /// <summary>RSASSA-PSS with 2048 bits and SHA-256. A TPM may need seconds to create one.</summary>
    public static TpmKeyAlgorithm Rsa2048Pss { get; } = Rsa("rsa2048-pss", 2048, TpmAlgId.RsaPss, TpmAlgId.Sha256);

    /// <summary>RSASSA-PKCS1-v1_5 with 3072 bits and SHA-384. Not every TPM can make one, and none quickly.</summary>
    public static TpmKeyAlgorithm Rsa3072 { get; } = Rsa("rsa3072", 3072, TpmAlgId.RsaSsa, TpmAlgId.Sha384);

    /// <summary>All kinds.</summary>
    public static IReadOnlyList<TpmKeyAlgorithm> All { get; } = [P256, P384, Rsa2048, Rsa2048Pss, Rsa3072];

    /// <summary>A short name, e.g. <c>p256</c>.</summary>
    public string Name { get; }

    /// <summary>The template of an attestation key, as TPM2_Create takes it.</summary>
    internal TpmtPublic Template { get; }

    /// <summary>The template of an application's key: the same, but that it signs what the TPM has not made or hashed itself.</summary>
    internal TpmtPublic ApplicationTemplate => new(
        Template.NameAlg, Template.ObjectAttributes & ~TpmaObject.Restricted, Template.AuthPolicy.Span, Template.Parameters, Template.Unique);

    /// <summary>Finds a kind by its name.</summary>
    /// <param name="s">The short name, e.g. <c>p256</c>.</param>
    /// <returns>The kind.</returns>
    /// <exception cref="FormatException">There is no such kind.</exception>
    public static TpmKeyAlgorithm Parse(string s)
    {
        ArgumentNullException.ThrowIfNull(s);
        return TryParse(s, out TpmKeyAlgorithm? result) ? result : throw new FormatException(
            $"'{s}' is not a key algorithm; there are {string.Join(", ", All.Select(known => known.Name))}.");
    }

    /// <summary>Finds a kind by its name, if there is one.</summary>
    /// <param name="s">The short name, e.g. <c>p256</c>.</param>
    /// <param name="result">The kind, or null.</param>
    /// <returns>Whether there is one.</returns>
    public static bool TryParse([NotNullWhen(true)] string? s, [NotNullWhen(true)] out TpmKeyAlgorithm? result)
    {
        result = All.FirstOrDefault(known => known.Name == s);
        return result is not null;
    }

    /// <inheritdoc/>
    static TpmKeyAlgorithm IParsable<TpmKeyAlgorithm>.Parse(string s, IFormatProvider? provider) => Parse(s);

    /// <inheritdoc/>
    static bool IParsable<TpmKeyAlgorithm>.TryParse([NotNullWhen(true)] string? s, IFormatProvider? provider, [MaybeNullWhen(false)] out TpmKeyAlgorithm result) => TryParse(s, out result);

    /// <summary>The short name.</summary>
    /// <returns>For instance <c>p256</c>.</returns>
    public override string ToString() => Name;

    private static TpmKeyAlgorithm Rsa(string name, ushort keyBits, TpmAlgId scheme, TpmAlgId hash) => new(name, new TpmtPublic(
        hash,
        Attributes,
        [],
        new TpmsRsaParms(TpmtSymDef.Null, new TpmtScheme(scheme, hash), keyBits, 0),
        new Tpm2bPublicKeyRsa([])));

    private static TpmKeyAlgorithm Ecc(string name, TpmEccCurve curve, TpmAlgId hash) => new(name, new TpmtPublic(
        hash,
        Attributes,
        [],
        new TpmsEccParms(TpmtSymDef.Null, new TpmtScheme(TpmAlgId.EcDsa, hash), curve, TpmtScheme.Null),
        new TpmsEccPoint([], [])));
}
