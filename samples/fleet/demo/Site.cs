using HardwareAttestation.Emulation;

namespace Fleet.Demo;

/// <summary>What the story plays with: the servers, their database, and five machines.</summary>
internal sealed class Site : IAsyncDisposable
{
    private const int Machines = 5;
    private const int InstancesOnPostgreSql = 2;

    // How often the agents of the demonstration attest.
    private static readonly TimeSpan Period = TimeSpan.FromSeconds(20);

    private readonly TpmManufacturer _manufacturer;

    // The last to be made is the first to go.
    private readonly Stack<IAsyncDisposable> _parts = [];
    private readonly List<FleetServerProcess> _servers = [];
    private readonly List<Node> _nodes = [];

    private Site(TpmManufacturer manufacturer)
    {
        _manufacturer = manufacturer;
        _parts.Push(manufacturer);
    }

    public IReadOnlyList<FleetServerProcess> Servers => _servers;

    public IReadOnlyList<Node> Nodes => _nodes;

    /// <summary>Builds it all. The machines are off at first.</summary>
    public static async Task<Site> OpenAsync(bool withPostgreSql, CancellationToken cancellationToken)
    {
        Site site = new(await TpmManufacturer.CreateAsync(cancellationToken));
        try
        {
            string? database = withPostgreSql ? await site.StartPostgreSqlAsync(cancellationToken) : null;
            await site.StartServersAsync(withPostgreSql ? InstancesOnPostgreSql : 1, database, cancellationToken);
            await site.ManufactureNodesAsync(cancellationToken);
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
        EmulatedMachine machine = await _manufacturer.ManufactureAsync(name, cancellationToken);
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

    /// <returns>The connection string of an empty database.</returns>
    private async Task<string> StartPostgreSqlAsync(CancellationToken cancellationToken)
    {
        PostgreSqlServer cluster = await PostgreSqlServer.StartNewAsync(cancellationToken: cancellationToken);
        _parts.Push(cluster);
        return await cluster.CreateDatabaseAsync(cancellationToken);
    }

    private async Task StartServersAsync(int instances, string? postgreSql, CancellationToken cancellationToken)
    {
        ServerSettings settings = new(ProcessFolder.CreateFolder("data"), _manufacturer, Period, postgreSql);
        for (int instance = 0; instance < instances; instance++)
        {
            FleetServerProcess server = await settings.StartAsync(cancellationToken);
            _parts.Push(server);
            _servers.Add(server);
        }
    }

    private async Task ManufactureNodesAsync(CancellationToken cancellationToken)
    {
        for (int number = 1; number <= Machines; number++)
        {
            string name = $"rack1-node{number}";
            EmulatedMachine machine = await _manufacturer.ManufactureAsync(name, cancellationToken);
            Node node = new(name, machine, _servers[number % _servers.Count].Address, Period);
            _parts.Push(node);
            _nodes.Add(node);
        }
    }
}
