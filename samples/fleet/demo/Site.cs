using HardwareAttestation.Emulation;

namespace Fleet.Demo;

/// <summary>What the story plays with: the servers, their database, and five machines.</summary>
internal sealed class Site : IAsyncDisposable
{
    private const int Machines = 5;
    private const int InstancesOnPostgreSql = 2;

    // The last to be made is the first to go.
    private readonly Stack<IAsyncDisposable> _parts = [];
    private readonly List<FleetServerProcess> _servers = [];
    private readonly List<Node> _nodes = [];

    private Site()
    {
    }

    /// <summary>How often the agents of the demonstration attest.</summary>
    public static TimeSpan Period { get; } = TimeSpan.FromSeconds(20);

    public IReadOnlyList<FleetServerProcess> Servers => _servers;

    public IReadOnlyList<Node> Nodes => _nodes;

    public required TpmManufacturer Manufacturer { get; init; }

    public required ServerSettings Settings { get; init; }

    public static async Task<Site> OpenAsync(bool withPostgreSql, Narrator narrator, CancellationToken cancellationToken)
    {
        narrator.Chapter(withPostgreSql ? "A PostgreSQL cluster of its own, two servers, and five machines" : "A server, and five machines");
        TpmManufacturer manufacturer = await TpmManufacturer.CreateAsync(cancellationToken);
        Site site = new()
        {
            Manufacturer = manufacturer,
            Settings = new ServerSettings(ProcessFolder.CreateFolder("data"), manufacturer, Period, PostgreSql: null),
        };
        site._parts.Push(manufacturer);
        try
        {
            await site.BuildAsync(withPostgreSql ? InstancesOnPostgreSql : 1, cancellationToken);
            return site;
        }
        catch
        {
            await site.DisposeAsync();
            throw;
        }
    }

    /// <summary>Makes a machine that is thrown away with the others.</summary>
    public async Task<EmulatedMachine> ManufactureAsync(string name, CancellationToken cancellationToken)
    {
        EmulatedMachine machine = await Manufacturer.ManufactureAsync(name, cancellationToken);
        _parts.Push(machine);
        return machine;
    }

    public async ValueTask DisposeAsync()
    {
        while (_parts.TryPop(out IAsyncDisposable? part))
        {
            await part.DisposeAsync();
        }
    }

    private async Task BuildAsync(int instances, CancellationToken cancellationToken)
    {
        for (int instance = 0; instance < instances; instance++)
        {
            FleetServerProcess server = await Settings.StartAsync(cancellationToken);
            _parts.Push(server);
            _servers.Add(server);
        }

        for (int number = 1; number <= Machines; number++)
        {
            string name = $"rack1-node{number}";
            Node node = new(name, await Manufacturer.ManufactureAsync(name, cancellationToken), _servers[number % instances].Address, Period);
            _parts.Push(node);
            _nodes.Add(node);
        }
    }
}
