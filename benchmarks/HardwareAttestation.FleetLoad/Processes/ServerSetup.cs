using System.Globalization;

namespace HardwareAttestation.FleetLoad.Processes;

/// <summary>How a server is configured.</summary>
internal sealed record ServerSetup
{
    /// <summary>What operators prove themselves with.</summary>
    public const string OperatorToken = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

    /// <summary>Where the server keeps what it keeps in files.</summary>
    public required string DataFolder { get; init; }

    /// <summary>The root certificate that is trusted.</summary>
    public required string TrustPath { get; init; }

    /// <summary>The connection string, or null for SQLite.</summary>
    public string? PostgreSql { get; init; }

    /// <summary>Requests that one source may make in a minute; null for what the server allows by itself. All load that is generated here comes from few addresses.</summary>
    public int? RequestsPerSourcePerMinute { get; init; } = 100_000_000;

    /// <summary>Other settings, by their names.</summary>
    public IReadOnlyDictionary<string, string> Settings { get; init; } = new Dictionary<string, string>();

    /// <summary>Variables of its environment.</summary>
    public IReadOnlyDictionary<string, string> Environment { get; init; } = new Dictionary<string, string>();

    /// <summary>A program with arguments that runs the server, which follows them; empty for none.</summary>
    public IReadOnlyList<string> Wrapper { get; init; } = [];

    /// <summary>The server's program and its arguments, for dotnet.</summary>
    public IEnumerable<string> ToArguments(int port)
    {
        string tokenFile = Path.Combine(Directory.CreateDirectory(DataFolder).FullName, "operator.token");
        if (!File.Exists(tokenFile))
        {
            using FileStream file = new(tokenFile, new FileStreamOptions
            {
                Mode = FileMode.CreateNew,
                Access = FileAccess.Write,
                UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite,
            });
            file.Write(System.Text.Encoding.ASCII.GetBytes(OperatorToken));
        }

        Dictionary<string, string> settings = new(Settings)
        {
            ["Urls"] = string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{port}"),
            ["Fleet:DataFolder"] = DataFolder,
            ["Fleet:OperatorTokenFile"] = tokenFile,
            ["Fleet:TrustPaths:0"] = TrustPath,
            ["Fleet:VendorRoots"] = "false",
        };
        if (RequestsPerSourcePerMinute is { } limit)
        {
            settings["Fleet:RequestsPerSourcePerMinute"] = limit.ToString(CultureInfo.InvariantCulture);
        }

        if (PostgreSql is not null)
        {
            settings["Fleet:PostgreSql"] = PostgreSql;
        }

        return [Path.Combine(AppContext.BaseDirectory, "fleet-server.dll"), .. settings.Select(setting => $"--{setting.Key}={setting.Value}")];
    }
}
