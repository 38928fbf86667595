using System.Net;
using HardwareAttestation.Verifier;

namespace Fleet.Server;

/// <summary>What can be set, in the section <c>Fleet</c> of the configuration: appsettings.json, environment variables (<c>Fleet__DataFolder</c>) or the command line (<c>--Fleet:DataFolder</c>).</summary>
internal sealed class FleetOptions
{
    private const string Section = "Fleet";

    /// <summary>Where the server keeps what it has no other place for: the SQLite database, and the operators' token. Created if it is not there.</summary>
    public string DataFolder { get; set; } = "fleet-data";

    /// <summary>Npgsql's connection string of a PostgreSQL database; null for SQLite in <see cref="DataFolder"/>.</summary>
    public string? PostgreSql { get; set; }

    /// <summary>The file with the operators' token; null for <c>operator.token</c> in <see cref="DataFolder"/>. Created with a random token if it is not there.</summary>
    public string? OperatorTokenFile { get; set; }

    /// <summary>Files and folders with roots and issuers of TPM makers, in DER, PEM or PKCS #7, and with revocation lists. What lies there is trusted.</summary>
    public IList<string> TrustPaths { get; } = [];

    /// <summary>Whether the roots that come with HardwareAttestation.Verifier are trusted, too.</summary>
    public bool VendorRoots { get; set; } = true;

    /// <summary>Whether emulated TPMs are accepted: for tests and demonstrations.</summary>
    public bool AllowSoftwareTpms { get; set; }

    /// <summary>How often agents are expected to attest. Two periods and five minutes without are overdue.</summary>
    public TimeSpan AttestationPeriod { get; set; } = TimeSpan.FromHours(1);

    /// <summary>For how long a count of the devices by state is good: the page asks for it every three seconds, and it takes longer the more devices there are. Zero has each counted.</summary>
    public TimeSpan SummaryLifetime { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>A file with the names of the nodes that may be enrolled, one a line; null for any. Read again when it changes.</summary>
    public string? ExpectedNodesFile { get; set; }

    /// <summary>How many days boots and refusals are remembered.</summary>
    public int HistoryDays { get; set; } = 400;

    /// <summary>How many requests a minute are answered from one address, or one /64 network of IPv6; as many at once. Agents and operators are counted apart.</summary>
    public int RequestsPerSourcePerMinute { get; set; } = 1200;

    /// <summary>How many connections one address, or one /64 network of IPv6, may have at once. Trusted proxies may have any number.</summary>
    public int ConnectionsPerSource { get; set; } = 256;

    /// <summary>How many challenges may be unanswered in all; enrolments, which strangers can begin, have half of them.</summary>
    public int Challenges { get; set; } = InMemoryChallengeStore.DefaultCapacity;

    /// <summary>How many challenges of one source may be unanswered.</summary>
    public int ChallengesPerSource { get; set; } = InMemoryChallengeStore.DefaultCapacityPerSource;

    /// <summary>Proxies in front of the server, as addresses or networks such as <c>10.0.0.0/8</c>: what they say in X-Forwarded-For and X-Forwarded-Proto is believed.</summary>
    public IList<string> TrustedProxies { get; } = [];

    /// <summary>Devices that were not attested since this time are overdue.</summary>
    public DateTimeOffset OverdueBefore(DateTimeOffset now) => now - (2 * AttestationPeriod) - TimeSpan.FromMinutes(5);

    /// <summary>The networks of <see cref="TrustedProxies"/>.</summary>
    public IEnumerable<IPNetwork> TrustedNetworks() => TrustedProxies.Select(proxy => TryParseNetwork(proxy)!.Value);

    /// <exception cref="FleetOptionsException">A value is not what it should be.</exception>
    public static FleetOptions Read(IConfiguration configuration)
    {
        FleetOptions options = new();
        try
        {
            configuration.GetSection(Section).Bind(options);
        }
        catch (InvalidOperationException exception)
        {
            throw new FleetOptionsException($"{exception.Message} {exception.InnerException?.Message}");
        }

        return options.FindFault() is { } fault ? throw new FleetOptionsException($"{Section}:{fault}") : options;
    }

    private static IPNetwork? TryParseNetwork(string text) =>
        IPNetwork.TryParse(text, out IPNetwork network) ? network
        : IPAddress.TryParse(text, out IPAddress? address) ? new IPNetwork(address, address.GetAddressBytes().Length * 8)
        : null;

    private string? FindFault() => this switch
    {
        { DataFolder: "" } => $"{nameof(DataFolder)} is empty: name a folder.",
        _ when AttestationPeriod <= TimeSpan.Zero || AttestationPeriod > TimeSpan.FromDays(30) =>
            $"{nameof(AttestationPeriod)} is {AttestationPeriod}: more than zero and at most 30 days is allowed, in the form 01:00:00.",
        _ when SummaryLifetime < TimeSpan.Zero || SummaryLifetime > TimeSpan.FromMinutes(10) =>
            $"{nameof(SummaryLifetime)} is {SummaryLifetime}: zero to ten minutes is allowed, in the form 00:00:01.",
        { HistoryDays: < 1 or > 36500 } => $"{nameof(HistoryDays)} is {HistoryDays}: 1 to 36500 is allowed.",
        { RequestsPerSourcePerMinute: < 1 } => $"{nameof(RequestsPerSourcePerMinute)} is {RequestsPerSourcePerMinute}: at least 1 is allowed.",
        { ConnectionsPerSource: < 1 } => $"{nameof(ConnectionsPerSource)} is {ConnectionsPerSource}: at least 1 is allowed.",
        _ when Challenges < 1 || ChallengesPerSource < 1 => $"{nameof(Challenges)} and {nameof(ChallengesPerSource)} are at least 1.",
        _ when TrustedProxies.FirstOrDefault(proxy => TryParseNetwork(proxy) is null) is { } proxy =>
            $"{nameof(TrustedProxies)} has '{proxy}', which is neither an address nor a network such as 10.0.0.0/8.",
        _ when ExpectedNodesFile is { } file && !File.Exists(file) => $"{nameof(ExpectedNodesFile)} is {file}, and there is no such file.",
        _ when TrustPaths.FirstOrDefault(path => !Path.Exists(path)) is { } path => $"{nameof(TrustPaths)} has {path}, and there is no such file or folder.",
        _ when !VendorRoots && TrustPaths.Count == 0 => $"{nameof(TrustPaths)} is empty and {nameof(VendorRoots)} is off: no TPM would be accepted.",
        _ => null,
    };
}

/// <summary>The server cannot start as it is configured. The message says which setting, and what to do.</summary>
internal sealed class FleetOptionsException(string message, Exception? innerException = null) : Exception(message, innerException);
