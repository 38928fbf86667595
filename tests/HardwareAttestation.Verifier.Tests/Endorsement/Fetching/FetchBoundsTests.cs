using System.Globalization;
using System.IO.Compression;
using System.Net;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using HardwareAttestation.Protocol;
using Microsoft.Extensions.Logging;

namespace HardwareAttestation.Verifier.Tests.Endorsement.Fetching;

/// <summary>What a host may answer: so much, for so long, and only what is right.</summary>
public sealed class FetchBoundsTests : IDisposable
{
    private const string Address = FetchScene.Maker + "ca.cer";
    private const string ListAddress = FetchScene.Maker + "x.crl";
    private const int MostIssuers = 32 * 1024;
    private readonly FetchScene _scene = new();

    public void Dispose() => _scene.Dispose();

    [Fact]
    public async Task A33_AnswerThatSaysItIsTooLarge_IsNotRead()
    {
        CountedStream stream = new(long.MaxValue);
        _scene.Network.Put(Address, () => WithLength(stream, MostIssuers + 1));

        (await _scene.FetchIssuerAsync(Address)).Detail.Should().Contain($"it answered with more than {MostIssuers} bytes");
        stream.WasRead.Should().Be(0);
    }

    [Theory]
    [InlineData(null)]
    [InlineData(10)]
    public async Task A33_AnswerWithoutEnd_IsReadUpToTheLimit(int? saidLength)
    {
        CountedStream stream = new(long.MaxValue);
        _scene.Network.Put(Address, () => WithLength(stream, saidLength));

        (await _scene.FetchIssuerAsync(Address)).Detail.Should().Contain($"it answered with more than {MostIssuers} bytes");
        stream.WasRead.Should().BeLessThan(4 * MostIssuers);
        stream.IsDisposed.Should().BeTrue();
    }

    [Theory]
    [InlineData(0, true)]
    [InlineData(1, false)]
    public async Task A_list_may_have_as_many_bytes_as_the_options_say(int more, bool isRead)
    {
        byte[] list = _scene.List(_scene.Root, [.. Enumerable.Range(0, 100).Select(_ => _scene.Issue(_scene.Root))]);
        _scene.Options.MaximumListSize = list.Length - more;
        _scene.Network.Put(ListAddress, () => WithLength(new CountedStream(list), null));

        Finding finding = await FetchListAsync();

        finding.Outcome.Should().Be(isRead ? FindingOutcome.Passed : FindingOutcome.Flagged);
        finding.Detail.Should().Contain(isRead ? "No certificate" : $"it answered with more than {list.Length - 1} bytes");
    }

    [Fact]
    public async Task A33_BodyThatTrickles_IsGivenUpInTime()
    {
        DateTimeOffset begin = _scene.Clock.GetUtcNow();
        CountedStream stream = new(long.MaxValue, 1, () => _scene.Clock.Advance(TimeSpan.FromSeconds(1)));
        _scene.Network.Put(Address, () => WithLength(stream, null));

        (await _scene.FetchIssuerAsync(Address)).Detail.Should().Contain("could not be fetched from 'pki.maker.example': timed out after 10 s");
        stream.WasRead.Should().Be(10);
        (_scene.Clock.GetUtcNow() - begin).Should().Be(TimeSpan.FromSeconds(10));
    }

    [Fact]
    public async Task A33_HostThatNeverAnswers_IsGivenUpInTime()
    {
        _scene.Network.Put(Address, NeverAsync);
        Task<Finding> finding = _scene.FetchIssuerAsync(Address);

        _scene.Clock.Advance(TimeSpan.FromSeconds(9.9));
        finding.IsCompleted.Should().BeFalse();
        _scene.Clock.Advance(TimeSpan.FromSeconds(0.1));

        (await finding).Detail.Should().Contain("timed out after 10 s");
    }

    [Fact]
    public async Task A33_RedirectsThatTakeTheirTime_AreOneFetch()
    {
        _scene.Network.Put(Address, _ =>
        {
            _scene.Clock.Advance(TimeSpan.FromSeconds(6));
            HttpResponseMessage response = new(HttpStatusCode.Found);
            response.Headers.Location = new Uri("/next", UriKind.Relative);
            return Task.FromResult(response);
        });
        _scene.Network.Put(FetchScene.Maker + "next", token =>
        {
            _scene.Clock.Advance(TimeSpan.FromSeconds(6));
            token.ThrowIfCancellationRequested();
            return Task.FromResult(new HttpResponseMessage(HttpStatusCode.OK));
        });

        (await _scene.FetchIssuerAsync(Address)).Detail.Should().Contain("timed out after 10 s");
    }

    [Fact]
    public async Task A33_GzipBomb_IsTakenForTheBytesThatItIs()
    {
        using MemoryStream compressed = new();
        using (GZipStream gzip = new(compressed, CompressionLevel.Optimal, leaveOpen: true))
        {
            gzip.Write(new byte[8 * 1024 * 1024]);
        }

        _scene.Network.Put(Address, () =>
        {
            ByteArrayContent content = new(compressed.ToArray());
            content.Headers.ContentEncoding.Add("gzip");
            return content;
        });

        (await _scene.FetchIssuerAsync(Address)).Detail.Should().Contain("it answered neither a certificate nor PKCS #7");
    }

    public static TheoryData<string> Garbage =>
    [
        "",
        "3000",
        "30820000",
        "3080",
        "30803080308030800000",
        "308006092A864886F70D010702",
        "300B06092A864886F70D010702",
        "301306092A864886F70D010702A006300402010131003000",
        Convert.ToHexString("<!DOCTYPE html><html><body>Welcome to our captive portal</body></html>"u8),
        Convert.ToHexString("-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n"u8),
        Convert.ToHexString("-----BEGIN CERTIFICATE-----\nMIIB\n"u8),
        Convert.ToHexString("-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----\n"u8),
        string.Concat(Enumerable.Repeat(Convert.ToHexString("-----BEGIN CERTIFICATE-----\n"u8), 1000)),
    ];

    [Theory]
    [MemberData(nameof(Garbage))]
    public async Task A33_GarbageAndWebPages_AreNeitherIssuersNorLists(string hex)
    {
        byte[] garbage = Convert.FromHexString(hex);
        _scene.Network.Put(Address, garbage);
        _scene.Network.Put(ListAddress, garbage);

        (await _scene.FetchIssuerAsync(Address)).Detail.Should().Contain("it answered neither a certificate nor PKCS #7");
        Finding list = await FetchListAsync();

        list.Outcome.Should().Be(FindingOutcome.Flagged);
        list.Detail.Should().Contain("it answered no revocation list");
    }

    [Fact]
    public void A33_AnythingAHostAnswers_IsReadWithoutAnException()
    {
        TestAuthority issuer = _scene.Below(_scene.Root);
        X509Certificate2Collection both = [issuer.Certificate, _scene.Root.Certificate];
        byte[][] right =
        [
            issuer.Certificate.RawData,
            both.Export(X509ContentType.Pkcs7)!,
            _scene.List(issuer, issuer.Certificate.RawData),
            Encoding.ASCII.GetBytes(issuer.Certificate.ExportCertificatePem()),
        ];
        Random random = new(33);
        int tried = 0;
        foreach (byte[] content in right)
        {
            for (int i = 0; i < 2000; i++, tried++)
            {
                byte[] changed = [.. content];
                for (int change = 0; change <= i % 3; change++)
                {
                    changed[random.Next(changed.Length)] = (byte)random.Next(256);
                }

                changed = changed[..random.Next(1, changed.Length + 1)];
                FetchedContent.ReadCertificates(changed, 8).Should().HaveCountLessThanOrEqualTo(8);
                FetchedContent.ReadList(changed)?.IsFor(_scene.Root.Certificate).Should().BeFalse();
            }
        }

        tried.Should().Be(8000);
    }

    [Theory]
    [InlineData(HttpStatusCode.NotFound)]
    [InlineData(HttpStatusCode.NoContent)]
    [InlineData(HttpStatusCode.PartialContent)]
    [InlineData(HttpStatusCode.NotModified)]
    [InlineData(HttpStatusCode.InternalServerError)]
    public async Task Any_status_but_200_is_said(HttpStatusCode status)
    {
        _scene.Network.PutStatus(Address, status);

        (await _scene.FetchIssuerAsync(Address)).Detail.Should()
            .Contain(string.Create(CultureInfo.InvariantCulture, $"could not be fetched from 'pki.maker.example': it answered with status {(int)status}."));
    }

    [Theory]
    [InlineData("name", "its name is not known")]
    [InlineData("connection", "no connection came about")]
    [InlineData("tls", "no secure connection came about")]
    [InlineData("other", "the request failed")]
    [InlineData("io", "the connection broke")]
    [InlineData("timeout of the client", "timed out")]
    [InlineData("bug of the client", "the HTTP client failed with InvalidOperationException")]
    public async Task A_connection_that_fails_is_said_and_never_thrown(string kind, string words)
    {
        _scene.Network.Put(Address, _ => Task.FromException<HttpResponseMessage>(kind switch
        {
            "name" => new HttpRequestException(HttpRequestError.NameResolutionError, "secret detail"),
            "connection" => new HttpRequestException(HttpRequestError.ConnectionError, "secret detail"),
            "tls" => new HttpRequestException(HttpRequestError.SecureConnectionError, "secret detail"),
            "other" => new HttpRequestException("secret detail"),
            "io" => new IOException("secret detail"),
            "timeout of the client" => new TaskCanceledException("secret detail", new TimeoutException()),
            _ => new InvalidOperationException("secret detail"),
        }));

        Finding finding = await _scene.FetchIssuerAsync(Address);

        finding.Detail.Should().Contain(words).And.NotContain("secret detail");
    }

    [Fact]
    public async Task The_log_says_on_one_line_what_could_not_be_fetched()
    {
        LineLogger logger = new();
        using HttpClient client = new(_scene.Network);
        using EndorsementCertificateFetcher fetcher = EndorsementCertificateFetcher.FromHttpClient(client, _scene.Options, _scene.Clock, logger);
        _scene.Network.Put(ListAddress, _ => throw new InvalidOperationException("what the client says"));

        await fetcher.FetchIssuersAsync(new Uri(Address + "?a%0D%0Ab=" + new string('c', 1000)), CancellationToken.None);
        await fetcher.FetchListAsync(new Uri(ListAddress), _scene.Root.Certificate, CancellationToken.None);

        logger.Lines.Should().HaveCount(2).And.OnlyContain(line => line.Length < 400 && !line.Contains('\n'));
        logger.Lines[0].Should().StartWith("Information: Could not fetch http://pki.maker.example/ca.cer?a%0D%0Ab=ccc").And.EndWith("it answered with status 404");
        logger.Lines[1].Should().StartWith("Warning: Could not fetch http://pki.maker.example/x.crl: ").And.EndWith("(what the client says)");
    }

    private static async Task<HttpResponseMessage> NeverAsync(CancellationToken cancellationToken)
    {
        await Task.Delay(Timeout.Infinite, cancellationToken);
        throw new InvalidOperationException("It was not cancelled.");
    }

    private static StreamContent WithLength(Stream stream, long? length)
    {
        StreamContent content = new(stream);
        content.Headers.ContentLength = length;
        return content;
    }

    private async Task<Finding> FetchListAsync() => (await _scene.ValidateAsync(_scene.Issue(_scene.Root, lists: [ListAddress])))
        .Verdict.Findings.Single(finding => finding.Check == CheckIds.EkCertificateRevocation);

    private sealed class LineLogger : ILogger<EndorsementCertificateFetcher>
    {
        public List<string> Lines { get; } = [];

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(
            LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            Lines.Add($"{logLevel}: {formatter(state, exception)}{(exception is null ? string.Empty : $" ({exception.Message})")}");
    }
}
