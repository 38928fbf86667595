using System.Diagnostics;
using System.Globalization;
using System.Threading.Channels;

namespace HardwareAttestation.Emulation;

/// <summary>A program that runs beside this process and dies with it, however this process ends. What it says can be waited for, line by line.</summary>
public sealed class SupervisedProcess : IAsyncDisposable
{
    private const int KeptLines = 1000;

    // As for swtpm: the shell holds a pipe from this process, which the kernel closes also when the process is killed. What comes through it until then are the names of
    // signals. Only the shell waits for the program, so the number that it signals cannot have become another process. Ctrl-C at a terminal reaches this process alone, which
    // decides in what order the others end. The first line is the number of the process that then becomes the program.
    private const string SupervisorScript = """
        trap '' INT QUIT HUP
        sh -c 'echo $$; exec "$@"' sh "$@" </dev/null 2>&1 &
        trap '' TERM
        exec >/dev/null 2>&1
        while read -r signal; do kill -"$signal" $!; done
        kill -KILL $!
        wait $!
        """;

    private static readonly TimeSpan PatienceForStop = TimeSpan.FromMinutes(2);

    private readonly string _name;
    private readonly Process _supervisor;
    private readonly Queue<string> _output = [];
    private readonly Channel<string> _lines = Channel.CreateBounded<string>(
        new BoundedChannelOptions(KeptLines) { FullMode = BoundedChannelFullMode.DropOldest, SingleWriter = true });

    private readonly Task _reading;
    private Task<int>? _ending;

    private SupervisedProcess(string name, Process supervisor)
    {
        _name = name;
        _supervisor = supervisor;
        ProcessId = int.Parse(supervisor.StandardOutput.ReadLine()!, CultureInfo.InvariantCulture);
        _reading = ReadAsync();
    }

    /// <summary>The number of its process.</summary>
    public int ProcessId { get; }

    /// <summary>The last thousand lines that it has said.</summary>
    public string Output
    {
        get
        {
            lock (_output)
            {
                return string.Join(Environment.NewLine, _output);
            }
        }
    }

    /// <summary>Starts a program.</summary>
    /// <param name="name">What it is called in messages.</param>
    /// <param name="command">The program and its arguments.</param>
    /// <param name="environment">Variables of its environment beside those of this process; null removes one.</param>
    /// <exception cref="EmulationException">This is Windows.</exception>
    public static SupervisedProcess Start(string name, IEnumerable<string> command, IEnumerable<KeyValuePair<string, string?>>? environment = null)
    {
        if (OperatingSystem.IsWindows())
        {
            throw new EmulationException("Processes are supervised on Linux and macOS only. Run this there, or under WSL.");
        }

        ProcessStartInfo start = new("/bin/sh", ["-c", SupervisorScript, "sh", .. command])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            WorkingDirectory = "/",
        };
        foreach ((string variable, string? value) in environment ?? [])
        {
            start.Environment[variable] = value;
        }

        return new SupervisedProcess(name, Process.Start(start)!);
    }

    /// <summary>Waits for the next line that fits. Each line is looked at once: the next call begins after it.</summary>
    /// <exception cref="EmulationException">The program ended, or was silent for too long; the message has what it said.</exception>
    public async Task<string> WaitForLineAsync(Func<string, bool> fits, TimeSpan patience, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(fits);
        using CancellationTokenSource limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(patience);
        try
        {
            await foreach (string line in _lines.Reader.ReadAllAsync(limit.Token).ConfigureAwait(false))
            {
                if (fits(line))
                {
                    return line;
                }
            }
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw new EmulationException($"{_name} did not say what was expected within {patience.TotalSeconds} seconds. It said:{Environment.NewLine}{Output}");
        }

        throw new EmulationException($"{_name} ended before it said what was expected. It said:{Environment.NewLine}{Output}");
    }

    /// <summary>Waits until it has ended by itself.</summary>
    /// <returns>Its exit status; 128 and the signal's number if a signal ended it.</returns>
    /// <exception cref="EmulationException">It goes on for too long; the message has what it said.</exception>
    public async Task<int> WaitForExitAsync(TimeSpan patience, CancellationToken cancellationToken = default)
    {
        try
        {
            await _reading.WaitAsync(patience, cancellationToken).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            throw new EmulationException($"{_name} did not end within {patience.TotalSeconds} seconds. It said:{Environment.NewLine}{Output}");
        }

        return await EndAsync().ConfigureAwait(false);
    }

    /// <summary>Asks it to end (SIGTERM), and kills it if it does not.</summary>
    /// <returns>Its exit status.</returns>
    public async Task<int> StopAsync()
    {
        if (_ending is null)
        {
            await _supervisor.StandardInput.WriteLineAsync("TERM").ConfigureAwait(false);
            await _supervisor.StandardInput.FlushAsync().ConfigureAwait(false);
            await Task.WhenAny(_reading, Task.Delay(PatienceForStop)).ConfigureAwait(false);
        }

        return await EndAsync().ConfigureAwait(false);
    }

    /// <summary>Kills it (SIGKILL), and returns when it is gone.</summary>
    public Task KillAsync() => EndAsync();

    /// <summary>Kills it, if it still runs.</summary>
    public async ValueTask DisposeAsync()
    {
        await EndAsync().ConfigureAwait(false);
        _supervisor.Dispose();
    }

    private Task<int> EndAsync() => _ending ??= CloseAsync();

    private async Task<int> CloseAsync()
    {
        _supervisor.StandardInput.Close();
        await _supervisor.WaitForExitAsync().ConfigureAwait(false);
        await _reading.ConfigureAwait(false);
        return _supervisor.ExitCode;
    }

    // The program alone holds the other end: when the stream ends, it has ended.
    private async Task ReadAsync()
    {
        while (await _supervisor.StandardOutput.ReadLineAsync().ConfigureAwait(false) is { } line)
        {
            lock (_output)
            {
                _output.Enqueue(line);
                if (_output.Count > KeptLines)
                {
                    _output.Dequeue();
                }
            }

            await _lines.Writer.WriteAsync(line).ConfigureAwait(false);
        }

        _lines.Writer.Complete();
    }
}
