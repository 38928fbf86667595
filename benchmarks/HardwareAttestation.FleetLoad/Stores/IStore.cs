using HardwareAttestation.FleetLoad.Growth;
using HardwareAttestation.FleetLoad.Processes;

namespace HardwareAttestation.FleetLoad.Stores;

/// <summary>A database for servers to be tried with.</summary>
internal interface IStore : IAsyncDisposable
{
    /// <summary>Processor time of the database's own processes so far; none where it lives in the server.</summary>
    TimeSpan Cpu { get; }

    /// <summary>Bytes of its files.</summary>
    long SizeOnDisk { get; }

    /// <summary>Has a server use this database.</summary>
    ServerSetup Configure(ServerSetup setup);

    /// <summary>Writes rows past the server, and has the database settle as it would in time.</summary>
    Task FillAsync(Func<TableFiller, Task> fill);

    /// <summary>Bytes of each table with all its indices, or of each file.</summary>
    Task<IReadOnlyDictionary<string, long>> MeasureTablesAsync();
}

/// <summary>A database that can be taken away from its servers for a while.</summary>
internal interface IStoppableStore : IStore
{
    /// <summary>Stops it at once, in the midst of whatever it does.</summary>
    Task StopAsync();

    /// <summary>Starts it again, as it was left.</summary>
    Task StartAgainAsync();
}
