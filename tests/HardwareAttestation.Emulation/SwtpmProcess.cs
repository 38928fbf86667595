using System.Diagnostics;

namespace HardwareAttestation.Emulation;

/// <summary>A running swtpm that dies with this process, however this process ends.</summary>
internal sealed class SwtpmProcess : IAsyncDisposable
{
    // The shell holds a pipe from this process, which the kernel closes also when the process is killed, and then kills swtpm.
    // It alone waits for swtpm, so the number that it kills cannot have become another process. Closing its own output leaves the
    // error pipe to swtpm alone: the end of that stream means that swtpm has ended.
    // KILL and not TERM: newer versions of swtpm answer TERM with a TPM2_Shutdown of their own, which a power cut does not send.
    private const string SupervisorScript = """
        trap '' INT QUIT HUP TERM
        "$@" </dev/null >&2 &
        exec >/dev/null 2>&1
        read -r _
        kill -KILL $!
        wait $!
        """;

    private readonly Process _supervisor;

    private SwtpmProcess(Process supervisor)
    {
        _supervisor = supervisor;
        Ended = supervisor.StandardError.ReadToEndAsync();
    }

    /// <summary>Completes when swtpm has ended, with what it said.</summary>
    public Task<string> Ended { get; }

    /// <summary>Starts swtpm. It need not listen yet when this returns.</summary>
    /// <exception cref="EmulationException">swtpm is missing.</exception>
    public static SwtpmProcess Start(IEnumerable<string> arguments)
    {
        ProcessStartInfo start = new("/bin/sh", ["-c", SupervisorScript, "sh", Tool.Find("swtpm"), .. arguments])
        {
            RedirectStandardInput = true,
            RedirectStandardError = true,
            WorkingDirectory = "/",
        };
        return new SwtpmProcess(Process.Start(start)!);
    }

    /// <summary>Kills swtpm, and returns when it is gone.</summary>
    public async ValueTask DisposeAsync()
    {
        _supervisor.StandardInput.Close();
        await _supervisor.WaitForExitAsync().ConfigureAwait(false);
        await Ended.ConfigureAwait(false);
        _supervisor.Dispose();
    }
}
