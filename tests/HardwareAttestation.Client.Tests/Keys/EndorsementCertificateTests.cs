using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using HardwareAttestation.Structures;

namespace HardwareAttestation.Client.Tests.Keys;

public sealed class EndorsementCertificateTests
{
    private static readonly TpmHandle Index = new(0x01C00002);

    [Theory]
    [InlineData(0, 0x00)]
    [InlineData(1, 0x00)]
    [InlineData(1000, 0x00)]
    [InlineData(1, 0xFF)]
    [InlineData(1000, 0xFF)]
    [InlineData(1000, 0x30)]
    public void A_certificate_is_taken_without_what_fills_up_its_index(int paddingSize, byte padding)
    {
        using ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        byte[] certificate = Certify(key);

        EndorsementCertificate.Extract([.. certificate, .. Enumerable.Repeat(padding, paddingSize)], Index).Should().Equal(certificate);
    }

    [Theory]
    [InlineData("")]
    [InlineData("00")]
    [InlineData("30")]
    [InlineData("3082")]
    [InlineData("30820100")]
    [InlineData("30040201")]
    [InlineData("308400000100")]
    [InlineData("3084FFFFFFFF00")]
    [InlineData("3180")]
    [InlineData("0401AA")]
    [InlineData("00000000000000000000")]
    [InlineData("FFFFFFFFFFFFFFFFFFFF")]
    [InlineData("2D2D2D2D2D424547494E")]
    public void An_index_that_does_not_begin_with_a_certificate_is_said_to_be_one(string hex)
    {
        byte[] content = Convert.FromHexString(hex);
        Action extract = () => EndorsementCertificate.Extract(content, Index);

        extract.Should().Throw<EndorsementKeyException>()
            .WithMessage("NV index 0x01c00002 should hold an endorsement key certificate, and does not begin with one.");
    }

    [Fact]
    public void Every_truncation_of_a_certificate_is_refused()
    {
        using ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        byte[] certificate = Certify(key);
        for (int length = 0; length < certificate.Length; length++)
        {
            Action extract = () => EndorsementCertificate.Extract(certificate.AsSpan(0, length), Index);
            extract.Should().Throw<EndorsementKeyException>();
        }
    }

    [Fact]
    public void A_certificate_is_compared_with_the_key()
    {
        using ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP384);
        ECPoint point = key.ExportParameters(false).Q;
        TpmtPublic template = EndorsementKeyTemplate.H3.PublicArea;
        TpmtPublic same = new(
            template.NameAlg, template.ObjectAttributes, template.AuthPolicy.Span, template.Parameters, new TpmsEccPoint(point.X, point.Y));

        EndorsementCertificate.IsOf(same, Certify(key)).Should().BeTrue();
        EndorsementCertificate.IsOf(TestKeys.EccEndorsementKey, Certify(key)).Should().BeFalse();
    }

    [Theory]
    [InlineData("3000")]
    [InlineData("3003020101")]
    public void A_sequence_that_is_no_certificate_is_refused(string hex)
    {
        byte[] certificate = Convert.FromHexString(hex);
        Action compare = () => EndorsementCertificate.IsOf(TestKeys.EccEndorsementKey, certificate);

        compare.Should().Throw<EndorsementKeyException>().WithMessage("The endorsement key certificate in the TPM cannot be read.");
    }

    private static byte[] Certify(ECDsa key)
    {
        DateTimeOffset now = new(2026, 7, 1, 0, 0, 0, TimeSpan.Zero);
        using X509Certificate2 certificate = new CertificateRequest("CN=endorsement key", key, HashAlgorithmName.SHA256).CreateSelfSigned(now, now.AddYears(1));
        return certificate.RawData;
    }
}
