using System.Security.Cryptography;
using HardwareAttestation.Structures;

namespace HardwareAttestation.Cryptography;

/// <summary>Public keys of a TPM in terms of .NET, and what makes them no keys at all.</summary>
public static class PublicKeys
{
    private const uint PublicExponent = 65537;
    private const int LeastRsaBits = 2048;
    private const int MostRsaBits = 4096;

    private static ReadOnlySpan<byte> Exponent => [1, 0, 1];

    /// <summary>Says what is wrong with the numbers of a key: RSA of 2048 to 4096 bits with the exponent 65537 and ECC on P-256, P-384 and P-521 are accepted.</summary>
    /// <param name="key">The key.</param>
    /// <returns>A sentence, or null if nothing is.</returns>
    public static string? FindFault(TpmtPublic key)
    {
        ArgumentNullException.ThrowIfNull(key);
        return FindFaultOfForm(key) ?? FindFaultOfPoint(key);
    }

    /// <summary>Says what is wrong with the numbers of a key, except for whether a point is on its curve: using the key will tell.</summary>
    /// <param name="key">The key.</param>
    /// <returns>A sentence, or null if nothing is.</returns>
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
    /// <param name="rsa">The modulus of a key in which no fault was found.</param>
    /// <returns>The modulus with the exponent 65537.</returns>
    public static RSAParameters ToParameters(Tpm2bPublicKeyRsa rsa)
    {
        ArgumentNullException.ThrowIfNull(rsa);
        return new() { Modulus = rsa.Modulus.ToArray(), Exponent = [1, 0, 1] };
    }

    /// <summary>Gives an ECC key in terms of .NET: coordinates filled up with zeros to the curve's width, as some TPMs leave leading zeros out.</summary>
    /// <param name="point">The point of a key in which no fault was found.</param>
    /// <param name="curveId">The curve.</param>
    /// <returns>The curve and the point.</returns>
    /// <exception cref="ArgumentException">The curve is not known here, or a coordinate is longer than it allows.</exception>
    public static ECParameters ToParameters(TpmsEccPoint point, TpmEccCurve curveId)
    {
        ArgumentNullException.ThrowIfNull(point);
        if (!TryGetCurve(curveId, out ECCurve curve, out int size))
        {
            throw UnknownCurve(curveId);
        }

        return new ECParameters
        {
            Curve = curve,
            Q = new ECPoint { X = LeftPad(point.X.Span, size), Y = LeftPad(point.Y.Span, size) },
        };
    }

    /// <summary>Imports an RSA key. Whoever asks for it is to dispose of it.</summary>
    /// <param name="rsa">The modulus of a key in which no fault was found; the exponent is 65537.</param>
    /// <returns>The key.</returns>
    /// <exception cref="CryptographicException">The platform takes no such key.</exception>
    public static RSA ImportRsa(Tpm2bPublicKeyRsa rsa)
    {
        ArgumentNullException.ThrowIfNull(rsa);
        Span<byte> encoded = stackalloc byte[DerIntegers.MaximumSize(TpmuPublicId.MaximumModulusSize, Exponent.Length)];
        RSA key = RSA.Create();
        try
        {
            // RSAPublicKey (RFC 8017, annex A.1.1): the platform makes it of parameters anyway, with more garbage.
            key.ImportRSAPublicKey(encoded[..DerIntegers.WritePair(encoded, rsa.Modulus.Span, Exponent)], out _);
            return key;
        }
        catch
        {
            key.Dispose();
            throw;
        }
    }

    /// <summary>Imports an ECC key that verifies signatures. Whoever asks for it is to dispose of it.</summary>
    /// <param name="point">The point of a key in whose form no fault was found; the platform looks whether it is on the curve.</param>
    /// <param name="curveId">The curve.</param>
    /// <returns>The key.</returns>
    /// <exception cref="ArgumentException">The curve is not known here, or a coordinate is longer than it allows.</exception>
    /// <exception cref="CryptographicException">The point is not on the curve.</exception>
    public static ECDsa ImportEcdsa(TpmsEccPoint point, TpmEccCurve curveId)
    {
        ArgumentNullException.ThrowIfNull(point);
        WeierstrassCurve curve = WeierstrassCurve.Find(curveId) ?? throw UnknownCurve(curveId);
        return ECDsa.Create(new ECParameters { Curve = curve.Platform, Q = point.ToPlatform(curve.Size) });
    }

    /// <summary>Gives a key in the form that everybody else reads: SubjectPublicKeyInfo (RFC 5280, section 4.1.2.7) in DER. What it says of the key's attributes is lost.</summary>
    /// <param name="key">The key.</param>
    /// <returns>The DER bytes, with the identifier rsaEncryption or id-ecPublicKey.</returns>
    /// <exception cref="ArgumentException">The numbers are not those of a key: <see cref="FindFault"/> says why.</exception>
    public static byte[] ExportSubjectPublicKeyInfo(TpmtPublic key)
    {
        if (FindFault(key) is { } fault)
        {
            throw new ArgumentException(fault, nameof(key));
        }

        if ((key.Parameters, key.Unique) is (TpmsEccParms parms, TpmsEccPoint point))
        {
            using ECDsa ecdsa = ECDsa.Create(ToParameters(point, parms.CurveId));
            return ecdsa.ExportSubjectPublicKeyInfo();
        }

        using RSA rsa = RSA.Create(ToParameters((Tpm2bPublicKeyRsa)key.Unique));
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
    public static byte[] LeftPad(ReadOnlySpan<byte> number, int size)
    {
        if (number.Length > size)
        {
            throw new ArgumentException($"The number has {number.Length} bytes, and {size} are the most here.", nameof(number));
        }

        byte[] padded = new byte[size];
        number.CopyTo(padded.AsSpan(size - number.Length));
        return padded;
    }

    private static ArgumentException UnknownCurve(TpmEccCurve curveId) =>
        new($"The curve 0x{(ushort)curveId:X4} is not NIST P-256, P-384 or P-521.", nameof(curveId));

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
            ? "The ECC point is not on its curve."
            : null;
}
