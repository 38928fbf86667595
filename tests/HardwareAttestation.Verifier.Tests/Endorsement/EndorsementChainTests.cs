using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using HardwareAttestation.Protocol;

namespace HardwareAttestation.Verifier.Tests.Endorsement;

/// <summary>Chains from an endorsement key's certificate to a trust anchor, and attacks on what stands between.</summary>
public sealed class EndorsementChainTests : IDisposable
{
    private readonly TestAuthority _root = TestAuthority.CreateRoot();
    private readonly SoftwareEndorsementKey _key = SoftwareEndorsementKey.Ecc();

    public void Dispose()
    {
        _root.Dispose();
        _key.Dispose();
    }

    [Fact]
    public void A23_ExpiredIntermediate_IsRefused()
    {
        using TestAuthority intermediate = _root.CreateIntermediate(
            details: CertificateDetails.Authority with { NotAfter = ManualTimeProvider.Start.AddDays(-1) });

        Validate([_root], intermediate.Issue(_key), [intermediate]).Verdict.ShouldBeRefusedBy(CheckIds.EkCertificateChain);
    }

    [Fact]
    public void A23_IntermediateThatIsNotYetValid_IsRefused()
    {
        using TestAuthority intermediate = _root.CreateIntermediate(
            details: CertificateDetails.Authority with { NotBefore = ManualTimeProvider.Start.AddDays(1) });

        Validate([_root], intermediate.Issue(_key), [intermediate]).Verdict.ShouldBeRefusedBy(CheckIds.EkCertificateChain);
    }

    [Fact]
    public void A23_ExpiredRoot_IsRefused()
    {
        using TestAuthority root = TestAuthority.CreateRoot(
            details: CertificateDetails.Authority with { NotAfter = ManualTimeProvider.Start.AddDays(-1) });

        Validate([root], root.Issue(_key)).Verdict.ShouldBeRefusedBy(CheckIds.EkCertificateChain);
    }

    [Theory]
    [InlineData("rsa", "sha1")]
    [InlineData("ecdsa", "sha1")]
    [InlineData("rsa", "pss-sha1")]
    public void A26_IntermediateSignedWithSha1_IsRefused(string key, string algorithm)
    {
        using TestAuthority root = TestAuthority.CreateRoot(key: key == "rsa" ? TestKeys.Rsa(2048) : null);
        using TestAuthority intermediate = root.CreateIntermediate(generator: root.SignWith(algorithm));

        Validate([root], intermediate.Issue(_key), [intermediate]).Verdict.ShouldBeRefusedBy(CheckIds.EkCertificateAlgorithms);
    }

    [Fact]
    public void A26_AuthorityOfRsa1024_IsRefused()
    {
        using TestAuthority intermediate = _root.CreateIntermediate(key: TestKeys.Rsa(1024));
        using TestAuthority weakRoot = TestAuthority.CreateRoot(key: TestKeys.Rsa(1024));

        Validate([_root], intermediate.Issue(_key), [intermediate]).Verdict.ShouldBeRefusedBy(CheckIds.EkCertificateAlgorithms);
        Validate([weakRoot], weakRoot.Issue(_key)).Verdict.ShouldBeRefusedBy(CheckIds.EkCertificateAlgorithms);
    }

    [Fact]
    public void A26_AuthorityOnACurveBelowP256_IsRefused()
    {
        using TestAuthority intermediate = _root.CreateIntermediate(key: ECDsa.Create(ECCurve.CreateFromFriendlyName("secp224r1")));

        Validate([_root], intermediate.Issue(_key), [intermediate]).Verdict.ShouldBeRefusedBy(CheckIds.EkCertificateAlgorithms);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(null)]
    public void A27_IntermediateThatIsNoAuthority_IsRefused(bool? isAuthority)
    {
        using TestAuthority intermediate = _root.CreateIntermediate(details: CertificateDetails.Authority with { IsAuthority = isAuthority });

        Validate([_root], intermediate.Issue(_key), [intermediate]).Verdict.ShouldBeRefusedBy(CheckIds.EkCertificateChain);
    }

    [Fact]
    public void A27_IntermediateThatMayNotSignCertificates_IsRefused()
    {
        using TestAuthority intermediate = _root.CreateIntermediate(
            details: CertificateDetails.Authority with { KeyUsage = X509KeyUsageFlags.DigitalSignature });

        Validate([_root], intermediate.Issue(_key), [intermediate]).Verdict.ShouldBeRefusedBy(CheckIds.EkCertificateChain);
    }

    [Fact]
    public void A27_PathLengthExceeded_IsRefused()
    {
        using TestAuthority first = _root.CreateIntermediate("CN=First", CertificateDetails.Authority with { PathLength = 0 });
        using TestAuthority second = first.CreateIntermediate("CN=Second");

        Validate([_root], second.Issue(_key), [first, second]).Verdict.ShouldBeRefusedBy(CheckIds.EkCertificateChain);
        Validate([_root], first.Issue(_key), [first, second]).Verdict.ShouldBeVerified();
    }

    [Fact]
    public void A27_EndorsementKeyThatIssuesCertificates_IsRefused()
    {
        using ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using TestAuthority thief = _root.CreateIntermediate("CN=Stolen", CertificateDetails.EndorsementKey, key);

        Validate([_root], thief.Issue(_key), [thief]).Verdict.ShouldBeRefusedBy(CheckIds.EkCertificateChain);
    }

    [Fact]
    public void A28_OtherRoot_IsRefused()
    {
        using TestAuthority other = TestAuthority.CreateRoot("CN=Another Root");

        EndorsementCertificateResult result = Validate([other], _root.Issue(_key));

        result.Verdict.ShouldBeRefusedBy(CheckIds.EkCertificateChain);
        result.Chain.Should().BeEmpty();
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A28_RootOfTheSameNameWithAnotherKey_IsRefused(bool withKeyIdentifiers)
    {
        CertificateDetails details = CertificateDetails.Authority with { HasKeyIdentifiers = withKeyIdentifiers };
        using TestAuthority right = TestAuthority.CreateRoot(details: details);
        using TestAuthority twin = TestAuthority.CreateRoot(details: details);
        byte[] certificate = right.Issue(_key, CertificateDetails.EndorsementKey with { HasKeyIdentifiers = withKeyIdentifiers });

        Validate([twin], certificate).Verdict.ShouldBeRefusedBy(CheckIds.EkCertificateChain);
        Validate([right, twin], certificate).Verdict.ShouldBeVerified();
        Validate([twin, right], certificate).Verdict.ShouldBeVerified();
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A28_TwinOfTheRootAmongTheIntermediates_DoesNotHideTheRoot(bool withKeyIdentifiers)
    {
        CertificateDetails details = CertificateDetails.Authority with { HasKeyIdentifiers = withKeyIdentifiers };
        using TestAuthority right = TestAuthority.CreateRoot(details: details);
        using TestAuthority twin = TestAuthority.CreateRoot(details: details);
        byte[] certificate = right.Issue(_key, CertificateDetails.EndorsementKey with { HasKeyIdentifiers = withKeyIdentifiers });

        Validate([right], certificate, [twin]).Verdict.ShouldBeVerified();
        Validate([twin], certificate, [right]).Verdict.ShouldBeRefusedBy(CheckIds.EkCertificateChain);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A28_LeafOfATwinIntermediate_IsRefused(bool withKeyIdentifiers)
    {
        CertificateDetails details = CertificateDetails.Authority with { HasKeyIdentifiers = withKeyIdentifiers };
        using TestAuthority twinRoot = TestAuthority.CreateRoot(details: details);
        using TestAuthority twinIssuer = twinRoot.CreateIntermediate(details: details);
        using TestAuthority issuer = _root.CreateIntermediate(details: details);
        byte[] certificate = twinIssuer.Issue(_key, CertificateDetails.EndorsementKey with { HasKeyIdentifiers = withKeyIdentifiers });

        Validate([_root], certificate, [issuer]).Verdict.ShouldBeRefusedBy(CheckIds.EkCertificateChain);
        Validate([_root], certificate, [twinIssuer, issuer]).Verdict.ShouldBeRefusedBy(CheckIds.EkCertificateChain);
    }

    [Theory]
    [InlineData(true, true)]
    [InlineData(true, false)]
    [InlineData(false, true)]
    [InlineData(false, false)]
    public void A29_IntermediatesOfTheSameName_DoNotHideTheRightOne(bool withKeyIdentifiers, bool hostileFirst)
    {
        CertificateDetails details = CertificateDetails.Authority with { HasKeyIdentifiers = withKeyIdentifiers };
        using TestAuthority right = _root.CreateIntermediate(details: details);
        using TestAuthority strangerRoot = TestAuthority.CreateRoot("CN=Stranger");
        TestAuthority[] hostile =
        [
            _root.CreateIntermediate(details: details),
            strangerRoot.CreateIntermediate(details: details with { NotAfter = new(9999, 1, 1, 0, 0, 0, TimeSpan.Zero) }),
            TestAuthority.CreateRoot("CN=Test TPM Issuer", details),
        ];
        byte[] certificate = right.Issue(_key, CertificateDetails.EndorsementKey with { HasKeyIdentifiers = withKeyIdentifiers });

        try
        {
            Validate([_root], certificate, hostileFirst ? [.. hostile, right] : [right, .. hostile]).Verdict.ShouldBeVerified();
        }
        finally
        {
            Array.ForEach(hostile, authority => authority.Dispose());
        }
    }

    [Fact]
    public void An_anchor_that_is_not_self_signed_is_misuse()
    {
        using TestAuthority intermediate = _root.CreateIntermediate();

        Func<object> act = () => new EndorsementCertificateValidator([_root.Certificate, intermediate.Certificate]);

        act.Should().Throw<ArgumentException>().WithMessage("*CN=Test TPM Issuer*not self-signed*");
    }

    [Fact]
    public void A28_RootWithABrokenSelfSignature_IsNoAnchor()
    {
        byte[] broken = _root.Certificate.RawData;
        broken[^1] ^= 1;
        using X509Certificate2 anchor = X509CertificateLoader.LoadCertificate(broken);

        Func<object> act = () => new EndorsementCertificateValidator([anchor]);

        act.Should().Throw<ArgumentException>().WithMessage("*CN=Test TPM Root*not self-signed*");
    }

    [Fact]
    public void A28_CertificateOfTheRootsNameSignedByAnotherKey_IsNoAnchor()
    {
        using TestAuthority sameName = _root.CreateIntermediate("CN=Test TPM Root");

        Func<object> act = () => new EndorsementCertificateValidator([sameName.Certificate]);

        act.Should().Throw<ArgumentException>().WithMessage("*CN=Test TPM Root*not self-signed*");
    }

    [Theory]
    [InlineData("rsa", "sha1")]
    [InlineData("ecdsa", "sha1")]
    public void A_root_may_sign_itself_with_an_old_algorithm(string key, string algorithm)
    {
        using AsymmetricAlgorithm signer = key == "rsa" ? TestKeys.Rsa(2048) : ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using TestAuthority template = TestAuthority.CreateRoot(key: signer);
        byte[] old = template.Issue(new PublicKey(signer), CertificateDetails.Authority, "CN=Test TPM Root", template.SignWith(algorithm));
        using X509Certificate2 anchor = X509CertificateLoader.LoadCertificate(old);

        EndorsementCertificateResult result = new EndorsementCertificateValidator([anchor])
            .Validate(template.Issue(_key), _key.Public, time: ManualTimeProvider.Start);

        result.Verdict.ShouldBeVerified();
    }

    [Fact]
    public void No_anchor_is_misuse()
    {
        Func<object> act = () => new EndorsementCertificateValidator([]);

        act.Should().Throw<ArgumentException>().WithMessage("*no trust anchor*");
    }

    private EndorsementCertificateResult Validate(TestAuthority[] anchors, byte[] certificate, TestAuthority[]? intermediates = null) =>
        new EndorsementCertificateValidator(
            anchors.Select(anchor => anchor.Certificate), intermediates?.Select(intermediate => intermediate.Certificate))
            .Validate(certificate, _key.Public, time: ManualTimeProvider.Start);
}
