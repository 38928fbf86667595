using System.Net;
using HardwareAttestation.Protocol;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace HardwareAttestation.Verifier.Tests.Endorsement.Fetching;

/// <summary>Which addresses are asked: whoever sends a certificate chooses them.</summary>
public sealed class FetchAddressTests : IDisposable
{
    private readonly FetchScene _scene = new();

    public void Dispose() => _scene.Dispose();

    [Theory]
    [InlineData("http://evil.example/ca.cer", "AllowedHosts")]
    [InlineData("http://maker.example/ca.cer", "AllowedHosts")]
    [InlineData("http://sub.pki.maker.example/ca.cer", "AllowedHosts")]
    [InlineData("http://pki.maker.example.evil.example/ca.cer", "AllowedHosts")]
    [InlineData("http://pki.maker.example./ca.cer", "AllowedHosts")]
    [InlineData("http://evil.example\\@pki.maker.example/", "not an address")]
    [InlineData("http://evil.example#@pki.maker.example/", "AllowedHosts")]
    [InlineData("http://localhost/ca.cer", "AllowedHosts")]
    [InlineData("http://127.0.0.1/ca.cer", "AllowedHosts")]
    [InlineData("http://0x7f.1/ca.cer", "AllowedHosts")]
    [InlineData("http://2130706433/ca.cer", "AllowedHosts")]
    [InlineData("http://[::1]/ca.cer", "AllowedHosts")]
    [InlineData("http://[::ffff:169.254.169.254]/ca.cer", "AllowedHosts")]
    [InlineData("http://169.254.169.254/latest/meta-data/", "AllowedHosts")]
    [InlineData("http://user@pki.maker.example/ca.cer", "user or a port")]
    [InlineData("http://user:password@pki.maker.example/ca.cer", "user or a port")]
    [InlineData("http://pki.maker.example:22/ca.cer", "user or a port")]
    [InlineData("http://pki.maker.example:443/ca.cer", "user or a port")]
    [InlineData("https://pki.maker.example:80/ca.cer", "user or a port")]
    [InlineData("file:///etc/passwd", "only http and https")]
    [InlineData("file://pki.maker.example/ca.cer", "only http and https")]
    [InlineData("ldap://pki.maker.example/cn=ca?cACertificate", "only http and https")]
    [InlineData("ftp://pki.maker.example/ca.cer", "only http and https")]
    [InlineData("gopher://pki.maker.example/_GET", "only http and https")]
    [InlineData("data:application/pkix-cert;base64,MIIB", "only http and https")]
    [InlineData("//pki.maker.example/ca.cer", "only http and https")]
    [InlineData("ca.cer", "not an address")]
    [InlineData("", "not an address")]
    [InlineData("http://", "not an address")]
    public async Task A33_AddressThatIsNotAllowed_IsNotAsked(string address, string reason)
    {
        Finding finding = await _scene.FetchIssuerAsync(address);

        finding.Detail.Should().Contain("leads to no trust anchor").And.Contain("could not be fetched from").And.Contain(reason);
        _scene.Network.Requests.Should().BeEmpty();
    }

    [Theory]
    [InlineData("http://evil.example/x.crl")]
    [InlineData("http://169.254.169.254/x.crl")]
    [InlineData("file:///etc/passwd")]
    [InlineData("ldap:///cn=list")]
    [InlineData("http://pki.maker.example:8080/x.crl")]
    public async Task A33_AddressOfAListThatIsNotAllowed_IsNotAsked(string address)
    {
        Verdict verdict = (await _scene.ValidateAsync(_scene.Issue(_scene.Root, lists: [address]))).Verdict;

        verdict.ShouldBeVerified();
        Finding finding = verdict.Findings.Single(finding => finding.Check == CheckIds.EkCertificateRevocation);
        finding.Outcome.Should().Be(FindingOutcome.Flagged);
        finding.Detail.Should().Contain("is not known").And.Contain("could not be fetched from");
        _scene.Network.Requests.Should().BeEmpty();
    }

    [Fact]
    public async Task A33_OverlongAddressOrOneWithControlCharacters_IsNotWrittenOutWhole()
    {
        Finding finding = await _scene.FetchIssuerAsync("http://evil.example/\u001b[2J\n" + new string('a', 5000), "http://pki.maker.example/" + new string('a', 5000));

        finding.Detail.Length.Should().BeLessThan(1000);
        finding.Detail.Should().NotContainAny("\u001b", "\n");
        _scene.Network.Requests.Should().BeEmpty();
    }

    [Theory]
    [InlineData("http://pki.maker.example/ca.cer", "http://pki.maker.example/ca.cer")]
    [InlineData("http://PKI.Maker.Example/ca.cer", "http://pki.maker.example/ca.cer")]
    [InlineData("http://crl.maker.example:80/a%20b?c=d#e", "http://crl.maker.example/a%20b?c=d")]
    [InlineData("https://pki.maker.example:443/ca.cer", "https://pki.maker.example/ca.cer")]
    public async Task Hosts_that_are_allowed_are_asked(string address, string asked)
    {
        Finding finding = await _scene.FetchIssuerAsync(address);

        finding.Detail.Should().Contain("it answered with status 404");
        _scene.Network.Requests.Should().Equal(asked);
    }

    [Fact]
    public async Task An_address_in_numbers_is_asked_if_it_is_allowed_as_such()
    {
        _scene.Options.AllowedHosts.Add("10.1.2.3");
        _scene.Options.AllowedHosts.Add("fd00::1");

        await _scene.FetchIssuerAsync("http://10.1.2.3/a", "http://[fd00::1]/b", "http://10.1.2.4/c");

        _scene.Network.Requests.Should().Equal("http://10.1.2.3/a", "http://[fd00::1]/b");
    }

    [Theory]
    [InlineData("http://evil.example/ca.cer")]
    [InlineData("//evil.example/ca.cer")]
    [InlineData("http://169.254.169.254/latest/")]
    [InlineData("http://pki.maker.example:8080/ca.cer")]
    [InlineData("http://user@pki.maker.example/ca.cer")]
    [InlineData("file:///etc/passwd")]
    [InlineData("http://")]
    [InlineData(null)]
    public async Task A33_RedirectToWhatIsNotAllowed_IsNotFollowed(string? target)
    {
        const string Address = FetchScene.Maker + "ca.cer";
        _scene.Network.Redirect(Address, target);

        Finding finding = await _scene.FetchIssuerAsync(Address);

        finding.Detail.Should().Contain("could not be fetched from 'pki.maker.example': it redirects to");
        _scene.Network.Requests.Should().Equal(Address);
    }

    [Fact]
    public async Task A33_RedirectLoop_Ends()
    {
        const string One = FetchScene.Maker + "1";
        const string Two = FetchScene.OtherHost + "2";
        _scene.Network.Redirect(One, Two);
        _scene.Network.Redirect(Two, One);

        Finding finding = await _scene.FetchIssuerAsync(One);

        finding.Detail.Should().Contain("it redirects more than 2 times");
        _scene.Network.Requests.Should().Equal(One, Two, One);
    }

    [Theory]
    [InlineData(HttpStatusCode.MovedPermanently)]
    [InlineData(HttpStatusCode.Found)]
    [InlineData(HttpStatusCode.SeeOther)]
    [InlineData(HttpStatusCode.TemporaryRedirect)]
    [InlineData(HttpStatusCode.PermanentRedirect)]
    public async Task Redirects_between_allowed_hosts_are_followed(HttpStatusCode status)
    {
        TestAuthority issuer = _scene.Below(_scene.Root);
        _scene.Network.Redirect(FetchScene.Maker + "old", FetchScene.OtherHost + "new", status);
        _scene.Network.Redirect(FetchScene.OtherHost + "new", "/newest", status);
        _scene.Network.Put(FetchScene.OtherHost + "newest", issuer.Certificate.RawData);

        (await _scene.ValidateAsync(_scene.Issue(issuer, [FetchScene.Maker + "old"]))).Verdict.ShouldBeVerified();
    }

    [Fact]
    public async Task A33_ClientThatFollowsRedirectsByItself_IsFoundOut()
    {
        TestAuthority issuer = _scene.Below(_scene.Root);
        _scene.Network.Put(FetchScene.Maker + "ca.cer", _ => Task.FromResult(new HttpResponseMessage(HttpStatusCode.OK)
        {
            Content = new ByteArrayContent(issuer.Certificate.RawData),
            RequestMessage = new HttpRequestMessage(HttpMethod.Get, "http://169.254.169.254/"),
        }));

        Verdict verdict = (await _scene.ValidateAsync(_scene.Issue(issuer, [FetchScene.Maker + "ca.cer"]))).Verdict;

        verdict.ShouldBeRefusedBy(CheckIds.EkCertificateChain);
        verdict.Refusals.Single().Detail.Should().Contain("CreateHandler()").And.Contain("AllowAutoRedirect");
    }

    [Theory]
    [InlineData("*.maker.example", "not the name of a host")]
    [InlineData("http://pki.maker.example", "not the name of a host")]
    [InlineData("pki.maker.example:80", "not the name of a host")]
    [InlineData("pki.maker.example/x", "not the name of a host")]
    [InlineData("user@pki.maker.example", "not the name of a host")]
    [InlineData("", "not the name of a host")]
    [InlineData("b\u00fccher.example", "write 'xn--bcher-kva.example'")]
    [InlineData("0x7f.1", "write '127.0.0.1'")]
    [InlineData("[FD00:0::1]", "write 'fd00::1'")]
    public void A_host_that_would_never_match_is_a_fault_of_the_options(string host, string message)
    {
        EndorsementCertificateFetchOptions options = new();
        options.AllowedHosts.Add(host);

        ShouldBeRefused(options, $"*AllowedHosts has *{message}*");
    }

    [Fact]
    public void Wrong_options_are_refused_with_their_fault()
    {
        ShouldBeRefused(new EndorsementCertificateFetchOptions(), "*AllowedHosts is empty*");
        ShouldBeRefused(With(options => options.MaximumListSize = 4 * 1024 * 1024 + 1), "*MaximumListSize is 4194305*");
        ShouldBeRefused(With(options => options.MaximumListSize = 0), "*MaximumListSize is 0*");
        ShouldBeRefused(With(options => options.Timeout = TimeSpan.Zero), "*Timeout is 00:00:00*");
        ShouldBeRefused(With(options => options.Timeout = Timeout.InfiniteTimeSpan), "*Timeout is -00:00:00.001*");
        ShouldBeRefused(With(options => options.MaximumRedirects = -1), "*MaximumRedirects is -1*");
        ShouldBeRefused(With(options => options.MaximumRedirects = 11), "*MaximumRedirects is 11*");
        ShouldBeRefused(With(options => options.MaximumFetches = 0), "*MaximumFetches is 0*");
        ShouldBeRefused(With(options => options.MaximumFetches = 65), "*MaximumFetches is 65*");
        ShouldBeRefused(With(options => options.CacheLifetime = TimeSpan.FromDays(2)), "*CacheLifetime is 2.00:00:00*");

        static EndorsementCertificateFetchOptions With(Action<EndorsementCertificateFetchOptions> change)
        {
            EndorsementCertificateFetchOptions options = new();
            options.AllowedHosts.Add("pki.maker.example");
            change(options);
            return options;
        }
    }

    [Fact]
    public async Task Options_that_change_later_change_nothing()
    {
        _ = _scene.Fetcher;
        _scene.Options.AllowedHosts.Add("evil.example");

        await _scene.FetchIssuerAsync("http://evil.example/");

        _scene.Network.Requests.Should().BeEmpty();
    }

    private static void ShouldBeRefused(EndorsementCertificateFetchOptions options, string message)
    {
        using HttpClient client = new();
        FluentActions.Invoking(() => new EndorsementCertificateFetcher(options)).Should().Throw<ArgumentException>().WithMessage(message);
        FluentActions.Invoking(() => EndorsementCertificateFetcher.FromHttpClient(client, options)).Should().Throw<ArgumentException>().WithMessage(message);
        using ServiceProvider services = new ServiceCollection()
            .AddEndorsementCertificateFetcher(configured =>
            {
                configured.AllowedHosts.UnionWith(options.AllowedHosts);
                configured.MaximumListSize = options.MaximumListSize;
                configured.Timeout = options.Timeout;
                configured.MaximumRedirects = options.MaximumRedirects;
                configured.MaximumFetches = options.MaximumFetches;
                configured.CacheLifetime = options.CacheLifetime;
            })
            .BuildServiceProvider();
        FluentActions.Invoking(services.GetRequiredService<IStartupValidator>().Validate).Should().Throw<OptionsValidationException>().WithMessage(message);
    }
}
