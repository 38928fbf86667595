using HardwareAttestation.Emulation;

namespace Fleet.Demo;

/// <summary>What the servers of the demonstration are set to.</summary>
/// <param name="DataFolder">Where SQLite's database and the operator's token are.</param>
/// <param name="Manufacturer">Whose TPMs are trusted, emulated as they are.</param>
/// <param name="Period">How often agents attest.</param>
/// <param name="PostgreSql">The database that all servers share; null for SQLite.</param>
internal sealed record ServerSettings(string DataFolder, TpmManufacturer Manufacturer, TimeSpan Period, string? PostgreSql)
{
    /// <summary>Starts a server on a free port. When this returns, it listens.</summary>
    public Task<FleetServerProcess> StartAsync(CancellationToken cancellationToken) =>
        FleetServerProcess.StartAsync(DataFolder, ToArguments(), program: Programs.Server, cancellationToken: cancellationToken);

    private IEnumerable<string> ToArguments()
    {
        (string Name, string? Value)[] settings =
        [
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
