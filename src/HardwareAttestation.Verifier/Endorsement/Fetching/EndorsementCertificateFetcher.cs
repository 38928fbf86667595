using System.Diagnostics;
using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using HardwareAttestation.Protocol;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace HardwareAttestation.Verifier;

/// <summary>
/// Fetches issuers' certificates and revocation lists from the addresses that endorsement key certificates name (RFC 5280, sections 4.2.2.1 and 4.2.1.13). Without one, nothing is ever fetched.
/// </summary>
/// <remarks>
/// <para>An issuer is fetched where no chain holds with the issuers that are known or came along, from the addresses in the endorsement key certificate and in those that have signed it; six levels
/// up at most. A list is fetched once a chain holds, where no list at hand tells of a certificate in it, and is used only if the issuer has signed it. What is fetched is trusted as
/// little as what came along. What cannot be fetched leaves the verdict as it would be without, with the reason.</para>
/// <para>Whoever sends a certificate chooses the addresses of issuers in it. What he can cause is <see cref="EndorsementCertificateFetchOptions.MaximumFetches"/> fetches for each
/// certificate, each of one GET and its redirects, of any path on the hosts that are allowed: allow only hosts that publish certificates, and no host inside your network that acts on a GET.</para>
/// <para>What was fetched is remembered, up to 1024 issuers' answers with 4 MiB and 1024 lists with 64 MiB of memory; what could not be fetched is not tried again for a minute. At most 32 fetches of either
/// kind run at once, and more are refused. Safe to share
/// between threads and validators: keep one, and dispose of it when no verifier has it any more.</para>
/// </remarks>
public sealed class EndorsementCertificateFetcher : IDisposable
{
    private static readonly int MaximumIssuersSize = EnrollmentRequest.MaximumChainSize;
    private const long MostBytesOfIssuers = 4 * 1024 * 1024;
    private const long MostBytesOfLists = 64 * 1024 * 1024;

    // A serial number as a string in a set, about.
    private const int SizeOfRevocation = 140;

    internal static readonly TimeSpan FaultLifetime = TimeSpan.FromMinutes(1);

    private readonly HttpClient? _ownClient;
    private readonly BoundedDownload _download;
    private readonly TimeSpan _cacheLifetime;
    private readonly int _maximumListSize;
    private readonly TimeProvider _timeProvider;
    private readonly ILogger _logger;

    // Apart from each other: the addresses of issuers are an attacker's to choose, and must not push out lists.
    private readonly FetchCache<IReadOnlyList<ReadOnlyMemory<byte>>> _issuers;
    private readonly FetchCache<RevocationList> _lists;

    /// <summary>Initializes the fetcher, which sends its requests by a handler of its own: one of <see cref="CreateHandler"/>.</summary>
    /// <param name="options">What may be fetched; read once.</param>
    /// <param name="timeProvider">The clock, for timeouts and for how long what was fetched is used; null for the system's.</param>
    /// <param name="logger">Where to log, if anywhere.</param>
    /// <exception cref="ArgumentException">The options are null or not right.</exception>
    public EndorsementCertificateFetcher(
        EndorsementCertificateFetchOptions options,
        TimeProvider? timeProvider = null,
        ILogger<EndorsementCertificateFetcher>? logger = null)
        : this(null, options, timeProvider, logger)
    {
    }

    private EndorsementCertificateFetcher(
        HttpClient? client,
        EndorsementCertificateFetchOptions options,
        TimeProvider? timeProvider,
        ILogger<EndorsementCertificateFetcher>? logger)
    {
        ArgumentNullException.ThrowIfNull(options);
        if (options.FindFaults().FirstOrDefault() is { } fault)
        {
            throw new ArgumentException(fault, nameof(options));
        }

        _timeProvider = timeProvider ?? TimeProvider.System;
        _logger = (ILogger?)logger ?? NullLogger.Instance;
        _cacheLifetime = options.CacheLifetime;
        _maximumListSize = options.MaximumListSize;
        MaximumFetches = options.MaximumFetches;
        Rules = new FetchAddressRules(options.AllowedHosts);
        if (client is null)
        {
            // Each download has its own timeout, by the clock that was given.
            OwnHandler = CreateHandler();
            client = _ownClient = new HttpClient(OwnHandler) { Timeout = Timeout.InfiniteTimeSpan };
        }

        _download = new BoundedDownload(client, Rules, options.Timeout, options.MaximumRedirects, _timeProvider);
        _issuers = new FetchCache<IReadOnlyList<ReadOnlyMemory<byte>>>(_timeProvider, MostBytesOfIssuers);
        _lists = new FetchCache<RevocationList>(_timeProvider, MostBytesOfLists);
    }

    internal FetchAddressRules Rules { get; }

    internal int MaximumFetches { get; }

    /// <summary>The handler that is the fetcher's own, if it has one, for tests.</summary>
    internal SocketsHttpHandler? OwnHandler { get; }

    /// <summary>How many answers of either kind are remembered, for tests.</summary>
    internal (int Issuers, int Lists) Remembered => (_issuers.Count, _lists.Count);

    /// <summary>Makes a fetcher that sends its requests by a client of the caller's, of an <c>IHttpClientFactory</c> for instance.</summary>
    /// <param name="client">
    /// Sends the requests; it stays its owner's. Its primary handler must be one of <see cref="CreateHandler"/>: one that follows redirects by itself, as that of <c>new HttpClient()</c> does, asks hosts
    /// that are not allowed before anybody notices. Its default headers go to every host that is allowed, so that it should have no credentials.
    /// </param>
    /// <param name="options">What may be fetched; read once.</param>
    /// <param name="timeProvider">The clock, for timeouts and for how long what was fetched is used; null for the system's.</param>
    /// <param name="logger">Where to log, if anywhere.</param>
    /// <returns>The fetcher. To dispose of it leaves the client as it is.</returns>
    /// <exception cref="ArgumentException"><paramref name="client"/> is null, or the options are null or not right.</exception>
    public static EndorsementCertificateFetcher FromHttpClient(
        HttpClient client,
        EndorsementCertificateFetchOptions options,
        TimeProvider? timeProvider = null,
        ILogger<EndorsementCertificateFetcher>? logger = null)
    {
        ArgumentNullException.ThrowIfNull(client);
        return new EndorsementCertificateFetcher(client, options, timeProvider, logger);
    }

    /// <summary>
    /// A handler as the fetcher needs it: no redirects by itself, no cookies, no credentials, no decompression, no tracing headers, and bounded headers of responses. It uses the system's
    /// proxy: set <see cref="SocketsHttpHandler.UseProxy"/> to false where that is not wanted.
    /// </summary>
    /// <returns>The handler, for the client of <see cref="FromHttpClient"/> or as the primary handler of a client factory.</returns>
    public static SocketsHttpHandler CreateHandler() => new()
    {
        AllowAutoRedirect = false,
        UseCookies = false,
        Credentials = null,
        DefaultProxyCredentials = null,
        PreAuthenticate = false,
        AutomaticDecompression = DecompressionMethods.None,
        ActivityHeadersPropagator = DistributedContextPropagator.CreateNoOutputPropagator(),
        MaxResponseHeadersLength = 16,
        MaxResponseDrainSize = 0,
        PooledConnectionLifetime = TimeSpan.FromMinutes(5),
    };

    /// <summary>Closes the connections of the fetcher's own handler. What a validation asks for after that cannot be fetched, with the reason.</summary>
    public void Dispose() => _ownClient?.Dispose();

    /// <summary>Fetches issuers' certificates, or remembers them.</summary>
    /// <param name="address">An address that may be asked.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    /// <returns>Certificates in DER, of which nothing is verified; or a fault.</returns>
    internal Task<FetchResult<IReadOnlyList<ReadOnlyMemory<byte>>>> FetchIssuersAsync(Uri address, CancellationToken cancellationToken)
    {
        return _issuers.GetAsync(address.AbsoluteUri, () => TryAsync(LogLevel.Information, address, FetchAsync), cancellationToken);

        async Task<FetchResult<IReadOnlyList<ReadOnlyMemory<byte>>>> FetchAsync()
        {
            FetchResult<byte[]> answer = await _download.GetAsync(address, MaximumIssuersSize).ConfigureAwait(false);
            if (!answer.HasValue)
            {
                return FetchResult<IReadOnlyList<ReadOnlyMemory<byte>>>.Failed(answer.Fault);
            }

            IReadOnlyList<ReadOnlyMemory<byte>> certificates = FetchedContent.ReadCertificates(answer.Value, EnrollmentRequest.MaximumChainLength);
            return certificates.Count == 0
                ? FetchResult<IReadOnlyList<ReadOnlyMemory<byte>>>.Failed("it answered neither a certificate nor PKCS #7")
                : FetchResult<IReadOnlyList<ReadOnlyMemory<byte>>>.Of(certificates) with { KeptUntil = _timeProvider.GetUtcNow() + _cacheLifetime, Size = answer.Value.Length };
        }
    }

    /// <summary>Fetches a revocation list, or remembers it.</summary>
    /// <param name="address">An address that may be asked.</param>
    /// <param name="issuer">Who must have signed the list.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    /// <returns>A list that the issuer has signed, valid or not; or a fault.</returns>
    internal Task<FetchResult<RevocationList>> FetchListAsync(Uri address, X509Certificate2 issuer, CancellationToken cancellationToken)
    {
        // The issuer is its validation's, which may give up before the fetch ends.
        byte[] issuerBytes = issuer.RawData;
        string key = $"{issuer.GetCertHashString(HashAlgorithmName.SHA256)} {address.AbsoluteUri}";
        return _lists.GetAsync(key, () => TryAsync(LogLevel.Warning, address, FetchAsync), cancellationToken);

        async Task<FetchResult<RevocationList>> FetchAsync()
        {
            FetchResult<byte[]> answer = await _download.GetAsync(address, _maximumListSize).ConfigureAwait(false);
            if (!answer.HasValue)
            {
                return FetchResult<RevocationList>.Failed(answer.Fault);
            }

            if (FetchedContent.ReadList(answer.Value) is not { } list)
            {
                return FetchResult<RevocationList>.Failed("it answered no revocation list");
            }

            using X509Certificate2 signer = X509CertificateLoader.LoadCertificate(issuerBytes);
            return list.IsBy(signer)
                ? FetchResult<RevocationList>.Of(list) with { KeptUntil = KeepUntil(list), Size = answer.Value.Length + (SizeOfRevocation * (long)list.Count) }
                : FetchResult<RevocationList>.Failed("the list that it answered is not signed by the issuer");
        }
    }

    // A list that has expired is not asked for again at once: the server may go on with it for long.
    private DateTimeOffset KeepUntil(RevocationList list)
    {
        DateTimeOffset now = _timeProvider.GetUtcNow();
        DateTimeOffset shortest = now + FaultLifetime;
        DateTimeOffset longest = now + _cacheLifetime;
        return list.NextUpdate is { } next && next > shortest ? (next < longest ? next : longest) : shortest;
    }

    private async Task<FetchResult<T>> TryAsync<T>(LogLevel level, Uri address, Func<Task<FetchResult<T>>> fetch)
        where T : class
    {
        FetchResult<T> result;
        Exception? unexpected = null;
        try
        {
            result = await fetch().ConfigureAwait(false);
        }
#pragma warning disable CA1031 // The handlers of the client are its owner's and may throw anything, and nobody who waits is to wait for ever.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            unexpected = exception;
            result = FetchResult<T>.Failed($"the HTTP client failed with {exception.GetType().Name}; the log says more");
        }

        string shown = PlainText.Of(address.AbsoluteUri, 256);
        if (result.HasValue)
        {
            VerifierLog.Fetched(_logger, shown);
            return result;
        }

        VerifierLog.NotFetched(_logger, level, shown, result.Fault, unexpected);
        return result with { KeptUntil = _timeProvider.GetUtcNow() + FaultLifetime };
    }
}
