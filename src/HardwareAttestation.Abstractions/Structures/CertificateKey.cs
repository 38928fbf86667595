using System.Formats.Asn1;
using System.Security.Cryptography.X509Certificates;

namespace HardwareAttestation.Structures;

/// <summary>Compares a certificate's key with a TPM's.</summary>
public static class CertificateKey
{
    private const byte UncompressedPoint = 0x04;

    /// <summary>
    /// Whether a certificate is of a key. The key's bits are compared, and not its algorithm's identifier, which on older EK certificates is id-RSAES-OAEP.
    /// </summary>
    /// <param name="key">The public area of an RSA or ECC key.</param>
    /// <param name="certificate">The certificate.</param>
    /// <returns>True if modulus (and exponent), or point, are the same; false also for a certificate whose key is malformed.</returns>
    public static bool IsOf(TpmtPublic key, X509Certificate2 certificate)
    {
        ArgumentNullException.ThrowIfNull(key);
        ArgumentNullException.ThrowIfNull(certificate);
        byte[] bits = certificate.PublicKey.EncodedKeyValue.RawData;
        return (key.Parameters, key.Unique) switch
        {
            (TpmsRsaParms parms, Tpm2bPublicKeyRsa rsa) => IsRsaKey(bits, rsa.Modulus.Span, parms.Exponent),
            (TpmsEccParms, TpmsEccPoint point) => IsPoint(bits, point.X.Span, point.Y.Span),
            _ => false,
        };
    }

    private static bool IsRsaKey(ReadOnlySpan<byte> bits, ReadOnlySpan<byte> modulus, uint exponent)
    {
        const uint DefaultExponent = 65537;
        try
        {
            AsnReader sequence = new AsnReader(bits.ToArray(), AsnEncodingRules.DER).ReadSequence();
            ReadOnlySpan<byte> certifiedModulus = sequence.ReadIntegerBytes().Span;
            return certifiedModulus.TrimStart((byte)0).SequenceEqual(modulus.TrimStart((byte)0))
                && sequence.TryReadUInt32(out uint certifiedExponent)
                && certifiedExponent == (exponent == 0 ? DefaultExponent : exponent);
        }
        catch (AsnContentException)
        {
            return false;
        }
    }

    private static bool IsPoint(ReadOnlySpan<byte> bits, ReadOnlySpan<byte> x, ReadOnlySpan<byte> y)
    {
        if (bits.IsEmpty || bits[0] != UncompressedPoint || bits.Length % 2 == 0)
        {
            return false;
        }

        int size = bits.Length / 2;
        return bits.Slice(1, size).TrimStart((byte)0).SequenceEqual(x.TrimStart((byte)0))
            && bits[(1 + size)..].TrimStart((byte)0).SequenceEqual(y.TrimStart((byte)0));
    }
}
