using System.Globalization;
using System.Security.Cryptography.X509Certificates;
using HardwareAttestation.Structures;

namespace HwAttest;

/// <summary>The words of TPM tools for what a TPM knows by numbers.</summary>
internal static class Words
{
    public static string Of(TpmAlgId algorithm) => algorithm switch
    {
        _ when TpmHash.TryGetDigestSize(algorithm, out _) => TpmHash.ToToolName(algorithm),
        TpmAlgId.Kdf1Sp80056A => "kdf1_sp800_56a",
        TpmAlgId.Kdf1Sp800108 => "kdf1_sp800_108",
        _ when Enum.IsDefined(algorithm) => Enum.GetName(algorithm)!.ToLowerInvariant(),
        _ => Number((ushort)algorithm),
    };

    public static string Of(TpmEccCurve curve) => curve switch
    {
        TpmEccCurve.NistP192 => "p192",
        TpmEccCurve.NistP224 => "p224",
        TpmEccCurve.NistP256 => "p256",
        TpmEccCurve.NistP384 => "p384",
        TpmEccCurve.NistP521 => "p521",
        TpmEccCurve.BnP256 => "bn_p256",
        TpmEccCurve.BnP638 => "bn_p638",
        TpmEccCurve.Sm2P256 => "sm2_p256",
        _ => Number((ushort)curve),
    };

    /// <summary>The kind of a key, e.g. rsa2048 or p256.</summary>
    public static string Of(TpmtPublic key) => key.Parameters switch
    {
        TpmsRsaParms rsa => string.Create(CultureInfo.InvariantCulture, $"rsa{rsa.KeyBits}"),
        TpmsEccParms ecc => Of(ecc.CurveId),
        _ => Of(key.Type),
    };

    public static string Of(TpmName name) => Convert.ToHexStringLower(name.Bytes.Span);

    public static string Of(TpmHandle handle) => $"0x{handle.Value:x8}";

    public static string Of(DateTime date) => date.ToUniversalTime().ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);

    /// <summary>A name of an X.509 certificate, which may be empty.</summary>
    public static string Of(X500DistinguishedName name) => name.Name.Length == 0 ? "(none)" : PlainText.Of(name.Name);

    private static string Number(ushort number) => $"0x{number:x4}";
}
