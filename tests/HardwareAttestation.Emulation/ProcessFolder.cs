using System.Diagnostics;
using System.Globalization;
using System.Text;

namespace HardwareAttestation.Emulation;

/// <summary>The one folder below which this process keeps everything that it emulates, gone when the process has ended in any way.</summary>
public static class ProcessFolder
{
    // sun_path holds 104 bytes on macOS and 108 on Linux, the closing zero included. Below the root stand about 40.
    private const int LongestTemporaryPath = 60;

    // Reads until the pipe that this process holds is closed, which the kernel does also when the process is killed. Signals that a
    // terminal sends to all its processes are ignored: what they should end is this process, and the rest follows.
    // Emulators that end at the same moment may still write, hence the few attempts.
    private const string JanitorScript = """
        trap '' INT QUIT HUP TERM
        exec >/dev/null 2>&1
        read -r _
        n=0
        until rm -rf -- "$0" || [ $n -ge 50 ]; do n=$((n + 1)); sleep 0.1; done
        """;

    private static readonly Lazy<string> Root = new(CreateRoot);

    // Holds the pipe: as long as it is reachable, the folder stays.
    private static Process? _janitor;
    private static int _folders;

    /// <summary>Creates a new folder, of which the short name begins with <paramref name="prefix"/>. It is gone with the process; removing it earlier is fine.</summary>
    /// <exception cref="EmulationException">This is Windows.</exception>
    public static string CreateFolder(string prefix)
    {
        string number = Interlocked.Increment(ref _folders).ToString(CultureInfo.InvariantCulture);
        return Directory.CreateDirectory(Path.Combine(Root.Value, prefix + number)).FullName;
    }

    private static string CreateRoot()
    {
        if (OperatingSystem.IsWindows())
        {
            throw new EmulationException("swtpm does not run on Windows. Run this on Linux or macOS, or under WSL.");
        }

        string parent = Path.GetTempPath();
        if (Encoding.UTF8.GetByteCount(parent) > LongestTemporaryPath)
        {
            parent = "/tmp";
        }

        string root = Path.Combine(parent, "hwa-" + Path.GetRandomFileName());
        Directory.CreateDirectory(root, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);

        _janitor = Process.Start(new ProcessStartInfo("/bin/sh", ["-c", JanitorScript, root])
        {
            RedirectStandardInput = true,
            WorkingDirectory = "/",
        });
        return root;
    }
}
