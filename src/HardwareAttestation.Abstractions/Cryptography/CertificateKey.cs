using System.Formats.Asn1;
using System.Security.Cryptography.X509Certificates;
using HardwareAttestation.Structures;

namespace HardwareAttestation.Cryptography;

/// <summary>Compares a certificate's key with a TPM's.</summary>
internal static class CertificateKey
{
    private const byte UncompressedPoint = 0x04;

    /// <summary>Whether a certificate is of a key, by the key's bits.</summary>
    public static bool IsOf(TpmtPublic key, X509Certificate2 certificate)
    {
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
