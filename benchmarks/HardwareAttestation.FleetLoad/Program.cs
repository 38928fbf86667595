// Load, growth, faults and hostile clients for the server of samples/fleet, all on this machine; README.md has the commands.
using HardwareAttestation.FleetLoad;
using HardwareAttestation.FleetLoad.Faults;
using HardwareAttestation.FleetLoad.Growth;
using HardwareAttestation.FleetLoad.Hostile;
using Microsoft.Extensions.Configuration;

Dictionary<string, Func<LoadOptions, Task<bool>>> commands = new(StringComparer.Ordinal)
{
    ["load"] = LoadCommand.RunAsync,
    ["growth"] = GrowthCommand.RunAsync,
    ["faults"] = FaultsCommand.RunAsync,
    ["hostile"] = HostileCommand.RunAsync,
};

if (args.Length == 0 || !commands.TryGetValue(args[0], out Func<LoadOptions, Task<bool>>? command))
{
    Console.Error.WriteLine($"Usage: dotnet run -c Release --project benchmarks/HardwareAttestation.FleetLoad -- {string.Join('|', commands.Keys)} [--store sqlite|postgres] …");
    return 2;
}

LoadOptions options;
try
{
    options = new ConfigurationBuilder().AddCommandLine(args[1..]).Build()
        .Get<LoadOptions>(binder => binder.ErrorOnUnknownConfiguration = true) ?? new LoadOptions();
}
catch (InvalidOperationException exception)
{
    Console.Error.WriteLine(exception.Message);
    return 2;
}

return await command(options).ConfigureAwait(false) ? 0 : 1;
