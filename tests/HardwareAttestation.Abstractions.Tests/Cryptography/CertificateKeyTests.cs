using System.Numerics;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using HardwareAttestation.Cryptography;
using HardwareAttestation.Structures;
using HardwareAttestation.Wire;

namespace HardwareAttestation.Abstractions.Tests.Cryptography;

public sealed class CertificateKeyTests
{
    private static readonly DateTimeOffset Now = new(2026, 7, 1, 0, 0, 0, TimeSpan.Zero);

    [Fact]
    public void A_certificate_is_of_the_RSA_key_that_it_holds()
    {
        using RSA key = RSA.Create(2048);
        using RSA other = RSA.Create(2048);
        using X509Certificate2 certificate = Certify(key);
        RSAParameters parameters = key.ExportParameters(false);

        PublicKeys.IsKeyOf(RsaKey(parameters.Modulus!, 0), certificate).Should().BeTrue("zero stands for 65537");
        PublicKeys.IsKeyOf(RsaKey(parameters.Modulus!, 65537), certificate).Should().BeTrue();
        PublicKeys.IsKeyOf(RsaKey(parameters.Modulus!, 3), certificate).Should().BeFalse("the exponent is another");
        PublicKeys.IsKeyOf(RsaKey(other.ExportParameters(false).Modulus!, 0), certificate).Should().BeFalse();
        PublicKeys.IsKeyOf(RsaKey(parameters.Modulus![..^1], 0), certificate).Should().BeFalse();
        PublicKeys.IsKeyOf(RsaKey([], 0), certificate).Should().BeFalse("a template is not a key");
        PublicKeys.IsKeyOf(RsaKey(new byte[256], 0), certificate).Should().BeFalse("a template is not a key");
    }

    [Fact]
    public void A_certificate_is_of_the_RSA_key_also_if_its_algorithm_says_OAEP()
    {
        using RSA key = RSA.Create(2048);
        RSAParameters parameters = key.ExportParameters(false);
        // AlgorithmIdentifier of id-RSAES-OAEP with default parameters, which older endorsement key certificates have.
        PublicKey oaep = new(new Oid("1.2.840.113549.1.1.7"), new AsnEncodedData([0x30, 0x00]), new AsnEncodedData(key.ExportRSAPublicKey()));
        using X509Certificate2 certificate = Certify(oaep);

        PublicKeys.IsKeyOf(RsaKey(parameters.Modulus!, 0), certificate).Should().BeTrue();
    }

    [Theory]
    [InlineData("nistP256", TpmEccCurve.NistP256)]
    [InlineData("nistP384", TpmEccCurve.NistP384)]
    [InlineData("nistP521", TpmEccCurve.NistP521)]
    public void A_certificate_is_of_the_ECC_key_that_it_holds(string curveName, TpmEccCurve curve)
    {
        using ECDsa key = ECDsa.Create(ECCurve.CreateFromFriendlyName(curveName));
        using ECDsa other = ECDsa.Create(ECCurve.CreateFromFriendlyName(curveName));
        using X509Certificate2 certificate = Certify(key);
        ECPoint point = key.ExportParameters(false).Q;
        ECPoint otherPoint = other.ExportParameters(false).Q;

        PublicKeys.IsKeyOf(EccKey(curve, point.X!, point.Y!), certificate).Should().BeTrue();

        // A coordinate of P-521 has no room for one zero more.
        byte[] padded = curve == TpmEccCurve.NistP521 ? [.. point.X.AsSpan().TrimStart((byte)0)] : [0, .. point.X!];
        PublicKeys.IsKeyOf(EccKey(curve, padded, point.Y!), certificate).Should().BeTrue("TPMs differ in leading zeros");
        PublicKeys.IsKeyOf(EccKey(curve, point.X!, otherPoint.Y!), certificate).Should().BeFalse();
        PublicKeys.IsKeyOf(EccKey(curve, otherPoint.X!, point.Y!), certificate).Should().BeFalse();
        PublicKeys.IsKeyOf(EccKey(curve, point.Y!, point.X!), certificate).Should().BeFalse();
        PublicKeys.IsKeyOf(EccKey(curve, [], []), certificate).Should().BeFalse("a template is not a key");
    }

    [Fact]
    public void A_coordinate_that_begins_with_zeros_is_the_same_however_long_the_TPM_writes_it()
    {
        using ECDsa key = KeyWithLeadingZero();
        using X509Certificate2 certificate = Certify(key);
        ECPoint point = key.ExportParameters(false).Q;

        PublicKeys.IsKeyOf(EccKey(TpmEccCurve.NistP256, point.X!, point.Y!), certificate).Should().BeTrue();
        PublicKeys.IsKeyOf(EccKey(TpmEccCurve.NistP256, point.X.AsSpan().TrimStart((byte)0), point.Y!), certificate).Should().BeTrue();
    }

    [Fact]
    public void A_certificate_of_another_kind_of_key_is_of_another_key()
    {
        using RSA rsa = RSA.Create(2048);
        using ECDsa ecc = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using X509Certificate2 rsaCertificate = Certify(rsa);
        using X509Certificate2 eccCertificate = Certify(ecc);
        ECPoint point = ecc.ExportParameters(false).Q;

        PublicKeys.IsKeyOf(RsaKey(rsa.ExportParameters(false).Modulus!, 0), eccCertificate).Should().BeFalse();
        PublicKeys.IsKeyOf(EccKey(TpmEccCurve.NistP256, point.X!, point.Y!), rsaCertificate).Should().BeFalse();
        PublicKeys.IsKeyOf(TpmWire.Parse<TpmtPublic>(Convert.FromHexString(TestVectors.HmacKey)), rsaCertificate).Should().BeFalse();
        PublicKeys.IsKeyOf(TpmWire.Parse<TpmtPublic>(Convert.FromHexString(TestVectors.AesKey)), eccCertificate).Should().BeFalse();
    }

    [Theory]
    [InlineData("")]
    [InlineData("00")]
    [InlineData("3000")]
    [InlineData("30030201")]
    [InlineData("3003020101")]
    [InlineData("300402020001")]
    [InlineData("3006020101040101")]
    [InlineData("04")]
    [InlineData("040102")]
    [InlineData("0201FF")]
    public void A_certificate_whose_key_is_malformed_is_of_no_key(string bits)
    {
        byte[] encoded = Convert.FromHexString(bits);
        using X509Certificate2 rsaCertificate = Certify(new PublicKey(new Oid("1.2.840.113549.1.1.1"), new AsnEncodedData([0x05, 0x00]), new AsnEncodedData(encoded)));
        TpmtPublic ecc = TpmWire.Parse<TpmtPublic>(Convert.FromHexString(TestVectors.EccAttestationKey));

        PublicKeys.IsKeyOf(RsaKey([0x01], 1), rsaCertificate).Should().BeFalse();
        PublicKeys.IsKeyOf(RsaKey([], 1), rsaCertificate).Should().BeFalse();
        PublicKeys.IsKeyOf(ecc, rsaCertificate).Should().BeFalse();
    }

    private static ECDsa KeyWithLeadingZero()
    {
        // The first private keys 1, 2, 3 … one of which has an x that begins with a zero byte.
        for (int d = 1; ; d++)
        {
            byte[] privateKey = new BigInteger(d).ToByteArray(isUnsigned: true, isBigEndian: true);
            ECDsa key = ECDsa.Create(new ECParameters { Curve = ECCurve.NamedCurves.nistP256, D = [.. new byte[32 - privateKey.Length], .. privateKey] });
            if (key.ExportParameters(false).Q.X![0] == 0)
            {
                return key;
            }

            key.Dispose();
        }
    }

    private static X509Certificate2 Certify(RSA key) => Certify(new PublicKey(key));

    private static X509Certificate2 Certify(ECDsa key) => Certify(new PublicKey(key));

    private static X509Certificate2 Certify(PublicKey key)
    {
        using ECDsa issuer = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        CertificateRequest request = new(new X500DistinguishedName("CN=endorsement key"), key, HashAlgorithmName.SHA256);
        return request.Create(
            new X500DistinguishedName("CN=issuer"), X509SignatureGenerator.CreateForECDsa(issuer), Now, Now.AddYears(1), [1]);
    }

    private static TpmtPublic RsaKey(ReadOnlySpan<byte> modulus, uint exponent) => new(
        TpmAlgId.Sha256,
        TpmaObject.Decrypt,
        [],
        new TpmsRsaParms(TpmtSymDef.Aes128Cfb, TpmtScheme.Null, 2048, exponent),
        new Tpm2bPublicKeyRsa(modulus));

    private static TpmtPublic EccKey(TpmEccCurve curve, ReadOnlySpan<byte> x, ReadOnlySpan<byte> y) => new(
        TpmAlgId.Sha256,
        TpmaObject.Decrypt,
        [],
        new TpmsEccParms(TpmtSymDef.Aes128Cfb, TpmtScheme.Null, curve, TpmtScheme.Null),
        new TpmsEccPoint(x, y));
}
