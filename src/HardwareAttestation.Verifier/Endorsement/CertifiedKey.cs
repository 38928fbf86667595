using System.Formats.Asn1;
using System.Security.Cryptography.X509Certificates;

namespace HardwareAttestation.Verifier;

/// <summary>
/// A certificate's key, read from its bits: the platform gives no key at all for the identifier id-RSAES-OAEP (RFC 4055, section 4.1), which older makers gave to RSA endorsement keys.
/// </summary>
/// <param name="Kind">What kind of key it is, in words.</param>
/// <param name="Bits">How long it is; 0 if that cannot be told.</param>
/// <param name="LeastBits">How long such keys are at least.</param>
internal abstract record CertifiedKey(string Kind, int Bits, int LeastBits)
{
    private const string RsaEncryption = "1.2.840.113549.1.1.1";
    private const string RsaesOaep = "1.2.840.113549.1.1.7";
    private const string EccPublicKey = "1.2.840.10045.2.1";

    public bool IsTooShort => Bits < LeastBits;

    /// <exception cref="AsnContentException">The key is malformed.</exception>
    public static CertifiedKey Read(X509Certificate2 certificate)
    {
        PublicKey key = certificate.PublicKey;
        return key.Oid.Value switch
        {
            RsaEncryption or RsaesOaep => CertifiedRsaKey.Of(key),
            EccPublicKey => CertifiedEccKey.Of(key),
            _ => new OtherCertifiedKey(key.Oid.Value ?? "unknown"),
        };
    }
}

/// <summary>An RSA key.</summary>
/// <param name="Modulus">The modulus, big-endian, without leading zeros.</param>
/// <param name="Exponent">The exponent, likewise.</param>
/// <param name="Bits">How long the modulus is.</param>
internal sealed record CertifiedRsaKey(ReadOnlyMemory<byte> Modulus, ReadOnlyMemory<byte> Exponent, int Bits) : CertifiedKey("RSA", Bits, LeastSize)
{
    private const int LeastSize = 2048;

    public bool IsRoca => RocaFingerprint.Matches(Modulus.Span);

    // RSAPublicKey (RFC 8017, annex A.1.1).
    public static CertifiedRsaKey Of(PublicKey key)
    {
        AsnReader numbers = new AsnReader(key.EncodedKeyValue.RawData, AsnEncodingRules.BER).ReadSequence();
        ReadOnlyMemory<byte> modulus = numbers.ReadIntegerBytes().TrimStart((byte)0);
        ReadOnlyMemory<byte> exponent = numbers.ReadIntegerBytes().TrimStart((byte)0);
        return new CertifiedRsaKey(modulus, exponent, modulus.IsEmpty ? 0 : (modulus.Length * 8) - byte.LeadingZeroCount(modulus.Span[0]));
    }
}

/// <summary>A key on an elliptic curve.</summary>
/// <param name="Curve">The curve's identifier; null if it has none.</param>
/// <param name="Coordinates">x and y, each as long as the other, big-endian; empty if the point is in another than the uncompressed form.</param>
internal sealed record CertifiedEccKey(string? Curve, ReadOnlyMemory<byte> Coordinates) : CertifiedKey("ECC", Coordinates.Length / 2 * 8, LeastSize)
{
    // P-521 fills 66 bytes; what counts here is that the curves below P-256 are told from it.
    private const int LeastSize = 256;
    private const byte UncompressedPoint = 0x04;

    // ECParameters and ECPoint (RFC 5480, section 2).
    public static CertifiedEccKey Of(PublicKey key)
    {
        AsnReader parameters = new(key.EncodedParameters?.RawData ?? [], AsnEncodingRules.BER);
        string? curve = parameters.HasData && parameters.PeekTag() == Asn1Tag.ObjectIdentifier ? parameters.ReadObjectIdentifier() : null;
        byte[] point = key.EncodedKeyValue.RawData;
        bool isUncompressed = point.Length % 2 == 1 && point[0] == UncompressedPoint;
        return new CertifiedEccKey(curve, isUncompressed ? point.AsMemory(1) : default);
    }
}

/// <summary>A key of a kind that is not accepted.</summary>
internal sealed record OtherCertifiedKey(string Kind) : CertifiedKey(Kind, 0, LeastSize)
{
    private const int LeastSize = 2048;
}
