using System.Globalization;

namespace HardwareAttestation.FleetLoad.Faults;

/// <summary>A clock of servers that can be set while they run (libfaketime of Debian's package faketime). Their timers go on as before.</summary>
internal sealed class MovingClock
{
    private const string Library = "/usr/lib/x86_64-linux-gnu/faketime/libfaketime.so.1";
    private static readonly int FurthestSeconds = (int)TimeSpan.FromDays(1).TotalSeconds;
    private readonly string _file;

    public MovingClock(string file)
    {
        _file = file;
        Write(0);
    }

    public static bool IsInstalled => File.Exists(Library);

    /// <summary>What a server's environment needs for that.</summary>
    public IReadOnlyDictionary<string, string> Environment => new Dictionary<string, string>
    {
        ["LD_PRELOAD"] = Library,
        ["FAKETIME_TIMESTAMP_FILE"] = _file,
        ["FAKETIME_NO_CACHE"] = "1",
        ["FAKETIME_DONT_FAKE_MONOTONIC"] = "1",
    };

    /// <summary>Sets the clock to some moment between yesterday and tomorrow.</summary>
    public void Move(Random random) => Write(random.Next(-FurthestSeconds, FurthestSeconds));

    // In place of the file and not into it, so that nobody reads a half.
    private void Write(int seconds)
    {
        string next = _file + ".next";
        File.WriteAllText(next, seconds.ToString("+0;-0", CultureInfo.InvariantCulture));
        File.Move(next, _file, overwrite: true);
    }
}
