using System.Security.Cryptography;
using System.Threading.RateLimiting;
using Fleet.Server.Endpoints;
using Microsoft.AspNetCore.RateLimiting;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace Fleet.Server.Hosting;

/// <summary>What strangers can cost: how large and how slow a request may be, and how many come from one source.</summary>
internal static class FleetLimits
{
    /// <summary>The rate limit of what agents call.</summary>
    public const string Agents = "agents";

    /// <summary>The rate limit of what operators call: counted apart, so that a flood of agents' requests from behind one address does not lock them out.</summary>
    public const string Operators = "operators";

    /// <summary>
    /// How often one source may ask for what has no limit of its own, in multiples of what agents may: health, and apart from it the page's files and what is not there. A load balancer asks often,
    /// and each costs little.
    /// </summary>
    private const int OthersMultiple = 5;

    /// <summary>The longest message is an enrolment request with eight issuers: 32 KiB of them, 16 KiB of certificate, in base64.</summary>
    public const int LargestMessage = 128 * 1024;

    /// <summary>Each costs some kilobytes, whoever opened it.</summary>
    private const int MostConnections = 20_000;

    private const double LeastBytesPerSecond = 1024;
    private static readonly TimeSpan GraceForBodies = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan PatienceForHeaders = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan PatienceForRequests = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan PatienceForIdleConnections = TimeSpan.FromSeconds(60);

    // A fixed number of limiters, however many sources there are: which sources share one depends on a secret of this process.
    private const int Limiters = 16 * 1024;

    public static void AddFleetLimits(this IServiceCollection services, IWebHostBuilder host, FleetOptions options)
    {
        ConnectionLimit connections = new(options);
        host.ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxRequestBodySize = LargestMessage;
            kestrel.Limits.MaxRequestBufferSize = LargestMessage;
            kestrel.Limits.MaxConcurrentConnections = MostConnections;
            kestrel.Limits.MinRequestBodyDataRate = new MinDataRate(LeastBytesPerSecond, GraceForBodies);
            kestrel.Limits.RequestHeadersTimeout = PatienceForHeaders;
            kestrel.Limits.KeepAliveTimeout = PatienceForIdleConnections;
            kestrel.ConfigureEndpointDefaults(connections.Use);
        });
        services.AddRequestTimeouts(timeouts => timeouts.DefaultPolicy = new()
        {
            Timeout = PatienceForRequests,
            TimeoutStatusCode = StatusCodes.Status503ServiceUnavailable,
            WriteTimeoutResponse = context =>
                Problem.Of(StatusCodes.Status503ServiceUnavailable, "The answer took too long.", FailureHandler.RetryAfterSeconds).ExecuteAsync(context),
        });
        byte[] secret = RandomNumberGenerator.GetBytes(16);
        services.AddRateLimiter(limiter =>
        {
            limiter.RejectionStatusCode = StatusCodes.Status429TooManyRequests;
            limiter.OnRejected = async (rejected, _) => await Problem.Of(
                StatusCodes.Status429TooManyRequests,
                "Come again later.",
                rejected.Lease.TryGetMetadata(MetadataName.RetryAfter, out TimeSpan wait) ? Math.Max(1, (int)Math.Ceiling(wait.TotalSeconds)) : 1)
                .ExecuteAsync(rejected.HttpContext);
            limiter.GlobalLimiter = PartitionedRateLimiter.Create<HttpContext, (bool, int)>(context =>
                context.GetEndpoint()?.Metadata.GetMetadata<EnableRateLimitingAttribute>() is not null
                    ? RateLimitPartition.GetNoLimiter((false, -1))
                    : RateLimitPartition.GetTokenBucketLimiter(
                        (context.GetEndpoint() is null, Bucket(context.SourceNetwork(), secret)),
                        _ => OptionsOf(Math.Min(options.RequestsPerSourcePerMinute, int.MaxValue / OthersMultiple) * OthersMultiple)));
            foreach (string policy in (string[])[Agents, Operators])
            {
                limiter.AddPolicy(policy, context => RateLimitPartition.GetTokenBucketLimiter(
                    Bucket(context.SourceNetwork(), secret), _ => OptionsOf(options.RequestsPerSourcePerMinute)));
            }
        });
    }

    // Tokens come in about once a second.
    private static TokenBucketRateLimiterOptions OptionsOf(int perMinute)
    {
        int tokens = Math.Max(1, perMinute / 60);
        return new()
        {
            TokenLimit = perMinute,
            TokensPerPeriod = tokens,
            ReplenishmentPeriod = TimeSpan.FromMinutes(1) * tokens / perMinute,
            QueueLimit = 0,
        };
    }

    private static int Bucket(string source, byte[] secret)
    {
        byte[] digest = HMACSHA256.HashData(secret, System.Text.Encoding.UTF8.GetBytes(source));
        return BitConverter.ToUInt16(digest) % Limiters;
    }
}
