using System.IO.Compression;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using HardwareAttestation.Protocol;
using Microsoft.Extensions.DependencyInjection;

namespace HardwareAttestation.Verifier.Tests.Endorsement.Fetching;

/// <summary>Fetching through real sockets, with every name led to one server on this machine.</summary>
public sealed class FetchTransportTests : IAsyncDisposable
{
    private readonly LoopbackServer _server = new();
    private readonly TestAuthority _root = TestAuthority.CreateRoot();
    private readonly SoftwareEndorsementKey _key = SoftwareEndorsementKey.Ecc();

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        _root.Dispose();
        _key.Dispose();
    }

    [Fact]
    public async Task A_machine_is_enrolled_with_an_issuer_and_lists_that_a_containers_verifier_fetches()
    {
        using TestAuthority issuer = Issuer();
        _server.Put("/ca.cer", "302 Found", [], "Location: http://pki.maker.example/new.cer");
        _server.Put("/new.cer", "200 OK", issuer.Certificate.RawData);
        _server.Put("/root.crl", "200 OK", _root.Revoke(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1)));
        _server.Put("/issuer.crl", "200 OK", issuer.Revoke(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1)));
        await using ServiceProvider services = new ServiceCollection()
            .AddEndorsementCertificateFetcher(options => options.AllowedHosts.Add("pki.maker.example"))
            .AddAttestationVerifier(options =>
            {
                options.TrustAnchors.Add(_root.Certificate);
                options.EndorsementCertificates.UnknownRevocation = PolicyAction.Refuse;
            })
            .BuildServiceProvider();
        _server.Lead(services.GetRequiredService<EndorsementCertificateFetcher>().OwnHandler!);
        using SoftwareTpm tpm = new(_key, FetchScene.Issue(issuer, _key, ["http://pki.maker.example/ca.cer"], ["http://pki.maker.example/issuer.crl"]), SoftwareKey.Create());

        EnrollmentOffer offer = await services.GetRequiredService<AttestationVerifier>().BeginEnrollmentAsync(tpm.Ask("node"));

        offer.Verdict.ShouldBeVerified();
        offer.Verdict.OutcomeOf(CheckIds.EkCertificateRevocation).Should().Be(FindingOutcome.Passed);
        _server.Requests.Should().Equal("/ca.cer", "/new.cer", "/issuer.crl", "/root.crl");
        _server.Headers.Should().OnlyContain(header => header.StartsWith("Host:", StringComparison.OrdinalIgnoreCase), "nothing is told that is not needed");
    }

    [Fact]
    public async Task A33_HandlerThatFollowsRedirects_IsFoundOut()
    {
        using TestAuthority issuer = Issuer();
        _server.Put("/ca.cer", "302 Found", [], "Location: http://evil.example/evil.cer");
        _server.Put("/evil.cer", "200 OK", issuer.Certificate.RawData);
        using SocketsHttpHandler handler = new();

        (await FetchAsync(issuer, handler)).Should().Contain("CreateHandler()");
        (await FetchAsync(issuer, EndorsementCertificateFetcher.CreateHandler())).Should().Contain("it redirects to 'http://evil.example/evil.cer', and its host is not in AllowedHosts");
        _server.Requests.Should().Equal("/ca.cer", "/evil.cer", "/ca.cer");
    }

    [Fact]
    public async Task A33_HandlerOfTheFetchersOwn_FollowsNoRedirectByItself()
    {
        using TestAuthority issuer = Issuer();
        _server.Put("/ca.cer", "302 Found", [], "Location: http://evil.example/evil.cer");
        _server.Put("/evil.cer", "200 OK", issuer.Certificate.RawData);
        using EndorsementCertificateFetcher fetcher = new(Options());
        _server.Lead(fetcher.OwnHandler!);

        (await FetchAsync(issuer, fetcher)).Should().Contain("it redirects to 'http://evil.example/evil.cer', and its host is not in AllowedHosts");
        _server.Requests.Should().Equal("/ca.cer");
    }

    [Fact]
    public async Task A_fetcher_that_was_disposed_of_asks_nobody_and_leaves_its_owners_client()
    {
        using TestAuthority issuer = Issuer();
        _server.Put("/ca.cer", "200 OK", issuer.Certificate.RawData);
        EndorsementCertificateFetcher disposed = new(Options());
        _server.Lead(disposed.OwnHandler!);
        disposed.Dispose();
        using HttpClient client = _server.CreateClient(EndorsementCertificateFetcher.CreateHandler());
        EndorsementCertificateFetcher.FromHttpClient(client, Options()).Dispose();

        (await FetchAsync(issuer, disposed)).Should().Contain("could not be fetched");
        _server.Requests.Should().BeEmpty();
        (await client.GetByteArrayAsync(new Uri("http://pki.maker.example/ca.cer"))).Should().Equal(issuer.Certificate.RawData);
    }

    [Fact]
    public async Task A33_CompressedAnswer_IsNotDecompressed()
    {
        using TestAuthority issuer = Issuer();
        using MemoryStream compressed = new();
        using (GZipStream gzip = new(compressed, CompressionMode.Compress, leaveOpen: true))
        {
            gzip.Write(issuer.Certificate.RawData);
        }

        _server.Put("/ca.cer", "200 OK", compressed.ToArray(), "Content-Encoding: gzip");

        (await FetchAsync(issuer, EndorsementCertificateFetcher.CreateHandler())).Should().Contain("it answered neither a certificate nor PKCS #7");
    }

    [Theory]
    [InlineData("long headers", "its answer is not right or broke off", "the headers of its answer are too long")]
    [InlineData("short body", "its answer is not right or broke off", "the connection broke")]
    [InlineData("body without a length or an end in sight", "it answered with more than 32768 bytes", "")]
    public async Task A33_AnswerThatIsNotRight_IsSaidInWords(string kind, string words, string otherWords)
    {
        using TestAuthority issuer = Issuer();
        byte[] body = issuer.Certificate.RawData;
        switch (kind)
        {
            case "long headers":
                _server.Put("/ca.cer", "200 OK", body, "X: " + new string('x', 64 * 1024));
                break;
            case "short body":
                _server.PutRaw("/ca.cer", [.. Encoding.ASCII.GetBytes($"HTTP/1.1 200 OK\r\nContent-Length: {body.Length}\r\n\r\n"), .. body.AsSpan(0, 10)]);
                break;
            default:
                _server.PutRaw("/ca.cer", [.. "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n"u8, .. new byte[64 * 1024]]);
                break;
        }

        string detail = await FetchAsync(issuer, EndorsementCertificateFetcher.CreateHandler());

        detail.Should().ContainAny([words, .. otherWords.Length > 0 ? new[] { otherWords } : []]);
    }

    private static EndorsementCertificateFetchOptions Options() => new() { Timeout = TimeSpan.FromMinutes(5), AllowedHosts = { "pki.maker.example" } };

    private TestAuthority Issuer() => _root.CreateIntermediate(details: CertificateDetails.Authority with
    {
        OtherExtensions = [CertificateRevocationListBuilder.BuildCrlDistributionPointExtension(["http://pki.maker.example/root.crl"])],
    });

    private async Task<string> FetchAsync(TestAuthority issuer, SocketsHttpHandler handler)
    {
        using HttpClient client = _server.CreateClient(handler);
        using EndorsementCertificateFetcher fetcher = EndorsementCertificateFetcher.FromHttpClient(client, Options());
        return await FetchAsync(issuer, fetcher);
    }

    private async Task<string> FetchAsync(TestAuthority issuer, EndorsementCertificateFetcher fetcher)
    {
        Verdict verdict = (await new EndorsementCertificateValidator([_root.Certificate], fetcher: fetcher)
            .ValidateAsync(FetchScene.Issue(issuer, _key, ["http://pki.maker.example/ca.cer"]), _key.Public, time: DateTimeOffset.UtcNow)).Verdict;
        verdict.ShouldBeRefusedBy(CheckIds.EkCertificateChain);
        return verdict.Refusals.Single().Detail;
    }
}
