using HardwareAttestation.FleetLoad.Machines;
using HardwareAttestation.FleetLoad.Stores;

namespace HardwareAttestation.FleetLoad.Faults;

/// <summary>Each kind of fault by itself, and then all at once.</summary>
internal static class FaultsCommand
{
    public static async Task<bool> RunAsync(LoadOptions options)
    {
        using MachineMaker maker = new();
        bool allIsWell = true;
        foreach ((string title, FaultPlan plan) in PlansOf(options))
        {
            FaultReport report = await new FaultRun(plan, maker).RunAsync().ConfigureAwait(false);
            Console.WriteLine($"## {title}, {options.Seconds} s, seed {options.Seed}");
            Console.WriteLine(report);
            allIsWell &= report.AllIsWell;
        }

        return allIsWell;
    }

    private static IEnumerable<(string Title, FaultPlan Plan)> PlansOf(LoadOptions options)
    {
        FaultPlan plan = new() { Store = options.Store, Duration = TimeSpan.FromSeconds(options.Seconds), Agents = options.Workers, Seed = options.Seed };
        if (options.Store == StoreKind.Sqlite)
        {
            yield return ("SQLite, server killed", plan with { KillServers = true });
            yield return ("SQLite, disk filled", plan with { FillDisk = true });
        }
        else
        {
            plan = plan with { Servers = Math.Max(options.Servers, 2) };
            yield return ("PostgreSQL, servers killed", plan with { KillServers = true });
            yield return ("PostgreSQL stopped", plan with { StopDatabase = true });
            yield return ("PostgreSQL stopped, servers killed", plan with { KillServers = true, StopDatabase = true });
        }

        if (MovingClock.IsInstalled)
        {
            yield return ("Clock set", plan with { MoveClock = true });
        }
    }
}
