using System.Security.Cryptography;
using HardwareAttestation.Protocol;

namespace HardwareAttestation.Verifier.Tests.Endorsement;

/// <summary>What options allow, and that they allow nothing else.</summary>
public sealed class EndorsementPolicyTests : IDisposable
{
    private readonly TestAuthority _root = TestAuthority.CreateRoot();
    private readonly SoftwareEndorsementKey _key = SoftwareEndorsementKey.Ecc();

    public void Dispose()
    {
        _root.Dispose();
        _key.Dispose();
    }

    [Fact]
    public void A23_ExpiredLeafThatThePolicyAllows_IsFlagged()
    {
        CertificateDetails expired = CertificateDetails.EndorsementKey with { NotAfter = ManualTimeProvider.Start.AddDays(-1) };
        EndorsementCertificateOptions options = new() { AllowExpiredLeaf = true };

        Verdict verdict = Validate(_root.Issue(_key, expired), [_root], [], options);

        verdict.ShouldBeVerified();
        verdict.OutcomeOf(CheckIds.EkCertificateValidity).Should().Be(FindingOutcome.Flagged);
    }

    [Fact]
    public void A23_AllowanceForExpiredLeaves_AllowsNothingElse()
    {
        CertificateDetails expired = CertificateDetails.Authority with { NotAfter = ManualTimeProvider.Start.AddDays(-1) };
        EndorsementCertificateOptions options = new() { AllowExpiredLeaf = true };
        using TestAuthority issuer = _root.CreateIntermediate(details: expired);
        using TestAuthority root = TestAuthority.CreateRoot(details: expired);

        Validate(issuer.Issue(_key), [_root], [issuer], options).ShouldBeRefusedBy(CheckIds.EkCertificateChain);
        Validate(root.Issue(_key), [root], [], options).ShouldBeRefusedBy(CheckIds.EkCertificateChain);
        Validate(_root.Issue(_key, CertificateDetails.EndorsementKey with { NotBefore = ManualTimeProvider.Start.AddDays(1) }), [_root], [], options)
            .ShouldBeRefusedBy(CheckIds.EkCertificateValidity);
        Validate(RawCertificate.Redate(_root.Issue(_key), ManualTimeProvider.Start.AddDays(1), ManualTimeProvider.Start.AddDays(-1), _root), [_root], [], options)
            .ShouldBeRefusedBy(CheckIds.EkCertificateValidity);
    }

    [Fact]
    public void A26_Sha1OfAnIssuerThatThePolicyNames_IsFlaggedAndOfAnotherRefused()
    {
        using TestAuthority root = TestAuthority.CreateRoot(key: TestKeys.Rsa(2048));
        using TestAuthority issuer = root.CreateIntermediate(key: TestKeys.Rsa(2048, 1), generator: root.SignWith("sha1"));
        using TestAuthority other = root.CreateIntermediate("CN=Other", key: TestKeys.Rsa(2048, 1), generator: root.SignWith("sha1"));
        byte[] leaf = issuer.Issue(_key.CertifiedKey, generator: issuer.SignWith("sha1"));
        EndorsementCertificateOptions options = new();
        options.Sha1IssuerFingerprints.Add(issuer.Certificate.GetCertHashString(HashAlgorithmName.SHA256).ToLowerInvariant());

        Verdict verdict = Validate(leaf, [root], [issuer, other], options);

        verdict.ShouldBeVerified();
        verdict.OutcomeOf(CheckIds.EkCertificateAlgorithms).Should().Be(FindingOutcome.Flagged);
        Validate(leaf, [root], [issuer], new()).ShouldBeRefusedBy(CheckIds.EkCertificateAlgorithms);
        Validate(other.Issue(_key), [root], [issuer, other], options).ShouldBeRefusedBy(CheckIds.EkCertificateAlgorithms);
        Validate(issuer.Issue(_key.CertifiedKey), [root], [], options, [issuer.Certificate.RawData]).ShouldBeVerified();
    }

    [Fact]
    public void A26_Md5_IsRefusedEvenOfAnIssuerThatThePolicyNames()
    {
        using TestAuthority root = TestAuthority.CreateRoot(key: TestKeys.Rsa(2048));
        EndorsementCertificateOptions options = new();
        options.Sha1IssuerFingerprints.Add(root.Certificate.GetCertHashString(HashAlgorithmName.SHA256));

        Validate(root.Issue(_key.CertifiedKey, generator: root.SignWith("md5")), [root], [], options).ShouldBeRefusedBy(CheckIds.EkCertificateChain);

        using TestAuthority issuer = root.CreateIntermediate(generator: root.SignWith("md5"));
        options.Sha1IssuerFingerprints.Add(issuer.Certificate.GetCertHashString(HashAlgorithmName.SHA256));
        Validate(issuer.Issue(_key), [root], [issuer], options).ShouldBeRefusedBy(CheckIds.EkCertificateAlgorithms);
    }

    [Fact]
    public void An_issuer_whose_old_certificate_is_refused_is_verified_by_its_new_one()
    {
        using TestAuthority root = TestAuthority.CreateRoot(key: TestKeys.Rsa(2048));
        using TestAuthority old = root.CreateIntermediate(generator: root.SignWith("sha1"));
        using TestAuthority renewed = old.With(root.Issue(old.Certificate.PublicKey, CertificateDetails.Authority, "CN=Test TPM Issuer"));
        byte[] leaf = old.Issue(_key);

        Validate(leaf, [root], [old, renewed], new()).ShouldBeVerified();
        Validate(leaf, [root], [renewed, old], new()).ShouldBeVerified();
        Validate(leaf, [root], [old], new(), [renewed.Certificate.RawData]).ShouldBeVerified();
        Validate(leaf, [root], [old], new()).ShouldBeRefusedBy(CheckIds.EkCertificateAlgorithms);
    }

    [Fact]
    public void The_certificates_are_copied_and_their_owner_may_dispose_of_his()
    {
        TestAuthority root = TestAuthority.CreateRoot();
        TestAuthority issuer = root.CreateIntermediate();
        byte[] certificate = issuer.Issue(_key);
        EndorsementCertificateValidator validator = new([root.Certificate], [issuer.Certificate]);
        root.Dispose();
        issuer.Dispose();

        validator.Validate(certificate, _key.Public, time: ManualTimeProvider.Start).Verdict.ShouldBeVerified();
    }

    [Fact]
    public void The_options_are_read_once()
    {
        EndorsementCertificateOptions options = new();
        EndorsementCertificateValidator validator = new([_root.Certificate], options: options);
        options.AllowedTrustClasses.Add(EndorsementTrustClass.SoftwareEmulator);
        byte[] certificate = _root.Issue(_key, CertificateDetails.EndorsementKey with { TpmName = TpmNames.OneSet("id:00001014", "swtpm", "id:1") });

        validator.Validate(certificate, _key.Public, time: ManualTimeProvider.Start).Verdict.ShouldBeRefusedBy(CheckIds.EkCertificateTrustClass);
    }

    [Fact]
    public void What_is_none_of_the_values_of_an_option_is_a_fault_of_the_options()
    {
        ShouldBeFaulty(options => options.AllowedTrustClasses.Clear(), "*AllowedTrustClasses is empty*");
        ShouldBeFaulty(options => options.AllowedTrustClasses.Add((EndorsementTrustClass)5), "*AllowedTrustClasses has 5*");
        ShouldBeFaulty(options => options.UnknownRevocation = (PolicyAction)2, "*UnknownRevocation is 2: it can be Refuse or Flag*");
        ShouldBeFaulty(options => options.VulnerableFirmware = (PolicyAction)(-1), "*VulnerableFirmware is -1: it can be Refuse or Flag*");

        void ShouldBeFaulty(Action<EndorsementCertificateOptions> change, string message)
        {
            AttestationVerifierOptions verifier = new();
            verifier.TrustAnchors.Add(_root.Certificate);
            change(verifier.EndorsementCertificates);

            FluentActions.Invoking(() => new EndorsementCertificateValidator([_root.Certificate], options: verifier.EndorsementCertificates))
                .Should().Throw<ArgumentException>().WithMessage(message);
            verifier.FindFaults().Should().ContainSingle().Which.Should().Match($"EndorsementCertificates.{message[1..]}");
        }
    }

    [Theory]
    [InlineData("")]
    [InlineData("00")]
    [InlineData("AA:BB")]
    public void A_fingerprint_that_is_none_is_a_fault_of_the_options(string fingerprint)
    {
        EndorsementCertificateOptions options = new();
        options.AnchorKeyFingerprints.Add(fingerprint);

        Func<object> act = () => new EndorsementCertificateValidator([_root.Certificate], options: options);

        act.Should().Throw<ArgumentException>().WithMessage("*AnchorKeyFingerprints*SHA-256*");
    }

    private Verdict Validate(
        byte[] certificate, TestAuthority[] anchors, TestAuthority[] issuers, EndorsementCertificateOptions options, byte[][]? presented = null) =>
        new EndorsementCertificateValidator(anchors.Select(anchor => anchor.Certificate), issuers.Select(issuer => issuer.Certificate), options)
            .Validate(certificate, _key.Public, [.. (presented ?? []).Select(issuer => (ReadOnlyMemory<byte>)issuer)], ManualTimeProvider.Start).Verdict;
}
