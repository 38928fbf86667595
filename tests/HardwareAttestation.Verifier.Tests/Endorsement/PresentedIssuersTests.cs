using System.Diagnostics;
using System.Formats.Asn1;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using HardwareAttestation.Protocol;

namespace HardwareAttestation.Verifier.Tests.Endorsement;

/// <summary>Issuers' certificates that come along with an endorsement key's: they may complete a chain, and nothing is trusted for their sake.</summary>
public sealed class PresentedIssuersTests : IDisposable
{
    // Generous: what these tests keep out would take minutes.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    private readonly TestAuthority _root = TestAuthority.CreateRoot();
    private readonly SoftwareEndorsementKey _key = SoftwareEndorsementKey.Ecc();
    private readonly List<TestAuthority> _authorities = [];

    public void Dispose()
    {
        _authorities.ForEach(authority => authority.Dispose());
        _root.Dispose();
        _key.Dispose();
    }

    [Fact]
    public void An_issuer_that_comes_along_completes_the_chain()
    {
        TestAuthority issuer = Below(_root);

        EndorsementCertificateResult result = Validate(issuer.Issue(_key), [issuer]);

        result.Verdict.ShouldBeVerified();
        result.Subjects().Should().Equal(string.Empty, "CN=Test TPM Issuer", "CN=Test TPM Root");
        Validate(issuer.Issue(_key), []).Verdict.ShouldBeRefusedBy(CheckIds.EkCertificateChain);
    }

    [Fact]
    public void Issuers_on_the_die_below_issuers_that_are_known_complete_the_chain_in_any_order()
    {
        TestAuthority csme = Below(_root, "CN=CSME Intermediate CA");
        TestAuthority issuing = Below(csme, "CN=CSME Issuing CA");
        TestAuthority rom = Below(issuing, "CN=ROM CA");
        TestAuthority kernel = Below(rom, "CN=Kernel CA");
        TestAuthority ptt = Below(kernel, "CN=PTT CA");

        Validate(ptt.Issue(_key), [rom, kernel, ptt], [csme, issuing]).Verdict.ShouldBeVerified();
        Validate(ptt.Issue(_key), [ptt, kernel, rom], [csme, issuing]).Verdict.ShouldBeVerified();
        Validate(ptt.Issue(_key), [ptt, rom], [csme, issuing]).Verdict.ShouldBeRefusedBy(CheckIds.EkCertificateChain);
    }

    [Fact]
    public void What_comes_along_beyond_the_chain_does_no_harm()
    {
        TestAuthority issuer = Below(_root);
        byte[] certificate = issuer.Issue(_key);

        ValidateBytes(certificate, [issuer.Certificate.RawData, certificate, _root.Certificate.RawData, issuer.Certificate.RawData]).Verdict.ShouldBeVerified();
        ValidateBytes(certificate, [[], [0x30], [0x30, 0x00], [0x30, 0x03, 2, 1, 1], RandomNumberGenerator.GetBytes(1000), issuer.Certificate.RawData])
            .Verdict.ShouldBeVerified();
    }

    [Theory]
    [InlineData("00")]
    [InlineData("FF")]
    [InlineData("0500")]
    public void A37_IssuerFollowedByOtherBytes_IsPassedOver(string tail)
    {
        TestAuthority issuer = Below(_root);

        ValidateBytes(issuer.Issue(_key), [[.. issuer.Certificate.RawData, .. Convert.FromHexString(tail)]]).Verdict.ShouldBeRefusedBy(CheckIds.EkCertificateChain);
    }

    [Fact]
    public void A29_IssuerOnACurveOfNoTpm_IsPassedOver()
    {
        TestAuthority issuer = Below(_root, key: ECDsa.Create(ECCurve.CreateFromFriendlyName("brainpoolP256r1")));

        Validate(issuer.Issue(_key), [issuer]).Verdict.ShouldBeRefusedBy(CheckIds.EkCertificateChain);
        Validate(issuer.Issue(_key), [], [issuer]).Verdict.ShouldBeVerified();
    }

    [Fact]
    public void A28_RootThatComesAlong_IsNotTrusted()
    {
        TestAuthority stranger = Keep(TestAuthority.CreateRoot("CN=Stranger"));
        TestAuthority issuer = Below(stranger);
        TestAuthority twin = Keep(TestAuthority.CreateRoot());
        TestAuthority twinIssuer = Below(twin);

        Validate(issuer.Issue(_key), [issuer, stranger]).Verdict.ShouldBeRefusedBy(CheckIds.EkCertificateChain);
        Validate(twinIssuer.Issue(_key), [twinIssuer, twin]).Verdict.ShouldBeRefusedBy(CheckIds.EkCertificateChain);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A29_HostileIntermediatesThatComeAlong_DoNotHideTheRightOne(bool withKeyIdentifiers)
    {
        CertificateDetails details = CertificateDetails.Authority with { HasKeyIdentifiers = withKeyIdentifiers };
        TestAuthority right = Below(_root, details: details);
        TestAuthority[] hostile = [.. Enumerable.Range(0, 7).Select(_ => Below(_root, details: details))];
        byte[] certificate = right.Issue(_key, CertificateDetails.EndorsementKey with { HasKeyIdentifiers = withKeyIdentifiers });

        Validate(certificate, [.. hostile, right]).Verdict.ShouldBeVerified();
        Validate(certificate, hostile, [right]).Verdict.ShouldBeVerified();
        Validate(certificate, hostile).Verdict.ShouldBeRefusedBy(CheckIds.EkCertificateChain);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A29_HundredsOfIntermediatesOfOneName_DoNotHideTheRightOne(bool rightLast)
    {
        TestAuthority right = Below(_root);
        TestAuthority[] others = [.. Enumerable.Range(0, 200).Select(_ => Below(_root))];
        byte[] certificate = right.Issue(_key);
        Stopwatch watch = Stopwatch.StartNew();

        Validate(certificate, [], rightLast ? [.. others, right] : [right, .. others]).Verdict.ShouldBeVerified();
        Validate(certificate, [right], others).Verdict.ShouldBeVerified();
        Validate(certificate, [], others).Verdict.ShouldBeRefusedBy(CheckIds.EkCertificateChain);

        watch.Elapsed.Should().BeLessThan(Patience);
    }

    // Each names itself or the root as its issuer, so that the names alone tell of hundreds of ways to the root.
    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(5)]
    public void A29_HostileIntermediatesWithManyWaysToTheRoot_CostFewValidations(int belowTheRoot)
    {
        using ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP521);
        TestAuthority stranger = Keep(TestAuthority.CreateRoot("CN=X", key: key));
        byte[] rootName = _root.Certificate.SubjectName.RawData;
        byte[] ownName = stranger.Certificate.SubjectName.RawData;
        byte[][] hostile =
        [
            .. Enumerable.Range(0, 8).Select(i => RawCertificate.Rename(
                stranger.Issue(stranger.Certificate.PublicKey, CertificateDetails.Authority, "CN=X"), i < belowTheRoot ? rootName : ownName, ownName, stranger)),
        ];
        EndorsementCertificateValidator validator = new([_root.Certificate]);

        validator.Validate(stranger.Issue(_key), _key.Public, [.. hostile.Select(certificate => (ReadOnlyMemory<byte>)certificate)], ManualTimeProvider.Start)
            .Verdict.ShouldBeRefusedBy(CheckIds.EkCertificateChain);

        validator.ValidatedAuthorities.Validations.Should().BeInRange(1, 8);
    }

    [Fact]
    public void A29_TooManyOrTooLargeIntermediates_AreRefused()
    {
        TestAuthority issuer = Below(_root);
        byte[] right = issuer.Certificate.RawData;
        byte[] filling = new byte[EnrollmentRequest.MaximumChainSize - right.Length];

        ValidateBytes(issuer.Issue(_key), [.. Enumerable.Repeat(right, 8)]).Verdict.ShouldBeVerified();
        ValidateBytes(issuer.Issue(_key), [.. Enumerable.Repeat(right, 9)]).Verdict.ShouldBeRefusedBy(CheckIds.EkCertificateIssuers);
        ValidateBytes(issuer.Issue(_key), [.. Enumerable.Repeat(Array.Empty<byte>(), 100_000)]).Verdict.ShouldBeRefusedBy(CheckIds.EkCertificateIssuers);
        ValidateBytes(issuer.Issue(_key), [right, filling]).Verdict.ShouldBeVerified();
        ValidateBytes(issuer.Issue(_key), [right, [.. filling, 0]]).Verdict.ShouldBeRefusedBy(CheckIds.EkCertificateIssuers);
    }

    // Each may have issued each other, and the root, by their names: there are thousands of ways, and none ends at the root.
    [Theory]
    [InlineData("ecdsa", null)]
    [InlineData("rsa", null)]
    [InlineData("rsa", "pss-sha256")]
    public void A29_MazeOfIntermediates_IsRefusedWithoutDelay(string kind, string? algorithm)
    {
        const string Name = "CN=Test TPM Root";
        using AsymmetricAlgorithm key = kind == "rsa" ? TestKeys.Rsa(2048) : ECDsa.Create(ECCurve.NamedCurves.nistP521);
        TestAuthority hostile = Keep(TestAuthority.CreateRoot(Name, key: key));
        byte[][] maze =
        [
            .. Enumerable.Range(0, EnrollmentRequest.MaximumChainLength).Select(_ => hostile.Issue(
                new PublicKey(key), CertificateDetails.Authority with { HasKeyIdentifiers = false }, Name, algorithm is null ? null : hostile.SignWith(algorithm))),
        ];
        Stopwatch watch = Stopwatch.StartNew();

        ValidateBytes(hostile.Issue(_key), maze).Verdict.ShouldBeRefusedBy(CheckIds.EkCertificateChain);

        watch.Elapsed.Should().BeLessThan(Patience);
    }

    [Fact]
    public void A29_IntermediateWhoseKeyIsSlowToUse_IsPassedOver()
    {
        byte[] modulus = RandomNumberGenerator.GetBytes(1024);
        modulus[0] |= 0x80;
        byte[] longModulus = IssueRsa(modulus, [1, 0, 1]);
        byte[] longExponent = IssueRsa(modulus[..256], modulus[..256]);
        byte[] usual = IssueRsa(modulus[..256], [1, 0, 1]);
        using PresentedIssuers presented = PresentedIssuers.Load([longModulus, longExponent, usual], new HashSet<string>());

        presented.Certificates.Should().ContainSingle().Which.RawData.Should().Equal(usual);
    }

    [Fact]
    public void A26_WeakIntermediateThatComesAlong_IsRefused()
    {
        TestAuthority sha1 = Keep(_root.CreateIntermediate(generator: _root.SignWith("sha1")));
        TestAuthority rsa1024 = Below(_root, key: TestKeys.Rsa(1024));

        Validate(sha1.Issue(_key), [sha1]).Verdict.ShouldBeRefusedBy(CheckIds.EkCertificateChain);
        Validate(rsa1024.Issue(_key), [rsa1024]).Verdict.ShouldBeRefusedBy(CheckIds.EkCertificateChain);
    }

    [Fact]
    public async Task A_machine_whose_issuer_comes_with_its_request_is_enrolled()
    {
        TestAuthority issuer = Below(_root);
        AttestationVerifierOptions options = new();
        options.TrustAnchors.Add(_root.Certificate);
        AttestationVerifier verifier = new(options, timeProvider: new ManualTimeProvider());
        using SoftwareTpm tpm = new(SoftwareEndorsementKey.Ecc(), [], SoftwareKey.Create());
        byte[] certificate = issuer.Issue(tpm.EndorsementKey);

        (await verifier.BeginEnrollmentAsync(Ask([]))).Verdict.ShouldBeRefusedBy(CheckIds.EkCertificateChain);
        EnrollmentOffer offer = await verifier.BeginEnrollmentAsync(Ask([issuer.Certificate.RawData]));
        offer.Verdict.ShouldBeVerified();
        (await verifier.CompleteEnrollmentAsync(tpm.Answer(offer.Challenge!))).Verdict.ShouldBeVerified();

        EnrollmentRequest Ask(IReadOnlyList<ReadOnlyMemory<byte>> chain)
        {
            EnrollmentRequest request = tpm.Ask(Enrollment.SoftwareFleet.Node, certificate: certificate);
            return new EnrollmentRequest
            {
                NodeId = request.NodeId,
                EndorsementCertificate = request.EndorsementCertificate,
                EndorsementCertificateChain = chain,
                EndorsementPublic = request.EndorsementPublic,
                AttestationPublic = request.AttestationPublic,
            };
        }
    }

    // The key is an RSAPublicKey (RFC 8017, annex A.1.1) that nobody has the private part of.
    private byte[] IssueRsa(byte[] modulus, byte[] exponent)
    {
        AsnWriter writer = new(AsnEncodingRules.DER);
        using (writer.PushSequence())
        {
            writer.WriteIntegerUnsigned(modulus);
            writer.WriteIntegerUnsigned(exponent);
        }

        PublicKey key = new(new Oid("1.2.840.113549.1.1.1"), new AsnEncodedData([5, 0]), new AsnEncodedData(writer.Encode()));
        return _root.Issue(key, CertificateDetails.Authority, "CN=Test TPM Issuer");
    }

    private TestAuthority Below(
        TestAuthority issuer, string name = "CN=Test TPM Issuer", CertificateDetails? details = null, AsymmetricAlgorithm? key = null) =>
        Keep(issuer.CreateIntermediate(name, details, key));

    private TestAuthority Keep(TestAuthority authority)
    {
        _authorities.Add(authority);
        return authority;
    }

    private EndorsementCertificateResult Validate(byte[] certificate, TestAuthority[] presented, TestAuthority[]? known = null) =>
        ValidateBytes(certificate, [.. presented.Select(authority => authority.Certificate.RawData)], known);

    private EndorsementCertificateResult ValidateBytes(byte[] certificate, byte[][] presented, TestAuthority[]? known = null) =>
        new EndorsementCertificateValidator([_root.Certificate], known?.Select(authority => authority.Certificate)).Validate(
            certificate, _key.Public, [.. presented.Select(issuer => (ReadOnlyMemory<byte>)issuer)], ManualTimeProvider.Start);
}
