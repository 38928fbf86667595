using HardwareAttestation.Emulation;

namespace Fleet.Demo;

/// <summary>One process of the server.</summary>
internal sealed class ServerInstance : IAsyncDisposable
{
    private const string ListeningLine = "Now listening on: ";
    private static readonly TimeSpan PatienceForStart = TimeSpan.FromMinutes(1);

    private readonly SupervisedProcess _process;

    private ServerInstance(SupervisedProcess process, Uri address)
    {
        _process = process;
        Address = address;
    }

    public Uri Address { get; }

    /// <summary>Starts a server on a free port. When this returns, it listens.</summary>
    public static async Task<ServerInstance> StartAsync(ServerSettings settings, CancellationToken cancellationToken)
    {
        SupervisedProcess process = SupervisedProcess.Start("The server", [.. Programs.Server, "--urls", "http://127.0.0.1:0", .. settings.ToArguments()]);
        try
        {
            string line = await process.WaitForLineAsync(
                line => line.Contains(ListeningLine, StringComparison.Ordinal), PatienceForStart, cancellationToken);
            string address = line[(line.IndexOf(ListeningLine, StringComparison.Ordinal) + ListeningLine.Length)..];
            return new ServerInstance(process, new Uri(address.Trim()));
        }
        catch
        {
            await process.DisposeAsync();
            throw;
        }
    }

    /// <summary>Ends it in good order.</summary>
    public async Task StopAsync()
    {
        int status = await _process.StopAsync();
        if (status != 0)
        {
            throw new DemoException($"The server ended with status {status}. It said:{Environment.NewLine}{_process.Output}");
        }
    }

    public ValueTask DisposeAsync() => _process.DisposeAsync();
}

/// <summary>What the servers of the demonstration are set to.</summary>
/// <param name="DataFolder">Where SQLite's database and the operator's token are.</param>
/// <param name="Manufacturer">Whose TPMs are trusted, emulated as they are.</param>
/// <param name="Period">How often agents attest.</param>
/// <param name="PostgreSql">The database that all servers share; null for SQLite.</param>
internal sealed record ServerSettings(string DataFolder, TpmManufacturer Manufacturer, TimeSpan Period, string? PostgreSql)
{
    public string TokenFile => Path.Combine(DataFolder, "operator.token");

    public IEnumerable<string> ToArguments()
    {
        (string Name, string? Value)[] settings =
        [
            ("DataFolder", DataFolder),
            ("TrustPaths:0", Manufacturer.RootCertificatePath),
            ("TrustPaths:1", Manufacturer.IssuerCertificatePath),
            ("VendorRoots", "false"),
            ("AllowSoftwareTpms", "true"),
            ("AttestationPeriod", Period.ToString("c")),
            ("PostgreSql", PostgreSql),
        ];
        return settings.Where(setting => setting.Value is not null).Select(setting => $"--Fleet:{setting.Name}={setting.Value}");
    }
}
