using System.Security.Cryptography.X509Certificates;
using System.Text;
using HardwareAttestation.Protocol;

namespace HardwareAttestation.Verifier.Tests.Endorsement.Fetching;

/// <summary>Issuers that are fetched complete a chain, and nothing is trusted for their sake.</summary>
public sealed class IssuerFetchingTests : IDisposable
{
    private const string Address = FetchScene.Maker + "ca.cer";
    private readonly FetchScene _scene = new();

    public void Dispose() => _scene.Dispose();

    [Theory]
    [InlineData("der")]
    [InlineData("pem")]
    [InlineData("pkcs7")]
    [InlineData("pkcs7 in pem")]
    [InlineData("bundle in pem")]
    public async Task An_issuer_that_is_fetched_completes_the_chain(string form)
    {
        TestAuthority issuer = _scene.Below(_scene.Root);
        X509Certificate2Collection both = [_scene.Root.Certificate, issuer.Certificate];
        byte[] pkcs7 = both.Export(X509ContentType.Pkcs7)!;
        _scene.Network.Put(Address, form switch
        {
            "der" => issuer.Certificate.RawData,
            "pem" => Encoding.ASCII.GetBytes("Subject: issuer\r\n" + issuer.Certificate.ExportCertificatePem()),
            "pkcs7" => pkcs7,
            "pkcs7 in pem" => Encoding.ASCII.GetBytes(both.ExportPkcs7Pem()),
            _ => Encoding.ASCII.GetBytes(both.ExportCertificatePems()),
        });

        EndorsementCertificateResult result = await _scene.ValidateAsync(_scene.Issue(issuer, [Address]));

        result.Verdict.ShouldBeVerified();
        result.Subjects().Should().Equal(string.Empty, "CN=Test TPM Issuer", "CN=Test TPM Root");
        _scene.Network.Requests.Should().Equal(Address);
    }

    [Fact]
    public async Task Three_levels_are_fetched_one_after_the_other()
    {
        TestAuthority upper = _scene.Below(_scene.Root, "CN=Upper");
        TestAuthority middle = _scene.Below(upper, "CN=Middle", [FetchScene.Maker + "upper"]);
        TestAuthority lower = _scene.Below(middle, "CN=Lower", [FetchScene.Maker + "middle"]);
        Publish(("upper", upper), ("middle", middle), ("lower", lower));

        EndorsementCertificateResult result = await _scene.ValidateAsync(_scene.Issue(lower, [FetchScene.Maker + "lower"]));

        result.Verdict.ShouldBeVerified();
        result.Subjects().Should().Equal(string.Empty, "CN=Lower", "CN=Middle", "CN=Upper", "CN=Test TPM Root");
        _scene.Network.Requests.Should().Equal(FetchScene.Maker + "lower", FetchScene.Maker + "middle", FetchScene.Maker + "upper");
    }

    [Theory]
    [InlineData(6, true)]
    [InlineData(7, false)]
    public async Task A33_LevelsBeyondTheSixth_AreNotFetched(int levels, bool holds)
    {
        TestAuthority issuer = _scene.Root;
        for (int level = levels; level > 0; level--)
        {
            issuer = _scene.Below(issuer, $"CN=Level {level}", [FetchScene.Maker + (level + 1)]);
            Publish(($"{level}", issuer));
        }

        Verdict verdict = (await _scene.ValidateAsync(_scene.Issue(issuer, [FetchScene.Maker + "1"]))).Verdict;

        verdict.IsVerified.Should().Be(holds);
        _scene.Network.Requests.Should().HaveCount(6);
    }

    [Fact]
    public async Task Issuers_above_one_that_came_along_or_is_known_are_fetched()
    {
        TestAuthority upper = _scene.Below(_scene.Root, "CN=Upper");
        TestAuthority lower = _scene.Below(upper, "CN=Lower", [FetchScene.Maker + "upper"]);
        Publish(("upper", upper), ("lower", lower));

        (await _scene.ValidateAsync(_scene.Issue(lower), presented: [lower])).Verdict.ShouldBeVerified();
        (await _scene.ValidateAsync(_scene.Issue(lower, [FetchScene.Maker + "lower"]), known: [lower])).Verdict.ShouldBeVerified();
        _scene.Network.Requests.Should().Equal(FetchScene.Maker + "upper", FetchScene.Maker + "lower");
    }

    [Fact]
    public async Task Nothing_is_fetched_for_a_chain_that_holds()
    {
        TestAuthority issuer = _scene.Below(_scene.Root);
        byte[] certificate = _scene.Issue(issuer, [Address]);

        (await _scene.ValidateAsync(certificate, known: [issuer])).Verdict.ShouldBeVerified();
        (await _scene.ValidateAsync(certificate, presented: [issuer])).Verdict.ShouldBeVerified();
        _scene.Network.Requests.Should().BeEmpty();
    }

    [Fact]
    public async Task A33_CertificateThatIsRefusedAnyway_CausesNoFetch()
    {
        TestAuthority issuer = _scene.Below(_scene.Root);
        using SoftwareEndorsementKey other = SoftwareEndorsementKey.Ecc();
        byte[] certificate = FetchScene.Issue(issuer, other, [Address]);

        (await _scene.ValidateAsync(certificate)).Verdict.ShouldBeRefusedBy(CheckIds.EkCertificateKey, CheckIds.EkCertificateChain);
        (await _scene.ValidateAsync([])).Verdict.ShouldBeRefusedBy(CheckIds.EkCertificateForm);
        (await _scene.ValidateAsync(certificate, presented: [.. Enumerable.Repeat(issuer, 9)])).Verdict.ShouldBeRefusedBy(CheckIds.EkCertificateIssuers);
        _scene.Network.Requests.Should().BeEmpty();
    }

    [Fact]
    public async Task A33_FetchedRoot_IsNotTrusted()
    {
        TestAuthority stranger = _scene.Keep(TestAuthority.CreateRoot("CN=Stranger"));
        TestAuthority issuer = _scene.Below(stranger, issuers: [FetchScene.Maker + "stranger"]);
        Publish(("issuer", issuer), ("stranger", stranger));

        (await _scene.ValidateAsync(_scene.Issue(issuer, [FetchScene.Maker + "issuer"]))).Verdict.ShouldBeRefusedBy(CheckIds.EkCertificateChain);
        _scene.Network.Requests.Should().HaveCount(2);
    }

    [Fact]
    public async Task A33_FetchedCertificateThatDidNotSignTheOneBelow_IsNotFollowed()
    {
        TestAuthority right = _scene.Below(_scene.Root);
        TestAuthority twin = _scene.Below(_scene.Root, issuers: [FetchScene.Maker + "further"]);
        Publish(("twin", twin));

        Verdict verdict = (await _scene.ValidateAsync(_scene.Issue(right, [FetchScene.Maker + "twin"]))).Verdict;

        verdict.ShouldBeRefusedBy(CheckIds.EkCertificateChain);
        verdict.Refusals.Single().Detail.Should().Contain("is an issuer");
        _scene.Network.Requests.Should().Equal(FetchScene.Maker + "twin");
    }

    [Fact]
    public async Task A33_LeafThatLeadsToItself_IsAskedForOnce()
    {
        byte[] certificate = _scene.Issue(_scene.Below(_scene.Root), [Address, Address]);
        _scene.Network.Put(Address, certificate);

        (await _scene.ValidateAsync(certificate)).Verdict.ShouldBeRefusedBy(CheckIds.EkCertificateChain);
        _scene.Network.Requests.Should().Equal(Address);
    }

    [Fact]
    public async Task A33_AuthoritiesThatSignedEachOther_AreFetchedOnceEach()
    {
        TestAuthority one = _scene.Keep(TestAuthority.CreateRoot("CN=One"));
        TestAuthority two = _scene.Keep(TestAuthority.CreateRoot("CN=Two"));
        CertificateDetails ToOne = CertificateDetails.Authority with { OtherExtensions = [new X509AuthorityInformationAccessExtension(null, [FetchScene.Maker + "1"])] };
        CertificateDetails ToTwo = CertificateDetails.Authority with { OtherExtensions = [new X509AuthorityInformationAccessExtension(null, [FetchScene.Maker + "2"])] };
        _scene.Network.Put(FetchScene.Maker + "1", two.Issue(one.Certificate.PublicKey, ToTwo, "CN=One"));
        _scene.Network.Put(FetchScene.Maker + "2", one.Issue(two.Certificate.PublicKey, ToOne, "CN=Two"));

        (await _scene.ValidateAsync(_scene.Issue(one, [FetchScene.Maker + "1"]))).Verdict.ShouldBeRefusedBy(CheckIds.EkCertificateChain);
        _scene.Network.Requests.Should().Equal(FetchScene.Maker + "1", FetchScene.Maker + "2");
    }

    [Fact]
    public async Task A33_HundredAddressesInOneCertificate_CauseTwelveFetches()
    {
        string[] addresses = [.. Enumerable.Range(0, 100).Select(i => FetchScene.Maker + i)];

        Finding finding = await _scene.FetchIssuerAsync(addresses);

        _scene.Network.Requests.Should().Equal(addresses.Take(12));
        finding.Detail.Length.Should().BeLessThan(1000);
    }

    [Fact]
    public async Task A33_IssuersAndListsTogether_AreNotMoreThanTheOptionsSay()
    {
        _scene.Options.MaximumFetches = 2;
        TestAuthority issuer = _scene.Below(_scene.Root, lists: [FetchScene.Maker + "root.crl"]);
        Publish(("ca.cer", issuer));
        _scene.Network.Put(FetchScene.Maker + "ca.crl", _scene.List(issuer));
        _scene.Network.Put(FetchScene.Maker + "root.crl", _scene.List(_scene.Root));

        Verdict verdict = (await _scene.ValidateAsync(_scene.Issue(issuer, [Address], [FetchScene.Maker + "ca.crl"]))).Verdict;

        verdict.OutcomeOf(CheckIds.EkCertificateRevocation).Should().Be(FindingOutcome.Flagged);
        _scene.Network.Requests.Should().HaveCount(2);
        verdict.Findings.Single(finding => finding.Check == CheckIds.EkCertificateRevocation).Detail.Should()
            .Contain("'CN=Test TPM Issuer' is revoked is not known").And.Contain("no more than 2 fetches are made for one certificate");
    }

    [Fact]
    public async Task A33_FetchedIssuerThatIsWeakOrNoAuthority_IsRefused()
    {
        byte[] noAuthority;
        using (TestAuthority issuer = _scene.Root.CreateIntermediate(details: CertificateDetails.Authority with { IsAuthority = false }))
        {
            Publish(("ca.cer", issuer));
            noAuthority = _scene.Issue(issuer, [Address]);
        }

        (await _scene.ValidateAsync(noAuthority)).Verdict.ShouldBeRefusedBy(CheckIds.EkCertificateChain);
    }

    [Fact]
    public async Task An_issuer_is_fetched_once_for_many_machines_until_the_cache_forgets_it()
    {
        TestAuthority issuer = _scene.Below(_scene.Root);
        byte[] certificate = _scene.Issue(issuer, [Address]);
        Publish(("ca.cer", issuer));

        for (int i = 0; i < 3; i++)
        {
            (await _scene.ValidateAsync(certificate)).Verdict.ShouldBeVerified();
        }

        _scene.Network.Requests.Should().HaveCount(1);
        _scene.Clock.Advance(TimeSpan.FromHours(1));
        (await _scene.ValidateAsync(certificate)).Verdict.ShouldBeVerified();
        _scene.Network.Requests.Should().HaveCount(2);
    }

    [Fact]
    public async Task An_address_that_fails_is_not_asked_again_for_a_minute()
    {
        TestAuthority issuer = _scene.Below(_scene.Root);
        byte[] certificate = _scene.Issue(issuer, [Address]);

        await _scene.ValidateAsync(certificate);
        Publish(("ca.cer", issuer));
        _scene.Clock.Advance(TimeSpan.FromSeconds(59));
        Verdict remembered = (await _scene.ValidateAsync(certificate)).Verdict;
        remembered.Refusals.Single().Detail.Should().Contain("it answered with status 404");
        _scene.Network.Requests.Should().HaveCount(1);

        _scene.Clock.Advance(TimeSpan.FromSeconds(1));
        (await _scene.ValidateAsync(certificate)).Verdict.ShouldBeVerified();
    }

    [Fact]
    public async Task Bytes_where_addresses_should_be_are_passed_over()
    {
        TestAuthority issuer = _scene.Below(_scene.Root);
        foreach (byte[] content in new byte[][] { [], [0x30], [0x30, 0x80], [0x04, 0x00], [0x30, 0x02, 0x30, 0x00], [0x30, 0x05, 0x30, 0x03, 0xA0, 0x01, 0xFF] })
        {
            CertificateDetails details = CertificateDetails.EndorsementKey with
            {
                OtherExtensions = [new X509Extension("1.3.6.1.5.5.7.1.1", content, critical: false), new X509Extension("2.5.29.31", content, critical: false)],
            };

            (await _scene.ValidateAsync(issuer.Issue(_scene.Key, details))).Verdict.ShouldBeRefusedBy(CheckIds.EkCertificateChain);
            (await _scene.ValidateAsync(issuer.Issue(_scene.Key, details), known: [issuer])).Verdict.ShouldBeVerified();
        }
    }

    private void Publish(params (string Path, TestAuthority Authority)[] authorities)
    {
        foreach ((string path, TestAuthority authority) in authorities)
        {
            _scene.Network.Put(FetchScene.Maker + path, authority.Certificate.RawData);
        }
    }
}
