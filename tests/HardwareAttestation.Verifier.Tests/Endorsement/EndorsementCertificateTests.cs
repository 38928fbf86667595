using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using HardwareAttestation.Protocol;
using HardwareAttestation.Structures;

namespace HardwareAttestation.Verifier.Tests.Endorsement;

/// <summary>Certificates of endorsement keys by themselves: which are accepted, and what each attack on a leaf is refused for.</summary>
public sealed class EndorsementCertificateTests : IDisposable
{
    private readonly TestAuthority _root = TestAuthority.CreateRoot();
    private readonly SoftwareEndorsementKey _key = SoftwareEndorsementKey.Ecc();

    public void Dispose()
    {
        _root.Dispose();
        _key.Dispose();
    }

    [Theory]
    [InlineData(false, false)]
    [InlineData(false, true)]
    [InlineData(true, false)]
    [InlineData(true, true)]
    public void A_certificate_under_a_trusted_root_is_verified(bool rsa, bool withIntermediate)
    {
        using SoftwareEndorsementKey key = rsa ? SoftwareEndorsementKey.Rsa() : SoftwareEndorsementKey.Ecc(TpmEccCurve.NistP384);
        using TestAuthority intermediate = _root.CreateIntermediate();
        byte[] certificate = (withIntermediate ? intermediate : _root).Issue(key);

        EndorsementCertificateResult result = Validate([_root], certificate, key.Public, [intermediate]);

        result.Verdict.ShouldBeVerified();
        result.Subjects().Should().Equal(withIntermediate ? ["", "CN=Test TPM Issuer", "CN=Test TPM Root"] : ["", "CN=Test TPM Root"]);
        result.Verdict.Findings.Select(finding => finding.Check).Should().BeEquivalentTo(
            CheckIds.EkCertificateChain, CheckIds.EkCertificateUsage, CheckIds.EkCertificateNotCa, CheckIds.EkCertificateAlgorithms, CheckIds.EkCertificateKey,
            CheckIds.EkCertificateValidity, CheckIds.EkCertificateWeakKey, CheckIds.EkCertificateRevocation, CheckIds.EkCertificateIdentity,
            CheckIds.EkCertificateTrustClass, CheckIds.EkCertificateFirmware);
    }

    [Fact]
    public void A_certificate_without_an_end_is_verified()
    {
        byte[] certificate = Issue(CertificateDetails.EndorsementKey with { NotAfter = new(9999, 12, 31, 23, 59, 59, TimeSpan.Zero) });

        Validate([_root], certificate).Verdict.ShouldBeVerified();
    }

    [Fact]
    public void A_certificate_under_a_root_of_RSA_4096_is_verified()
    {
        using TestAuthority root = TestAuthority.CreateRoot(key: TestKeys.Rsa(4096));

        Validate([root], root.Issue(_key)).Verdict.ShouldBeVerified();
    }

    [Fact]
    public async Task Without_a_time_it_is_now_by_the_validators_clock()
    {
        byte[] certificate = Issue(CertificateDetails.EndorsementKey with { NotAfter = ManualTimeProvider.Start.AddDays(1) });
        ManualTimeProvider clock = new();
        EndorsementCertificateValidator validator = new([_root.Certificate], timeProvider: clock);

        validator.Validate(certificate, _key.Public).Verdict.ShouldBeVerified();
        clock.Advance(TimeSpan.FromDays(2));
        validator.Validate(certificate, _key.Public).Verdict.ShouldBeRefusedBy(CheckIds.EkCertificateValidity);
        (await validator.ValidateAsync(certificate, _key.Public)).Verdict.ShouldBeRefusedBy(CheckIds.EkCertificateValidity);
        validator.Validate(certificate, _key.Public, time: ManualTimeProvider.Start).Verdict.ShouldBeVerified();
    }

    [Fact]
    public void A_result_names_its_certificate_and_has_those_of_the_chain()
    {
        using TestAuthority issuer = _root.CreateIntermediate();
        DateTimeOffset notAfter = ManualTimeProvider.Start.AddDays(1);
        byte[] certificate = issuer.Issue(_key.CertifiedKey, CertificateDetails.EndorsementKey with { NotAfter = notAfter }, "CN=machine");
        using X509Certificate2 leaf = X509CertificateLoader.LoadCertificate(certificate);

        EndorsementCertificateResult verified = Validate([_root], certificate, intermediates: [issuer]);
        EndorsementCertificateResult refused = Validate([_root], certificate);
        EndorsementCertificateResult unreadable = Validate([_root], certificate[..^1]);

        verified.Chain.Select(element => element.ToArray()).Should().BeEquivalentTo(
            [certificate, issuer.Certificate.RawData, _root.Certificate.RawData], options => options.WithStrictOrdering());
        refused.Chain.Should().BeEmpty();
        foreach (EndorsementCertificateResult readable in new[] { verified, refused })
        {
            (readable.Subject, readable.SerialNumber, readable.NotAfter).Should().Be(("CN=machine", leaf.SerialNumber, notAfter));
        }

        (unreadable.Subject, unreadable.SerialNumber, unreadable.NotAfter).Should().Be((null, null, null));
    }

    [Theory]
    [InlineData(null)]
    [InlineData(X509KeyUsageFlags.KeyAgreement)]
    [InlineData(X509KeyUsageFlags.KeyEncipherment)]
    public void A_certificate_with_either_key_usage_for_encryption_or_none_is_verified(X509KeyUsageFlags? usage) =>
        Validate([_root], Issue(CertificateDetails.EndorsementKey with { KeyUsage = usage })).Verdict.ShouldBeVerified();

    [Fact]
    public void A31_CertificateWithNoKeyToCompareWith_IsFlagged()
    {
        EndorsementCertificateResult result = new EndorsementCertificateValidator([_root.Certificate])
            .Validate(_root.Issue(_key), null, time: ManualTimeProvider.Start);

        result.Verdict.ShouldBeVerified();
        result.Verdict.OutcomeOf(CheckIds.EkCertificateKey).Should().Be(FindingOutcome.Flagged);
    }

    [Fact]
    public void A23_ExpiredLeaf_IsRefused() => Validate([_root], Issue(CertificateDetails.EndorsementKey with
    {
        NotAfter = ManualTimeProvider.Start.AddSeconds(-1),
    })).Verdict.ShouldBeRefusedBy(CheckIds.EkCertificateValidity);

    [Fact]
    public void A23_LeafThatIsNotYetValid_IsRefused() => Validate([_root], Issue(CertificateDetails.EndorsementKey with
    {
        NotBefore = ManualTimeProvider.Start.AddSeconds(1),
    })).Verdict.ShouldBeRefusedBy(CheckIds.EkCertificateValidity);

    [Fact]
    public void A_leaf_in_its_first_and_its_last_second_is_verified()
    {
        Validate([_root], Issue(CertificateDetails.EndorsementKey with { NotBefore = ManualTimeProvider.Start })).Verdict.ShouldBeVerified();
        Validate([_root], Issue(CertificateDetails.EndorsementKey with { NotAfter = ManualTimeProvider.Start.AddSeconds(1) })).Verdict.ShouldBeVerified();
    }

    [Fact]
    public void A24_MissingExtendedKeyUsage_IsRefused() =>
        Validate([_root], Issue(CertificateDetails.EndorsementKey with { ExtendedKeyUsages = [] })).Verdict.ShouldBeRefusedBy(CheckIds.EkCertificateUsage);

    [Theory]
    [InlineData("2.23.133.8.2")]
    [InlineData("2.5.29.37.0")]
    [InlineData("1.3.6.1.5.5.7.3.1")]
    [InlineData("2.23.133.8.10")]
    public void A24_OtherExtendedKeyUsage_IsRefused(string usage) => Validate(
        [_root], Issue(CertificateDetails.EndorsementKey with { ExtendedKeyUsages = [usage] })).Verdict.ShouldBeRefusedBy(CheckIds.EkCertificateUsage);

    [Fact]
    public void A25_CertificateOfAnAuthority_IsRefused() =>
        Validate([_root], Issue(CertificateDetails.EndorsementKey with { IsAuthority = true })).Verdict.ShouldBeRefusedBy(CheckIds.EkCertificateNotCa);

    [Fact]
    public void A25_TrustAnchorItself_IsRefused() => Validate([_root], _root.Certificate.RawData).Verdict.ShouldBeRefusedBy(
        CheckIds.EkCertificateNotCa, CheckIds.EkCertificateUsage, CheckIds.EkCertificateKey);

    [Fact]
    public void A26_LeafKeyOfRsa1024_IsRefused()
    {
        using RSA weak = TestKeys.Rsa(1024);

        EndorsementCertificateResult result = new EndorsementCertificateValidator([_root.Certificate])
            .Validate(_root.Issue(new PublicKey(weak)), null, time: ManualTimeProvider.Start);

        result.Verdict.ShouldBeRefusedBy(CheckIds.EkCertificateAlgorithms);
    }

    [Theory]
    [InlineData("rsa", "sha1")]
    [InlineData("ecdsa", "sha1")]
    [InlineData("rsa", "pss-sha1")]
    public void A26_LeafSignedWithSha1_IsRefused(string key, string algorithm)
    {
        using TestAuthority root = TestAuthority.CreateRoot(key: key == "rsa" ? TestKeys.Rsa(2048) : null);
        byte[] certificate = root.Issue(_key.CertifiedKey, generator: root.SignWith(algorithm));

        Validate([root], certificate).Verdict.ShouldBeRefusedBy(CheckIds.EkCertificateAlgorithms);
    }

    [Fact]
    public void A_leaf_signed_with_RSAPSS_and_SHA256_is_verified()
    {
        using TestAuthority root = TestAuthority.CreateRoot(key: TestKeys.Rsa(2048));

        Validate([root], root.Issue(_key.CertifiedKey, generator: root.SignWith("pss-sha256"))).Verdict.ShouldBeVerified();
    }

    [Fact]
    public void A31_CertificateOfAnotherKey_IsRefused()
    {
        using SoftwareEndorsementKey other = SoftwareEndorsementKey.Ecc();
        using SoftwareEndorsementKey otherKind = SoftwareEndorsementKey.Rsa();

        Validate([_root], _root.Issue(other)).Verdict.ShouldBeRefusedBy(CheckIds.EkCertificateKey);
        Validate([_root], _root.Issue(otherKind)).Verdict.ShouldBeRefusedBy(CheckIds.EkCertificateKey);
    }

    [Fact]
    public void A31_CertificateOfTheSameModulusWithAnotherExponent_IsRefused()
    {
        using SoftwareEndorsementKey key = SoftwareEndorsementKey.Rsa();
        RSAParameters parameters = new() { Modulus = ((Tpm2bPublicKeyRsa)key.Public.Unique).Modulus.ToArray(), Exponent = [1, 0, 0, 0, 1] };
        using RSA otherExponent = RSA.Create(parameters);

        Validate([_root], _root.Issue(new PublicKey(otherExponent)), key.Public).Verdict.ShouldBeRefusedBy(CheckIds.EkCertificateKey);
    }

    [Fact]
    public void A34_CertificateOfAnAttestationKey_IsRefused() => Validate(
        [_root],
        Issue(CertificateDetails.EndorsementKey with
        {
            KeyUsage = X509KeyUsageFlags.DigitalSignature,
            ExtendedKeyUsages = [CertificateDetails.AttestationKeyUsage],
        })).Verdict.ShouldBeRefusedBy(CheckIds.EkCertificateUsage);

    [Theory]
    [InlineData(X509KeyUsageFlags.DigitalSignature)]
    [InlineData(X509KeyUsageFlags.NonRepudiation)]
    [InlineData(X509KeyUsageFlags.KeyCertSign)]
    [InlineData(X509KeyUsageFlags.KeyCertSign | X509KeyUsageFlags.KeyEncipherment)]
    public void A34_SigningKeyWithTheUsageOfAnEndorsementKey_IsRefused(X509KeyUsageFlags usage) =>
        Validate([_root], Issue(CertificateDetails.EndorsementKey with { KeyUsage = usage })).Verdict.ShouldBeRefusedBy(CheckIds.EkCertificateUsage);

    private byte[] Issue(CertificateDetails details) => _root.Issue(_key, details);

    private EndorsementCertificateResult Validate(
        TestAuthority[] anchors, byte[] certificate, TpmtPublic? key = null, TestAuthority[]? intermediates = null)
    {
        EndorsementCertificateResult result = new EndorsementCertificateValidator(
            anchors.Select(anchor => anchor.Certificate), intermediates?.Select(intermediate => intermediate.Certificate))
            .Validate(certificate, key ?? _key.Public, time: ManualTimeProvider.Start);
        return result;
    }
}
