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

    // TCG_PCCLIENT_STORED_CERT with and without TCG_PCCLIENT_FULL_CERT, and with sizes that lie.
    [Theory]
    [InlineData("1001000000")]
    [InlineData("100100FFFF")]
    [InlineData("10010001231002")]
    public void A37_CertificateBehindAHeader_IsRead(string header)
    {
        using ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        byte[] certificate = Certify(key);

        EndorsementCertificate.Extract([.. Convert.FromHexString(header), .. certificate, 0, 0, 0], Index).Should().Equal(certificate);
    }

    // The length of the certificate as a whole is signed by nobody: long form with zeros in front, and indefinite with its end marked.
    [Theory]
    [InlineData("3083", "")]
    [InlineData("3084", "")]
    [InlineData("3080", "0000")]
    public void A37_CertificateWithALengthThatIsNotDer_IsReadAndWrittenAnew(string start, string end)
    {
        using ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        byte[] certificate = Certify(key);
        certificate[1].Should().Be(0x82);
        byte[] zeros = start switch { "3083" => [0], "3084" => [0, 0], _ => [] };
        byte[] length = start == "3080" ? [] : [.. zeros, .. certificate[2..4]];

        EndorsementCertificate.Extract(
            [.. Convert.FromHexString(start), .. length, .. certificate[4..], .. Convert.FromHexString(end), 0xFF, 0xFF], Index).Should().Equal(certificate);
    }

    [Theory]
    [InlineData("")]
    [InlineData("00")]
    [InlineData("100100")]
    [InlineData("1001000000")]
    [InlineData("10010000001002")]
    [InlineData("1001010004A0A1A2A3")]
    [InlineData("10020000")]
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
    public void A_chain_is_taken_apart_whatever_fills_it_up()
    {
        using ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        byte[][] chain = [Certify(key), Certify(key), Certify(key)];

        Split([.. chain[0], .. chain[1], .. chain[2]], true).Should().BeEquivalentTo(chain, options => options.WithStrictOrdering());
        Split([0, .. chain[0], 0, 0, .. chain[1], 0xFF, .. chain[2], 0, 0xFF, 0xFF], true).Should().BeEquivalentTo(chain, options => options.WithStrictOrdering());
        Split([], true).Should().BeEmpty();
        Split(new byte[1000], true).Should().BeEmpty();
    }

    [Fact]
    public void A_damaged_chain_is_read_up_to_the_damage()
    {
        using ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        byte[] certificate = Certify(key);

        Split([.. certificate, 1, .. certificate], false).Should().ContainSingle().Which.Should().Equal(certificate);
        for (int length = 1; length < certificate.Length; length++)
        {
            Split([.. certificate, .. certificate[..length]], false).Should().ContainSingle();
        }
    }

    [Fact]
    public void No_more_of_a_chain_is_read_than_an_enrolment_request_may_carry()
    {
        using ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        byte[] certificate = Certify(key);
        byte[] large = [0x30, 0x82, 0x3F, 0xFF, .. new byte[0x3FFF]];

        Split([.. Enumerable.Repeat(certificate, 8).SelectMany(each => each)], true).Should().HaveCount(8);
        Split([.. Enumerable.Repeat(certificate, 9).SelectMany(each => each)], false).Should().HaveCount(8);
        Split([.. large, .. large, .. large], false).Should().ContainSingle("three of them are more than 32 KiB, and so are two");
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

        compare.Should().Throw<EndorsementKeyException>().WithMessage("The endorsement key certificate cannot be read: it is malformed.");
    }

    private static IEnumerable<byte[]> Split(byte[] content, bool isWhole)
    {
        IReadOnlyList<ReadOnlyMemory<byte>> certificates = EndorsementCertificate.Split(content, out bool whole);
        whole.Should().Be(isWhole);
        return certificates.Select(certificate => certificate.ToArray());
    }

    private static byte[] Certify(ECDsa key)
    {
        DateTimeOffset now = new(2026, 7, 1, 0, 0, 0, TimeSpan.Zero);
        using X509Certificate2 certificate = new CertificateRequest("CN=endorsement key", key, HashAlgorithmName.SHA256).CreateSelfSigned(now, now.AddYears(1));
        return certificate.RawData;
    }
}
