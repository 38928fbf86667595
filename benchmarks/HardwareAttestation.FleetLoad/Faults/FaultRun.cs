using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using HardwareAttestation.FleetLoad.Http;
using HardwareAttestation.FleetLoad.Machines;
using HardwareAttestation.FleetLoad.Processes;
using HardwareAttestation.FleetLoad.Stores;

namespace HardwareAttestation.FleetLoad.Faults;

/// <summary>Agents work while servers and database fail; then everything is mended, and what the servers know is compared with what the agents were told.</summary>
internal sealed class FaultRun(FaultPlan plan, MachineMaker maker)
{
    private const int BootsOfMachine = 5;
    private static readonly TimeSpan Recovery = TimeSpan.FromMinutes(2);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan PatienceForFaults = TimeSpan.FromMinutes(3);

    private readonly Journal _journal = new();
    private readonly ConcurrentQueue<TroubledAgent> _agents = [];
    private int _kills;
    private int _stops;
    private int _fills;
    private int _moves;

    public async Task<FaultReport> RunAsync()
    {
        string folder = Directory.CreateTempSubdirectory("fleet-faults-").FullName;
        string dataFolder = Path.Combine(folder, "data");
        try
        {
            await using IStore store = await StoreFactory.StartAsync(plan.Store, dataFolder).ConfigureAwait(false);
            ServerSetup setup = store.Configure(new ServerSetup { DataFolder = dataFolder, TrustPath = maker.WriteRoot(folder) });
            SmallDisk disk = new(dataFolder);
            if (plan.FillDisk)
            {
                setup = setup with { Wrapper = disk.Wrapper };
            }

            MovingClock clock = new(Path.Combine(folder, "clock"));
            if (plan.MoveClock)
            {
                setup = setup with { Environment = clock.Environment };
            }

            List<ServerSlot> slots = [];
            try
            {
                for (int i = 0; i < plan.Servers; i++)
                {
                    slots.Add(await ServerSlot.StartAsync(setup).ConfigureAwait(false));
                }

                return await RunAsync(store, slots, disk, clock).ConfigureAwait(false);
            }
            finally
            {
                foreach (ServerSlot slot in slots)
                {
                    await slot.DisposeAsync().ConfigureAwait(false);
                }
            }
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private async Task<FaultReport> RunAsync(IStore store, IReadOnlyList<ServerSlot> slots, SmallDisk disk, MovingClock clock)
    {
        HttpClient[] clients = [.. slots.Select(slot => HttpClients.Create(slot.Address, patience: Patience))];
        AgentApi[] servers = [.. clients.Select(client => new AgentApi(client, new Latencies()))];
        try
        {
            using CancellationTokenSource end = new();
            Task[] faults =
            [
                .. plan.KillServers ? slots.Select((slot, i) => KillAsync(slot, new Random(plan.Seed + i), end.Token)) : [],
                .. plan.StopDatabase ? [StopAsync((IStoppableStore)store, new Random(plan.Seed + slots.Count), end.Token)] : Array.Empty<Task>(),
                .. plan.FillDisk ? [FillAsync(disk, slots[0], new Random(plan.Seed), end.Token)] : Array.Empty<Task>(),
                .. plan.MoveClock ? [MoveAsync(clock, new Random(plan.Seed), end.Token)] : Array.Empty<Task>(),
            ];
            Task[] agents = [.. Enumerable.Range(0, plan.Agents).Select(i => Task.Run(() => WorkAsync(i, servers, end.Token)))];
            await WaitForFaultsAsync([.. faults, .. agents]).ConfigureAwait(false);
            await end.CancelAsync().ConfigureAwait(false);
            await Task.WhenAll([.. faults, .. agents]).ConfigureAwait(false);
            return await JudgeAsync(slots[0]).ConfigureAwait(false);
        }
        finally
        {
            Array.ForEach(clients, client => client.Dispose());
            foreach (TroubledAgent agent in _agents)
            {
                agent.Machine.Dispose();
            }
        }
    }

    /// <summary>Waits for as long as is planned, and on a slow machine until everything has happened that is planned.</summary>
    private async Task WaitForFaultsAsync(Task[] work)
    {
        // Ends before only by an exception.
        Task broken = Task.WhenAny(work);
        long begin = Stopwatch.GetTimestamp();
        TimeSpan passed = TimeSpan.Zero;
        while (!broken.IsCompleted && (passed < plan.Duration || (!HasHappened() && passed < plan.Duration + PatienceForFaults)))
        {
            await Task.WhenAny(broken, Task.Delay(TimeSpan.FromMilliseconds(20))).ConfigureAwait(false);
            passed = Stopwatch.GetElapsedTime(begin);
        }
    }

    private bool HasHappened() =>
        (!plan.KillServers || Volatile.Read(ref _kills) > 0)
        && (!plan.StopDatabase || Volatile.Read(ref _stops) > 0)
        && (!plan.FillDisk || _journal.Others.Has("evidence 503"))
        && (!plan.MoveClock || Volatile.Read(ref _moves) > 0)
        && _journal is { Verified: > 0, Pairs: > 0 };

    private async Task KillAsync(ServerSlot slot, Random random, CancellationToken end)
    {
        while (await PassAsync(random.Next(200, 4000), end).ConfigureAwait(false))
        {
            await slot.KillAndStartAsync().ConfigureAwait(false);
            Interlocked.Increment(ref _kills);
        }
    }

    private async Task StopAsync(IStoppableStore store, Random random, CancellationToken end)
    {
        while (await PassAsync(random.Next(500, 4000), end).ConfigureAwait(false))
        {
            await store.StopAsync().ConfigureAwait(false);
            _stops++;
            await PassAsync(random.Next(0, 1000), end).ConfigureAwait(false);
            await store.StartAgainAsync().ConfigureAwait(false);
        }
    }

    private async Task FillAsync(SmallDisk disk, ServerSlot slot, Random random, CancellationToken end)
    {
        while (await PassAsync(random.Next(500, 2000), end).ConfigureAwait(false))
        {
            disk.Fill(slot.Server.ProcessId);
            _fills++;
            await PassAsync(random.Next(500, 2000), end).ConfigureAwait(false);
            disk.Clear(slot.Server.ProcessId);
        }
    }

    private async Task MoveAsync(MovingClock clock, Random random, CancellationToken end)
    {
        while (await PassAsync(random.Next(50, 500), end).ConfigureAwait(false))
        {
            clock.Move(random);
            _moves++;
        }
    }

    private async Task WorkAsync(int worker, IReadOnlyList<AgentApi> servers, CancellationToken end)
    {
        Random random = new(plan.Seed * 1000 + worker);
        for (int i = 0; !end.IsCancellationRequested; i++)
        {
            TroubledAgent agent = new(maker.Make(string.Create(CultureInfo.InvariantCulture, $"rack{worker}-node{i:D5}")), servers, _journal, random);
            _agents.Enqueue(agent);
            await agent.WorkAsync(BootsOfMachine, end).ConfigureAwait(false);
        }
    }

    private async Task<FaultReport> JudgeAsync(ServerSlot server)
    {
        ConcurrentBag<string> notRecovered = [];
        await Parallel.ForEachAsync(_agents, async (agent, _) =>
        {
            using CancellationTokenSource end = new(Recovery);
            if (!await agent.WorkAsync(1, end.Token).ConfigureAwait(false))
            {
                notRecovered.Add(agent.Machine.NodeId);
            }
        }).ConfigureAwait(false);

        using HttpClient client = HttpClients.Create(server.Address, operatorToken: server.OperatorToken);
        FaultJudge judge = new(new OperatorApi(client), _journal);
        await judge.JudgeAsync().ConfigureAwait(false);
        return new FaultReport
        {
            ServersKilled = _kills,
            DatabaseStops = _stops,
            DiskFills = _fills,
            ClockMoves = _moves,
            Journal = _journal,
            Machines = _agents.Count,
            LostEnrollments = judge.LostEnrollments,
            LostAttestations = judge.LostAttestations,
            RedeemedTwice = judge.RedeemedTwice,
            NotRecovered = [.. notRecovered],
        };
    }

    private static async Task<bool> PassAsync(int milliseconds, CancellationToken end)
    {
        await Task.Delay(milliseconds, end).ContinueWith(_ => { }, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default)
            .ConfigureAwait(false);
        return !end.IsCancellationRequested;
    }
}
