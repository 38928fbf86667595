using System.Globalization;

namespace HardwareAttestation.FleetLoad.Processes;

/// <summary>What processes have used so far, as Linux counts it (proc(5)).</summary>
/// <param name="Cpu">Time on a processor, in user and kernel mode, to 10 ms.</param>
/// <param name="Resident">Bytes in memory now.</param>
/// <param name="HighestResident">The most bytes in memory so far.</param>
internal sealed record ProcessUse(TimeSpan Cpu, long Resident, long HighestResident)
{
    // USER_HZ, which is 100 on every architecture that .NET runs on.
    private const double TicksPerSecond = 100;

    public static ProcessUse Of(int processId) => new(
        CpuOf(processId, withEndedChildren: false), StatusOf(processId, "VmRSS:"), StatusOf(processId, "VmHWM:"));

    /// <summary>The time of a process with all its children, those that have ended included.</summary>
    public static TimeSpan CpuOfTree(int processId) =>
        CpuOf(processId, withEndedChildren: true) + ChildrenOf(processId).Aggregate(TimeSpan.Zero, (sum, child) => sum + CpuOf(child, withEndedChildren: true));

    private static TimeSpan CpuOf(int processId, bool withEndedChildren)
    {
        // The second field is the program's name in parentheses and may hold anything; utime is the 14th, followed by stime, cutime and cstime.
        string stat;
        try
        {
            stat = File.ReadAllText($"/proc/{processId}/stat");
        }
        catch (IOException)
        {
            return TimeSpan.Zero;
        }

        string[] fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
        long ticks = fields[11..(withEndedChildren ? 15 : 13)].Sum(field => long.Parse(field, CultureInfo.InvariantCulture));
        return TimeSpan.FromSeconds(ticks / TicksPerSecond);
    }

    private static IEnumerable<int> ChildrenOf(int processId) =>
        File.ReadAllText($"/proc/{processId}/task/{processId}/children")
            .Split(' ', StringSplitOptions.RemoveEmptyEntries)
            .Select(id => int.Parse(id, CultureInfo.InvariantCulture));

    private static long StatusOf(int processId, string field)
    {
        string line = File.ReadLines($"/proc/{processId}/status").First(line => line.StartsWith(field, StringComparison.Ordinal));
        return long.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[^2], CultureInfo.InvariantCulture) * 1024;
    }
}
