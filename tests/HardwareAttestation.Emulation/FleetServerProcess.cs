using System.Text.RegularExpressions;

namespace HardwareAttestation.Emulation;

/// <summary>
/// A fleet-server (samples/fleet/server) in a process of its own, on a free port of 127.0.0.1. It dies with this process, however this process ends.
/// </summary>
public sealed partial class FleetServerProcess : IAsyncDisposable
{
    private static readonly TimeSpan PatienceForStart = TimeSpan.FromMinutes(3);

    private readonly SupervisedProcess _process;
    private readonly bool _ownsFolder;
    private int _disposed;

    private FleetServerProcess(SupervisedProcess process, Uri address, string dataFolder, bool ownsFolder)
    {
        _process = process;
        _ownsFolder = ownsFolder;
        Address = address;
        DataFolder = dataFolder;
    }

    /// <summary>Where it listens, for instance <c>http://127.0.0.1:40123</c>.</summary>
    public Uri Address { get; }

    /// <summary>The number of its process.</summary>
    public int ProcessId => _process.ProcessId;

    /// <summary>Its data folder.</summary>
    public string DataFolder { get; }

    /// <summary>The file with the operators' token.</summary>
    public string OperatorTokenFile => Path.Combine(DataFolder, "operator.token");

    /// <summary>The operators' token, as it lies in the data folder.</summary>
    public string OperatorToken => File.ReadAllText(OperatorTokenFile).Trim();

    /// <summary>The last of what it has written so far.</summary>
    public string Output => _process.Output;

    /// <summary>Starts a server.</summary>
    /// <param name="dataFolder">An existing folder; null for one that is made, and deleted at the end.</param>
    /// <param name="arguments">More of its command line, for instance <c>--Fleet:AllowSoftwareTpms=true</c>. <c>--urls</c> among them takes the place of a free port of 127.0.0.1.</param>
    /// <param name="environment">Variables of its environment besides those of this process.</param>
    /// <param name="program">Its fleet-server.dll; null for the one beside this program, as a reference to its project puts it there.</param>
    /// <param name="wrapper">A program and its arguments that becomes the server, whose command follows; null for none.</param>
    /// <param name="cancellationToken">Cancels the start.</param>
    /// <returns>When it listens.</returns>
    /// <exception cref="EmulationException">It did not start; the message has the end of what it said.</exception>
    public static async Task<FleetServerProcess> StartAsync(
        string? dataFolder = null,
        IEnumerable<string>? arguments = null,
        IReadOnlyDictionary<string, string>? environment = null,
        string? program = null,
        IEnumerable<string>? wrapper = null,
        CancellationToken cancellationToken = default)
    {
        bool ownsFolder = dataFolder is null;
        dataFolder ??= ProcessFolder.CreateFolder("fleet");
        string dll = program ?? Path.Combine(AppContext.BaseDirectory, "fleet-server.dll");
        SupervisedProcess process = SupervisedProcess.Start(
            "fleet-server",
            [.. wrapper ?? [], "dotnet", dll, $"--Fleet:DataFolder={dataFolder}", "--urls=http://127.0.0.1:0", .. arguments ?? []],
            environment?.Select(variable => KeyValuePair.Create(variable.Key, (string?)variable.Value)));
        try
        {
            string line = await process.WaitForLineAsync(Listening().IsMatch, PatienceForStart, cancellationToken).ConfigureAwait(false);
            return new FleetServerProcess(process, new Uri(Listening().Match(line).Groups[1].Value), dataFolder, ownsFolder);
        }
        catch
        {
            await process.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Asks it to end (SIGTERM), as a service manager does; kills it if it does not.</summary>
    /// <returns>Its exit status, when it has ended.</returns>
    public Task<int> StopAsync() => _process.StopAsync();

    /// <summary>Kills it (SIGKILL), as a power cut does.</summary>
    public Task KillAsync() => _process.KillAsync();

    /// <summary>Kills it if it runs, and deletes its data folder if that was made for it.</summary>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _disposed, 1) == 0)
        {
            await _process.DisposeAsync().ConfigureAwait(false);
            if (_ownsFolder)
            {
                Directory.Delete(DataFolder, recursive: true);
            }
        }
    }

    [GeneratedRegex(@"Now listening on: (\S+)")]
    private static partial Regex Listening();
}
