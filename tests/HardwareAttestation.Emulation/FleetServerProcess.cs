using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;

namespace HardwareAttestation.Emulation;

/// <summary>
/// A fleet-server (samples/fleet/server) in a process of its own, on a free port of 127.0.0.1. It dies with this process, however this process ends. Safe to share between threads.
/// </summary>
public sealed partial class FleetServerProcess : IAsyncDisposable
{
    private const int LogTailLines = 40;
    private static readonly TimeSpan PatienceForStart = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan PatienceForEnd = TimeSpan.FromSeconds(60);

    // The shell holds a pipe from this process, which the kernel closes also when the process is killed, and then kills the server. A line that comes through it is a signal to pass on. It alone
    // waits for the server, so the number that it signals cannot have become another process. Closing its own output leaves the pipe to the server alone: its end means that the
    // server has ended. What a terminal sends to all its processes is ignored, but by the server not yet when that is started.
    private const string SupervisorScript = """
        "$@" </dev/null 2>&1 &
        echo "fleet-server is process $!"
        trap '' INT QUIT HUP TERM
        exec >/dev/null 2>&1
        while read -r signal; do kill -"$signal" $!; done
        kill -KILL $!
        wait $!
        """;

    private readonly Process _supervisor;
    private readonly bool _ownsFolder;
    private readonly Lock _lock = new();
    private readonly List<string> _lines = [];
    private readonly TaskCompletionSource<Uri> _listening = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource<int> _processId = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Task _ended;
    private int _disposed;

    private FleetServerProcess(Process supervisor, string dataFolder, bool ownsFolder)
    {
        _supervisor = supervisor;
        _ownsFolder = ownsFolder;
        DataFolder = dataFolder;
        _ended = ReadAsync();
    }

    /// <summary>Where it listens, for instance <c>http://127.0.0.1:40123</c>.</summary>
    public Uri Address => _listening.Task.Result;

    /// <summary>The number of its process.</summary>
    public int ProcessId => _processId.Task.Result;

    /// <summary>Its data folder.</summary>
    public string DataFolder { get; }

    /// <summary>The operators' token, as it lies in the data folder.</summary>
    public string OperatorToken => File.ReadAllText(Path.Combine(DataFolder, "operator.token")).Trim();

    /// <summary>What it has written so far.</summary>
    public string Output
    {
        get
        {
            lock (_lock)
            {
                return string.Join('\n', _lines);
            }
        }
    }

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
        ProcessStartInfo start = new("/bin/sh",
            ["-c", SupervisorScript, "sh", .. wrapper ?? [], "dotnet", dll, $"--Fleet:DataFolder={dataFolder}", "--urls=http://127.0.0.1:0", .. arguments ?? []])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,

            // Not where its files are: it must find them from anywhere.
            WorkingDirectory = "/",
        };
        foreach ((string name, string value) in environment ?? new Dictionary<string, string>())
        {
            start.Environment[name] = value;
        }

        FleetServerProcess server = new(Process.Start(start)!, dataFolder, ownsFolder);
        try
        {
            await server._listening.Task.WaitAsync(PatienceForStart, cancellationToken).ConfigureAwait(false);
            return server;
        }
        catch (Exception exception)
        {
            string tail = server.ReadTail();
            await server.DisposeAsync().ConfigureAwait(false);
            throw exception is OperationCanceledException ? exception : new EmulationException($"fleet-server did not start. The end of what it said:{Environment.NewLine}{tail}");
        }
    }

    /// <summary>Asks it to end (SIGTERM), as a service manager does.</summary>
    /// <returns>Its exit status, when it has ended.</returns>
    /// <exception cref="EmulationException">It did not end.</exception>
    public async Task<int> StopAsync()
    {
        await _supervisor.StandardInput.WriteLineAsync("TERM").ConfigureAwait(false);
        await _supervisor.StandardInput.FlushAsync().ConfigureAwait(false);
        try
        {
            await _ended.WaitAsync(PatienceForEnd).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            throw new EmulationException($"fleet-server did not end. The end of what it said:{Environment.NewLine}{ReadTail()}");
        }

        return await WaitAsync().ConfigureAwait(false);
    }

    /// <summary>Kills it (SIGKILL), as a power cut does.</summary>
    public Task KillAsync() => WaitAsync();

    /// <summary>Kills it if it runs, and deletes its data folder if that was made for it.</summary>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _disposed, 1) == 0)
        {
            await WaitAsync().ConfigureAwait(false);
            _supervisor.Dispose();
            if (_ownsFolder)
            {
                Directory.Delete(DataFolder, recursive: true);
            }
        }
    }

    [GeneratedRegex(@"^fleet-server is process (\d+)$")]
    private static partial Regex Started();

    [GeneratedRegex(@"Now listening on: (\S+)")]
    private static partial Regex Listening();

    private async Task<int> WaitAsync()
    {
        _supervisor.StandardInput.Close();
        await _ended.ConfigureAwait(false);
        await _supervisor.WaitForExitAsync().ConfigureAwait(false);
        return _supervisor.ExitCode;
    }

    private async Task ReadAsync()
    {
        while (await _supervisor.StandardOutput.ReadLineAsync().ConfigureAwait(false) is { } line)
        {
            lock (_lock)
            {
                _lines.Add(line);
            }

            if (Started().Match(line) is { Success: true } started)
            {
                _processId.TrySetResult(int.Parse(started.Groups[1].Value, CultureInfo.InvariantCulture));
            }

            if (Listening().Match(line) is { Success: true } match)
            {
                _listening.TrySetResult(new Uri(match.Groups[1].Value));
            }
        }

        _listening.TrySetException(new EmulationException("fleet-server has ended."));
    }

    private string ReadTail()
    {
        lock (_lock)
        {
            return string.Join(Environment.NewLine, _lines.TakeLast(LogTailLines));
        }
    }
}
