using System.Globalization;
using HardwareAttestation.Emulation;
using HardwareAttestation.FleetLoad.Http;
using HardwareAttestation.FleetLoad.Machines;
using HardwareAttestation.FleetLoad.Processes;

namespace HardwareAttestation.FleetLoad.Hostile;

/// <summary>Attacks a server, with each attack by itself and with all at once, while honest agents attest; says what memory it took and how the honest fared.</summary>
internal static class HostileCommand
{
    private const int Strangers = 100;

    public static async Task<bool> RunAsync(LoadOptions options)
    {
        using MachineMaker maker = new();
        await using Bench bench = await Bench.StartAsync(options.Store, maker, options.Servers, setup => setup with
        {
            IsUnlimited = false,
            Environment = options.HeapLimit == 0 ? setup.Environment : new Dictionary<string, string>
            {
                ["DOTNET_GCHeapHardLimit"] = (options.HeapLimit * 1_000_000L).ToString("X", CultureInfo.InvariantCulture),
            },
        }).ConfigureAwait(false);
        FleetServerProcess server = bench.Servers[0];
        using HonestAgents honest = await HonestAgents.EnrollAsync(server.Address, maker, options.Honest).ConfigureAwait(false);
        Attacks attacks = new(server.Address, [.. honest.Machines.Select(machine => machine.NodeId)], maker.Make("stranger-", Strangers));

        Console.WriteLine($"{options.Honest} honest agents, each once a second; {options.Seconds} s each.");
        Console.WriteLine("| attack | what became of it | honest attestations | of them verified | p50 ms | p99 ms | server's memory before, MB | at most meanwhile, MB |");
        Console.WriteLine("|---|---|---|---|---|---|---|---|");
        TimeSpan duration = TimeSpan.FromSeconds(options.Seconds);
        bool allVerified = await TryAsync("none", [], honest, server, duration).ConfigureAwait(false);
        foreach ((string name, Func<CancellationToken, Task<Tally>> attack) in attacks.All)
        {
            allVerified &= await TryAsync(name, [attack], honest, server, duration).ConfigureAwait(false);
        }

        allVerified &= await TryAsync("all at once", [.. attacks.All.Values], honest, server, duration).ConfigureAwait(false);
        allVerified &= await TryAsync("none, after all", [], honest, server, duration).ConfigureAwait(false);
        return allVerified;
    }

    private static async Task<bool> TryAsync(
        string name, IReadOnlyList<Func<CancellationToken, Task<Tally>>> attacks, HonestAgents honest, FleetServerProcess server, TimeSpan duration)
    {
        long before = ProcessUse.Of(server.ProcessId).Resident;
        using CancellationTokenSource end = new(duration);
        Task<Tally>[] running = [.. attacks.Select(attack => attack(end.Token))];
        Task<long> watching = WatchAsync(server.ProcessId, end.Token);
        (Tally tally, LatencySummary latencies) = await honest.WorkAsync(end.Token).ConfigureAwait(false);
        Tally[] hostile = await Task.WhenAll(running).ConfigureAwait(false);
        string outcome = string.Join("; ", hostile.Select(attack => attack.ToString()));
        long highest = await watching.ConfigureAwait(false);
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"| {name} | {outcome} | {tally.Total} | {tally["200"]} | {latencies.P50.TotalMilliseconds:F1} | {latencies.P99.TotalMilliseconds:F0} | {before / 1e6:F0} | {highest / 1e6:F0} |"));
        if (!tally.OnlyOk)
        {
            Console.WriteLine($"The honest were answered: {tally}");
        }

        return tally.OnlyOk;
    }

    private static async Task<long> WatchAsync(int processId, CancellationToken end)
    {
        long highest = 0;
        while (!end.IsCancellationRequested)
        {
            highest = Math.Max(highest, ProcessUse.Of(processId).Resident);
            await Task.Delay(TimeSpan.FromMilliseconds(100), CancellationToken.None).ConfigureAwait(false);
        }

        return highest;
    }
}
