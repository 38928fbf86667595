using System.Diagnostics;
using HardwareAttestation.Emulation;
using HardwareAttestation.FleetLoad.Http;
using HardwareAttestation.FleetLoad.Machines;
using HardwareAttestation.FleetLoad.Processes;
using HardwareAttestation.FleetLoad.Stores;

namespace HardwareAttestation.FleetLoad;

/// <summary>Servers over one store, and what they and the store need of the processors.</summary>
internal sealed class Bench : IAsyncDisposable
{
    private readonly string _folder;
    private readonly List<HttpClient> _clients = [];

    private Bench(string folder, IStore store, FleetServerProcess[] servers)
    {
        _folder = folder;
        Store = store;
        Servers = servers;
    }

    public IStore Store { get; }

    public IReadOnlyList<FleetServerProcess> Servers { get; }

    public static async Task<Bench> StartAsync(StoreKind kind, MachineMaker maker, int servers = 1, Func<ServerSetup, ServerSetup>? configure = null)
    {
        string folder = Directory.CreateTempSubdirectory("fleet-load-").FullName;
        string dataFolder = Path.Combine(folder, "data");
        IStore store = await StoreFactory.StartAsync(kind, dataFolder).ConfigureAwait(false);
        ServerSetup setup = store.Configure(new ServerSetup { DataFolder = dataFolder, TrustPath = maker.WriteRoot(folder) });
        setup = configure?.Invoke(setup) ?? setup;
        List<FleetServerProcess> started = [];
        for (int i = 0; i < servers; i++)
        {
            started.Add(await setup.StartAsync().ConfigureAwait(false));
        }

        return new Bench(folder, store, [.. started]);
    }

    /// <summary>Calls to each server, in agents' words.</summary>
    public AgentApi[] ConnectAgents(Latencies latencies) => [.. Servers.Select(server =>
    {
        HttpClient client = HttpClients.Create(server.Address);
        _clients.Add(client);
        return new AgentApi(client, latencies);
    })];

    /// <summary>Does something, and says how fast it was and what it took.</summary>
    /// <param name="title">What it is called.</param>
    /// <param name="count">How many of it there are.</param>
    /// <param name="work">What to do.</param>
    public async Task MeasureAsync(string title, int count, Func<Latencies, Task> work)
    {
        Latencies latencies = new();
        (TimeSpan Servers, TimeSpan Store, TimeSpan Own) before = ReadCpu();
        long start = Stopwatch.GetTimestamp();
        await work(latencies).ConfigureAwait(false);
        TimeSpan elapsed = Stopwatch.GetElapsedTime(start);
        (TimeSpan Servers, TimeSpan Store, TimeSpan Own) after = ReadCpu();

        Console.WriteLine();
        Console.WriteLine($"{title}: {count} in {elapsed.TotalSeconds:F1} s, {count / elapsed.TotalSeconds:F0} a second. Processor time each: "
            + $"server {Each(after.Servers - before.Servers):F2} ms, database's own processes {Each(after.Store - before.Store):F2} ms, generator {Each(after.Own - before.Own):F2} ms.");
        Console.WriteLine("| endpoint | calls | a second | p50 ms | p95 ms | p99 ms | highest ms |");
        Console.WriteLine("|---|---|---|---|---|---|---|");
        foreach ((string endpoint, LatencySummary summary) in latencies.Summarize())
        {
            Console.WriteLine($"| {endpoint} | {summary.Count} | {summary.Count / elapsed.TotalSeconds:F0} | {summary.P50.TotalMilliseconds:F1} "
                + $"| {summary.P95.TotalMilliseconds:F1} | {summary.P99.TotalMilliseconds:F1} | {summary.Highest.TotalMilliseconds:F0} |");
        }

        double Each(TimeSpan time) => time.TotalMilliseconds / count;
    }

    public async ValueTask DisposeAsync()
    {
        _clients.ForEach(client => client.Dispose());
        foreach (FleetServerProcess server in Servers)
        {
            await server.DisposeAsync().ConfigureAwait(false);
        }

        await Store.DisposeAsync().ConfigureAwait(false);
        Directory.Delete(_folder, recursive: true);
    }

    private (TimeSpan Servers, TimeSpan Store, TimeSpan Own) ReadCpu() => (
        Servers.Aggregate(TimeSpan.Zero, (sum, server) => sum + ProcessUse.Of(server.ProcessId).Cpu),
        Store.Cpu,
        ProcessUse.Of(Environment.ProcessId).Cpu);
}
