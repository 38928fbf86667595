using System.Diagnostics;
using System.Globalization;
using HardwareAttestation.FleetLoad.Http;
using HardwareAttestation.FleetLoad.Machines;

namespace HardwareAttestation.FleetLoad.Growth;

/// <summary>Measures boots and operators' queries with more and more devices in the table.</summary>
internal static class GrowthCommand
{
    private const string Template = "template";
    private const int MachinesThatBoot = 2000;
    private const int Queries = 20;

    public static async Task<bool> RunAsync(LoadOptions options)
    {
        using MachineMaker maker = new();
        await using Bench bench = await Bench.StartAsync(options.Store, maker, options.Servers).ConfigureAwait(false);
        Tally tally = new();
        SoftwareMachine template = maker.Make(Template);
        await LoadCommand.EnrollAsync(bench, [template], 1, tally, new Latencies()).ConfigureAwait(false);
        await LoadCommand.BootAsync(bench, [template], 1, 1, tally, new Latencies()).ConfigureAwait(false);

        long filled = 0;
        foreach (long devices in options.Devices.Split(',').Select(text => long.Parse(text, CultureInfo.InvariantCulture)))
        {
            long start = Stopwatch.GetTimestamp();
            SoftwareMachine[] machines = maker.Make("unused-", (int)Math.Min(MachinesThatBoot, devices));
            SoftwareMachine[] placed = [.. machines.Select((machine, i) => new SoftwareMachine(TableFiller.NodeOf(i * devices / machines.Length), machine.Tpm))];
            await bench.Store.FillAsync(async filler =>
            {
                await filler.FillAsync(Template, filled, devices).ConfigureAwait(false);
                foreach (SoftwareMachine machine in placed)
                {
                    await filler.GiveKeysAsync(machine.NodeId, machine.Tpm.AttestationKey.Public.Encoded, machine.Tpm.EndorsementKey.Public.Encoded).ConfigureAwait(false);
                }
            }).ConfigureAwait(false);
            filled = devices;
            Console.WriteLine();
            Console.WriteLine($"## {devices} devices, filled in {Stopwatch.GetElapsedTime(start).TotalSeconds:F0} s; bytes on disk each: {await DescribeSizesAsync(bench, devices).ConfigureAwait(false)}");

            await LoadCommand.BootAsync(bench, placed, placed.Length, options.Workers, tally, new Latencies()).ConfigureAwait(false);
            await bench.MeasureAsync(
                $"Boots with {devices} devices", options.Boots, latencies => LoadCommand.BootAsync(bench, placed, options.Boots, options.Workers, tally, latencies)).ConfigureAwait(false);
            await bench.MeasureAsync($"Operators' queries with {devices} devices", Queries, latencies => QueryAsync(bench, devices, latencies)).ConfigureAwait(false);
            Array.ForEach(machines, machine => machine.Dispose());
        }

        Console.WriteLine(tally);
        return tally.OnlyOk;
    }

    private static async Task<string> DescribeSizesAsync(Bench bench, long devices) =>
        string.Join(", ", (await bench.Store.MeasureTablesAsync().ConfigureAwait(false)).Select(table => $"{table.Key} {(double)table.Value / devices:F0}"));

    private static async Task QueryAsync(Bench bench, long devices, Latencies latencies)
    {
        using HttpClient client = HttpClients.Create(bench.Servers[0].Address, operatorToken: bench.Servers[0].OperatorToken);
        OperatorApi api = new(client);
        string middle = TableFiller.NodeOf(devices / 2);
        string[] paths =
        [
            "/v1/fleet", "/v1/devices?limit=100", $"/v1/devices?limit=100&after={middle}", $"/v1/devices?limit=100&prefix={middle[..^2]}", "/v1/devices?limit=100&state=overdue",
            "/v1/devices?limit=100&state=refused", $"/v1/devices/{middle}", $"/v1/devices/{middle}/boots?limit=100", "/v1/refusals?limit=100",
        ];
        for (int i = 0; i < Queries; i++)
        {
            foreach (string path in paths)
            {
                long start = Stopwatch.GetTimestamp();
                using (await api.GetAsync(path).ConfigureAwait(false))
                {
                    latencies.Add("GET " + path, Stopwatch.GetElapsedTime(start));
                }
            }
        }
    }
}
