using System.Globalization;
using HardwareAttestation.Emulation;

namespace HardwareAttestation.FleetLoad.Processes;

/// <summary>How a server is configured.</summary>
internal sealed record ServerSetup
{
    /// <summary>Where the server keeps what it keeps in files.</summary>
    public required string DataFolder { get; init; }

    /// <summary>The root certificate that is trusted.</summary>
    public required string TrustPath { get; init; }

    /// <summary>The connection string, or null for SQLite.</summary>
    public string? PostgreSql { get; init; }

    /// <summary>Whether one source may do as much as it likes. All load that is generated here comes from few addresses.</summary>
    public bool IsUnlimited { get; init; } = true;

    /// <summary>Variables of its environment.</summary>
    public IReadOnlyDictionary<string, string> Environment { get; init; } = new Dictionary<string, string>();

    /// <summary>A program with arguments that becomes the server, whose command follows; empty for none.</summary>
    public IReadOnlyList<string> Wrapper { get; init; } = [];

    /// <param name="port">Where to listen on 127.0.0.1; zero for a free port.</param>
    /// <exception cref="EmulationException">The server did not start.</exception>
    public Task<FleetServerProcess> StartAsync(int port = 0)
    {
        Directory.CreateDirectory(DataFolder);
        List<string> arguments =
        [
            string.Create(CultureInfo.InvariantCulture, $"--urls=http://127.0.0.1:{port}"), $"--Fleet:TrustPaths:0={TrustPath}", "--Fleet:VendorRoots=false",
        ];
        if (PostgreSql is not null)
        {
            arguments.Add($"--Fleet:PostgreSql={PostgreSql}");
        }

        if (IsUnlimited)
        {
            arguments.AddRange(["--Fleet:RequestsPerSourcePerMinute=100000000", "--Fleet:ConnectionsPerSource=100000"]);
        }

        return FleetServerProcess.StartAsync(DataFolder, arguments, Environment, wrapper: Wrapper);
    }
}
