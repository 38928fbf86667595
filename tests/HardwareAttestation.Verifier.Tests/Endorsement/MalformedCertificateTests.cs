using System.Security.Cryptography.X509Certificates;
using HardwareAttestation.Protocol;

namespace HardwareAttestation.Verifier.Tests.Endorsement;

/// <summary>Bytes that are no certificate, or nearly one: each gives a verdict, and none an exception.</summary>
public sealed class MalformedCertificateTests : IDisposable
{
    private readonly TestAuthority _root = TestAuthority.CreateRoot();
    private readonly SoftwareEndorsementKey _key = SoftwareEndorsementKey.Rsa();
    private readonly EndorsementCertificateValidator _validator;
    private readonly byte[] _certificate;

    public MalformedCertificateTests()
    {
        _validator = new EndorsementCertificateValidator([_root.Certificate]);
        _certificate = _root.Issue(_key);
        Validate(_certificate).ShouldBeVerified();
    }

    public void Dispose()
    {
        _root.Dispose();
        _key.Dispose();
    }

    [Theory]
    [InlineData("")]
    [InlineData("00")]
    [InlineData("30")]
    [InlineData("3000")]
    [InlineData("3080")]
    [InlineData("30800000")]
    [InlineData("30847FFFFFFF")]
    [InlineData("3084FFFFFFFF")]
    [InlineData("0500")]
    [InlineData("3003020101")]
    [InlineData("2D2D2D2D2D424547494E2043455254494649434154452D2D2D2D2D")]
    public void A37_Garbage_IsRefused(string bytes) => Validate(Convert.FromHexString(bytes)).ShouldBeRefusedBy(CheckIds.EkCertificateForm);

    [Fact]
    public void A37_TruncatedAtAnyLength_IsRefused()
    {
        for (int length = 0; length < _certificate.Length; length += 7)
        {
            Validate(_certificate.AsSpan(0, length)).ShouldBeRefusedBy(CheckIds.EkCertificateForm);
        }
    }

    [Theory]
    [InlineData("00")]
    [InlineData("FF")]
    [InlineData("0500")]
    public void A37_TrailingBytes_AreRefused(string tail) =>
        Validate([.. _certificate, .. Convert.FromHexString(tail)]).ShouldBeRefusedBy(CheckIds.EkCertificateForm);

    [Fact]
    public void A37_SecondCertificateBehindTheFirst_IsRefused() =>
        Validate([.. _certificate, .. _certificate]).ShouldBeRefusedBy(CheckIds.EkCertificateForm);

    [Fact]
    public void A37_MegabyteOfBytes_IsRefused()
    {
        byte[] zeros = new byte[1024 * 1024];
        Validate(zeros).ShouldBeRefusedBy(CheckIds.EkCertificateForm);

        byte[] sequence = [0x30, 0x83, 0x0F, 0xFF, 0xFB, .. new byte[0x0FFFFB]];
        Validate(sequence).ShouldBeRefusedBy(CheckIds.EkCertificateForm);

        byte[] nested = [.. Enumerable.Repeat<byte[]>([0x30, 0x80], 512 * 1024).SelectMany(bytes => bytes)];
        Validate(nested).ShouldBeRefusedBy(CheckIds.EkCertificateForm);
    }

    [Fact]
    public void A17_CertificateThatIsRightButTooLarge_IsRefused()
    {
        X509Extension large = new("1.2.3.4", new byte[16 * 1024], critical: false);
        X509Extension small = new("1.2.3.4", new byte[8 * 1024], critical: false);

        Validate(_root.Issue(_key, CertificateDetails.EndorsementKey with { OtherExtensions = [small] })).ShouldBeVerified();
        Validate(_root.Issue(_key, CertificateDetails.EndorsementKey with { OtherExtensions = [large] })).ShouldBeRefusedBy(CheckIds.EkCertificateForm);
    }

    [Fact]
    public void A37_PkcsWithTheCertificateInIt_IsRefused()
    {
        using var certificate = X509CertificateLoader.LoadCertificate(_certificate);
        byte[] pkcs7 = new X509Certificate2Collection(certificate)
            .Export(X509ContentType.Pkcs7)!;

        Validate(pkcs7).ShouldBeRefusedBy(CheckIds.EkCertificateForm);
    }

    [Fact]
    public void A37_EveryByteChanged_IsRefusedWithoutAnException()
    {
        for (int position = 0; position < _certificate.Length; position++)
        {
            byte[] changed = [.. _certificate];
            changed[position] ^= (byte)(1 << (position % 8));

            Validate(changed).Status.Should().Be(VerdictStatus.Refused, $"byte {position} was changed");
        }
    }

    private Verdict Validate(ReadOnlySpan<byte> certificate) =>
        _validator.Validate(certificate, _key.Public, time: ManualTimeProvider.Start).Verdict;
}
