using System.Formats.Asn1;
using System.Security.Cryptography.X509Certificates;

namespace HardwareAttestation.Verifier;

/// <summary>
/// The size of a certificate's key and its modulus, read from its bits: the platform gives no key at all for the identifier id-RSAES-OAEP (RFC 4055, section 4.1), which
/// older makers gave to RSA endorsement keys.
/// </summary>
internal sealed class CertifiedKey
{
    private const string RsaEncryption = "1.2.840.113549.1.1.1";
    private const string RsaesOaep = "1.2.840.113549.1.1.7";
    private const string EccPublicKey = "1.2.840.10045.2.1";
    private const int LeastRsaBits = 2048;
    private const int LeastEccBits = 256;

    // The uncompressed form of a point: 0x04, x, y.
    private const byte UncompressedPoint = 0x04;

    private readonly int _leastBits;

    private CertifiedKey(string kind, int bits, int leastBits, ReadOnlyMemory<byte> modulus)
    {
        Kind = kind;
        Bits = bits;
        _leastBits = leastBits;
        Modulus = modulus;
    }

    public string Kind { get; }

    public int Bits { get; }

    /// <summary>The modulus of an RSA key; empty for others.</summary>
    public ReadOnlyMemory<byte> Modulus { get; }

    public int LeastBits => _leastBits;

    public bool IsTooShort => Bits < _leastBits;

    public bool IsRoca => !Modulus.IsEmpty && RocaFingerprint.Matches(Modulus.Span);

    /// <exception cref="AsnContentException">The key is malformed.</exception>
    public static CertifiedKey Read(X509Certificate2 certificate)
    {
        PublicKey key = certificate.PublicKey;
        switch (key.Oid.Value)
        {
            case RsaEncryption or RsaesOaep:
                ReadOnlyMemory<byte> modulus = new AsnReader(key.EncodedKeyValue.RawData, AsnEncodingRules.BER).ReadSequence().ReadIntegerBytes();
                ReadOnlySpan<byte> digits = modulus.Span.TrimStart((byte)0);
                int bits = digits.IsEmpty ? 0 : (digits.Length * 8) - int.LeadingZeroCount(digits[0]) + 24;
                return new CertifiedKey("RSA", bits, LeastRsaBits, modulus);
            case EccPublicKey:
                byte[] point = key.EncodedKeyValue.RawData;
                return new CertifiedKey("ECC", SizeOfCurve(key, point), LeastEccBits, default);
            default:
                return new CertifiedKey(key.Oid.Value ?? "unknown", 0, LeastRsaBits, default);
        }
    }

    // P-521 fills 66 bytes; what counts here is that the curves below P-256 are told from it.
    private static int SizeOfCurve(PublicKey key, byte[] point) =>
        key.EncodedParameters is not null && point.Length > 1 && point[0] == UncompressedPoint ? (point.Length - 1) / 2 * 8 : 0;
}
