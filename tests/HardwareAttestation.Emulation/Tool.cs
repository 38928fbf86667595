using System.Diagnostics;

namespace HardwareAttestation.Emulation;

/// <summary>The programs of swtpm and tpm2-tools: where they are, and how one is run to its end.</summary>
internal static class Tool
{
    private const int LogTailLines = 20;

    // $0 is the log. Output goes to a file and not to a pipe of ours: writing to a broken pipe would kill the program half-way
    // when this process dies, before it has stopped the swtpm that it runs.
    private const string RunScript = """exec "$@" </dev/null >>"$0" 2>&1""";

    /// <summary>The full path of a program.</summary>
    /// <exception cref="EmulationException">It is not on the search path.</exception>
    public static string Find(string name)
    {
        // Administrators' folders are not on every user's path, and some systems keep swtpm_localca in one.
        string path = Environment.GetEnvironmentVariable("PATH") + ":/usr/bin:/usr/local/bin:/usr/sbin:/usr/local/sbin";
        return path.Split(':', StringSplitOptions.RemoveEmptyEntries)
            .Select(folder => Path.Combine(folder, name))
            .FirstOrDefault(File.Exists)
            ?? throw new EmulationException(
                $"The program {name} was not found. Run tests/install-swtpm.sh of this repository, or install it yourself: "
                + "packages swtpm, swtpm-tools and tpm2-tools on Debian, Ubuntu and Fedora, swtpm and tpm2-tools on Arch Linux, swtpm on Homebrew.");
    }

    /// <summary>Runs a program to its end.</summary>
    /// <param name="name">The program.</param>
    /// <param name="arguments">Its arguments.</param>
    /// <param name="folder">An existing folder for the program's log and temporary files.</param>
    /// <param name="cancellationToken">Stops the program and all that it started.</param>
    /// <param name="device">For one of tpm2-tools: its TPM.</param>
    /// <exception cref="EmulationException">The program is missing or failed.</exception>
    public static async Task RunAsync(
        string name, IEnumerable<string> arguments, string folder, CancellationToken cancellationToken, string? device = null)
    {
        string log = Path.Combine(folder, name + ".log");
        ProcessStartInfo start = new("/bin/sh", ["-c", RunScript, log, Find(name), .. arguments]) { WorkingDirectory = folder };
        start.Environment["TMPDIR"] = folder;
        if (device is not null)
        {
            start.Environment["TPM2TOOLS_TCTI"] = device;
        }

        using Process process = Process.Start(start)!;
        try
        {
            await process.WaitForExitAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            throw;
        }

        if (process.ExitCode != 0)
        {
            throw new EmulationException(
                $"{name} failed with exit status {process.ExitCode}. The end of its log:{Environment.NewLine}{ReadTail(log)}");
        }
    }

    private static string ReadTail(string log)
    {
        return File.Exists(log)
            ? string.Join(Environment.NewLine, File.ReadLines(log).TakeLast(LogTailLines))
            : "(it wrote none)";
    }
}
