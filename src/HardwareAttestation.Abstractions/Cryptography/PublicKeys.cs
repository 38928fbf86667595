using System.ComponentModel;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using HardwareAttestation.Structures;

namespace HardwareAttestation.Cryptography;

/// <summary>Public keys of a TPM in terms of .NET, and what makes them no keys at all.</summary>
public static class PublicKeys
{
    private const uint PublicExponent = 65537;
    private const int LeastRsaBits = 2048;
    private const int MostRsaBits = 4096;
    private const string OffCurve = "The ECC point is not on its curve.";

    private static ReadOnlySpan<byte> Exponent => [1, 0, 1];

    /// <summary>Says what is wrong with the numbers of a key: RSA of 2048 to 4096 bits with the exponent 65537 and ECC on P-256, P-384 and P-521 are accepted.</summary>
    /// <param name="key">The key.</param>
    /// <returns>A sentence, or null if nothing is.</returns>
    public static string? FindFault(TpmtPublic key)
    {
        ArgumentNullException.ThrowIfNull(key);
        return FindFaultOfForm(key) ?? FindFaultOfPoint(key);
    }

    /// <summary>Says what is wrong with the numbers of a key, as <see cref="FindFault"/> does, except for whether a point is on its curve: using the key will tell.</summary>
    /// <param name="key">The key.</param>
    /// <returns>A sentence, or null if nothing is.</returns>
    [EditorBrowsable(EditorBrowsableState.Never)]
    public static string? FindFaultOfForm(TpmtPublic key)
    {
        ArgumentNullException.ThrowIfNull(key);
        return (key.Parameters, key.Unique) switch
        {
            (TpmsRsaParms parms, Tpm2bPublicKeyRsa rsa) => FindRsaFault(parms, rsa.Modulus.Span),
            (TpmsEccParms parms, TpmsEccPoint point) => FindEccFault(parms.CurveId, point),
            _ => $"The key is of type 0x{(ushort)key.Type:X4}, neither RSA nor ECC.",
        };
    }

    /// <summary>Gives an RSA key in terms of .NET.</summary>
    /// <param name="key">The public area of the key.</param>
    /// <returns>The modulus and the exponent 65537.</returns>
    /// <exception cref="ArgumentException">The key is not RSA, or its numbers are not those of a key: <see cref="FindFault"/> says why.</exception>
    public static RSAParameters GetRSAParameters(TpmtPublic key)
    {
        ArgumentNullException.ThrowIfNull(key);
        return new() { Modulus = RequireRsa(key).Modulus.ToArray(), Exponent = Exponent.ToArray() };
    }

    /// <summary>Gives an ECC key in terms of .NET: coordinates filled up with zeros to the curve's width, as some TPMs leave leading zeros out.</summary>
    /// <param name="key">The public area of the key.</param>
    /// <returns>The curve and the point.</returns>
    /// <exception cref="ArgumentException">The key is not ECC, or its numbers are not those of a key: <see cref="FindFault"/> says why.</exception>
    public static ECParameters GetECParameters(TpmtPublic key)
    {
        ArgumentNullException.ThrowIfNull(key);
        (TpmsEccPoint point, WeierstrassCurve curve) = RequireEcc(key);
        if (!curve.Contains(point))
        {
            throw new ArgumentException(OffCurve, nameof(key));
        }

        return new() { Curve = curve.Platform, Q = new ECPoint { X = LeftPad(point.X.Span, curve.Size), Y = LeftPad(point.Y.Span, curve.Size) } };
    }

    /// <summary>Imports an RSA key. Whoever asks for it is to dispose of it.</summary>
    /// <param name="key">The public area of the key.</param>
    /// <returns>The key.</returns>
    /// <exception cref="ArgumentException">The key is not RSA, or its numbers are not those of a key: <see cref="FindFault"/> says why.</exception>
    /// <exception cref="CryptographicException">The platform takes no such key.</exception>
    public static RSA ImportRSA(TpmtPublic key)
    {
        ArgumentNullException.ThrowIfNull(key);
        Tpm2bPublicKeyRsa modulus = RequireRsa(key);
        Span<byte> encoded = stackalloc byte[DerIntegers.MaximumSize(TpmuPublicId.MaximumModulusSize, Exponent.Length)];
        RSA rsa = RSA.Create();
        try
        {
            // RSAPublicKey (RFC 8017, annex A.1.1): the platform makes it of parameters anyway, with more garbage.
            rsa.ImportRSAPublicKey(encoded[..DerIntegers.WritePair(encoded, modulus.Modulus.Span, Exponent)], out _);
            return rsa;
        }
        catch
        {
            rsa.Dispose();
            throw;
        }
    }

    /// <summary>Imports an ECC key that verifies signatures. Whoever asks for it is to dispose of it.</summary>
    /// <param name="key">The public area of the key.</param>
    /// <returns>The key.</returns>
    /// <exception cref="ArgumentException">The key is not ECC, or its numbers are not those of a key: <see cref="FindFault"/> says why.</exception>
    /// <exception cref="CryptographicException">The platform takes no such key.</exception>
    public static ECDsa ImportECDsa(TpmtPublic key)
    {
        ArgumentNullException.ThrowIfNull(key);
        (TpmsEccPoint point, WeierstrassCurve curve) = RequireEcc(key);
        try
        {
            return ECDsa.Create(new ECParameters { Curve = curve.Platform, Q = point.ToPlatform(curve.Size) });
        }

        // The platform looks whether the point is on the curve, and asking twice would cost what a signature does.
        catch (CryptographicException exception) when (!curve.Contains(point))
        {
            throw new ArgumentException(OffCurve, nameof(key), exception);
        }
    }

    /// <summary>
    /// Whether a certificate is of a key. The key's bits are compared, and not its algorithm's identifier, which on older EK certificates is id-RSAES-OAEP.
    /// </summary>
    /// <param name="key">The public area of an RSA or ECC key.</param>
    /// <param name="certificate">The certificate.</param>
    /// <returns>True if modulus (and exponent), or point, are the same; false also for a certificate whose key is malformed.</returns>
    public static bool IsKeyOf(TpmtPublic key, X509Certificate2 certificate)
    {
        ArgumentNullException.ThrowIfNull(key);
        ArgumentNullException.ThrowIfNull(certificate);
        return CertificateKey.IsOf(key, certificate);
    }

    /// <summary>Gives a key in the form that everybody else reads: SubjectPublicKeyInfo (RFC 5280, section 4.1.2.7) in DER. What it says of the key's attributes is lost.</summary>
    /// <param name="key">The key.</param>
    /// <returns>The DER bytes, with the identifier rsaEncryption or id-ecPublicKey.</returns>
    /// <exception cref="ArgumentException">The numbers are not those of a key: <see cref="FindFault"/> says why.</exception>
    public static byte[] ExportSubjectPublicKeyInfo(TpmtPublic key)
    {
        ArgumentNullException.ThrowIfNull(key);
        if (key.Unique is TpmsEccPoint)
        {
            using ECDsa ecdsa = ImportECDsa(key);
            return ecdsa.ExportSubjectPublicKeyInfo();
        }

        using RSA rsa = ImportRSA(key);
        return rsa.ExportSubjectPublicKeyInfo();
    }

    /// <summary>Gives a curve in terms of .NET, and the width of its coordinates in bytes.</summary>
    /// <param name="curveId">The curve.</param>
    /// <param name="curve">The curve in terms of .NET.</param>
    /// <param name="size">The width of a coordinate in bytes.</param>
    /// <returns>Whether the curve is known here: P-256, P-384 and P-521 are.</returns>
    public static bool TryGetCurve(TpmEccCurve curveId, out ECCurve curve, out int size)
    {
        WeierstrassCurve? known = WeierstrassCurve.Find(curveId);
        curve = known?.Platform ?? default;
        size = known?.Size ?? 0;
        return known is not null;
    }

    /// <summary>Fills a number up with zeros in front.</summary>
    /// <param name="number">The number, big-endian.</param>
    /// <param name="size">The width to fill up to, in bytes.</param>
    /// <returns>The number in that width.</returns>
    /// <exception cref="ArgumentException">The number is longer.</exception>
    internal static byte[] LeftPad(ReadOnlySpan<byte> number, int size)
    {
        if (number.Length > size)
        {
            throw new ArgumentException($"The number has {number.Length} bytes, and {size} are the most here.", nameof(number));
        }

        byte[] padded = new byte[size];
        number.CopyTo(padded.AsSpan(size - number.Length));
        return padded;
    }

    private static Tpm2bPublicKeyRsa RequireRsa(TpmtPublic key)
    {
        ThrowIfMalformed(key);
        return key.Unique as Tpm2bPublicKeyRsa ?? throw new ArgumentException("The key is an ECC key, and an RSA key is asked for.", nameof(key));
    }

    private static (TpmsEccPoint Point, WeierstrassCurve Curve) RequireEcc(TpmtPublic key)
    {
        ThrowIfMalformed(key);
        return (key.Parameters, key.Unique) is (TpmsEccParms parms, TpmsEccPoint point)
            ? (point, WeierstrassCurve.Find(parms.CurveId)!)
            : throw new ArgumentException("The key is an RSA key, and an ECC key is asked for.", nameof(key));
    }

    private static void ThrowIfMalformed(TpmtPublic key)
    {
        if (FindFaultOfForm(key) is { } fault)
        {
            throw new ArgumentException(fault, nameof(key));
        }
    }

    private static string? FindRsaFault(TpmsRsaParms parms, ReadOnlySpan<byte> modulus)
    {
        if (parms.Exponent is not (0 or PublicExponent))
        {
            return $"The RSA exponent is {parms.Exponent}, and only {PublicExponent} is accepted.";
        }

        if (parms.KeyBits is < LeastRsaBits or > MostRsaBits || parms.KeyBits % 8 != 0)
        {
            return $"The RSA key has {parms.KeyBits} bits, and {LeastRsaBits} to {MostRsaBits} are accepted.";
        }

        if (modulus.Length != parms.KeyBits / 8 || (modulus[0] & 0x80) == 0)
        {
            return $"The RSA modulus does not have the {parms.KeyBits} bits that the key claims.";
        }

        return (modulus[^1] & 1) == 0 ? "The RSA modulus is even." : null;
    }

    private static string? FindEccFault(TpmEccCurve curveId, TpmsEccPoint point)
    {
        if (!TryGetCurve(curveId, out _, out int size))
        {
            return $"The curve 0x{(ushort)curveId:X4} is not NIST P-256, P-384 or P-521.";
        }

        return point.X.Length > size || point.Y.Length > size ? $"A coordinate of the ECC point is longer than the curve's {size} bytes." : null;
    }

    private static string? FindFaultOfPoint(TpmtPublic key) =>
        (key.Parameters, key.Unique) is (TpmsEccParms parms, TpmsEccPoint point) && WeierstrassCurve.Find(parms.CurveId)?.Contains(point) == false
            ? OffCurve
            : null;
}
