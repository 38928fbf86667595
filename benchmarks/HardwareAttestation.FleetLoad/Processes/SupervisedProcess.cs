using System.Diagnostics;
using System.Globalization;

namespace HardwareAttestation.FleetLoad.Processes;

/// <summary>A running program that is ended together with this process, however this one ends.</summary>
internal sealed class SupervisedProcess : IAsyncDisposable
{
    private const int KeptLines = 200;

    // The shell says the program's number and holds a pipe from this process, which the kernel closes also when this process is killed. It alone waits for the program, so the number that it
    // kills cannot have become another process. Closing its own output leaves the error pipe to the program alone: the end of that stream means that the program has ended.
    private const string Script = """
        signal=$1
        shift
        "$@" </dev/null >&2 &
        echo $!
        trap '' INT QUIT HUP TERM
        exec >/dev/null 2>&1
        read -r _
        kill -"$signal" $!
        wait $!
        """;

    private readonly Process _supervisor;
    private readonly Queue<string> _lines = [];
    private readonly Action<string>? _onLine;
    private bool _ended;

    private SupervisedProcess(Process supervisor, int id, Action<string>? onLine)
    {
        _supervisor = supervisor;
        _onLine = onLine;
        Id = id;
        Ended = ReadAsync();
    }

    /// <summary>The number of the program's process.</summary>
    public int Id { get; }

    /// <summary>Completes when the program has ended.</summary>
    public Task Ended { get; }

    /// <summary>The latest lines that the program wrote.</summary>
    public string Log
    {
        get
        {
            lock (_lines)
            {
                return string.Join(Environment.NewLine, _lines);
            }
        }
    }

    /// <param name="command">The program and its arguments.</param>
    /// <param name="signal">The signal that ends it, without SIG.</param>
    /// <param name="environment">Variables of its environment, beside those of this process.</param>
    /// <param name="onLine">Called with each line that it writes.</param>
    public static async Task<SupervisedProcess> StartAsync(
        IEnumerable<string> command, string signal, IReadOnlyDictionary<string, string>? environment = null, Action<string>? onLine = null)
    {
        ProcessStartInfo start = new("/bin/sh", ["-c", Script, "sh", signal, .. command])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = AppContext.BaseDirectory,
        };
        foreach ((string name, string value) in environment ?? new Dictionary<string, string>())
        {
            start.Environment[name] = value;
        }

        Process supervisor = Process.Start(start)!;
        string? id = await supervisor.StandardOutput.ReadLineAsync().ConfigureAwait(false);
        return new SupervisedProcess(supervisor, int.Parse(id!, CultureInfo.InvariantCulture), onLine);
    }

    /// <summary>Ends the program by its signal, and returns when it is gone.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_ended)
        {
            return;
        }

        _ended = true;
        _supervisor.StandardInput.Close();
        await _supervisor.WaitForExitAsync().ConfigureAwait(false);
        await Ended.ConfigureAwait(false);
        _supervisor.Dispose();
    }

    private async Task ReadAsync()
    {
        while (await _supervisor.StandardError.ReadLineAsync().ConfigureAwait(false) is { } line)
        {
            lock (_lines)
            {
                _lines.Enqueue(line);
                if (_lines.Count > KeptLines)
                {
                    _lines.Dequeue();
                }
            }

            _onLine?.Invoke(line);
        }
    }
}
