using System.Diagnostics;
using HardwareAttestation.FleetLoad.Http;
using HardwareAttestation.FleetLoad.Machines;
using HardwareAttestation.FleetLoad.Processes;

namespace HardwareAttestation.FleetLoad;

/// <summary>Enrols machines, then lets them boot, as fast as a number of them at a time can.</summary>
internal static class LoadCommand
{
    private const int WarmUpMachines = 200;

    public static async Task<bool> RunAsync(LoadOptions options)
    {
        using MachineMaker maker = new();
        long start = Stopwatch.GetTimestamp();
        SoftwareMachine[] machines = maker.Make("node-", options.Enrollments, options.RsaEvery);
        Console.WriteLine($"{machines.Length} TPMs made in {Stopwatch.GetElapsedTime(start).TotalSeconds:F0} s: "
            + $"{machines.Count(machine => machine.Tpm.EndorsementKey.IsRsa)} endorsement keys RSA 2048, all others and all attestation keys P-256.");

        await using Bench bench = await Bench.StartAsync(options.Store, maker, options.Servers).ConfigureAwait(false);
        SoftwareMachine[] first = maker.Make("warm-up-", WarmUpMachines);
        await EnrollAsync(bench, first, options.Workers, new Tally(), new Latencies()).ConfigureAwait(false);
        await BootAsync(bench, first, WarmUpMachines * 5, options.Workers, new Tally(), new Latencies()).ConfigureAwait(false);

        Tally tally = new();
        await bench.MeasureAsync(
            "Enrolments", machines.Length, latencies => EnrollAsync(bench, machines, options.Workers, tally, latencies)).ConfigureAwait(false);
        await bench.MeasureAsync(
            "Boots", options.Boots, latencies => BootAsync(bench, machines, options.Boots, options.Workers, tally, latencies)).ConfigureAwait(false);
        Console.WriteLine(tally);
        Console.WriteLine($"Database: {bench.Store.SizeOnDisk / 1e6:F1} MB. Server: {ProcessUse.Of(bench.Servers[0].ProcessId).HighestResident / 1e6:F0} MB in memory at most.");
        return tally.OnlyOk;
    }

    public static Task EnrollAsync(Bench bench, IEnumerable<SoftwareMachine> machines, int workers, Tally tally, Latencies latencies)
    {
        AgentApi[] apis = bench.ConnectAgents(latencies);
        return Parallel.ForEachAsync(
            machines.Index(),
            new ParallelOptions { MaxDegreeOfParallelism = workers },
            async (machine, cancellationToken) =>
                tally.Add(await machine.Item.EnrollAsync(apis[machine.Index % apis.Length], cancellationToken).ConfigureAwait(false)));
    }

    /// <summary>Each boot of a machine is another one by its counters, and each worker has machines of its own, whose turn it is one after the other.</summary>
    public static Task BootAsync(Bench bench, SoftwareMachine[] machines, int boots, int workers, Tally tally, Latencies latencies)
    {
        AgentApi[] apis = bench.ConnectAgents(latencies);
        return Task.WhenAll(Enumerable.Range(0, workers).Select(worker => Task.Run(async () =>
        {
            SoftwareMachine[] own = [.. machines.Where((_, i) => i % workers == worker)];
            for (int boot = worker, turn = 0; boot < boots; boot += workers, turn++)
            {
                SoftwareMachine machine = own[turn % own.Length];
                machine.Restart();
                tally.Add(await machine.AttestAsync(apis[turn % apis.Length]).ConfigureAwait(false));
            }
        })));
    }
}
