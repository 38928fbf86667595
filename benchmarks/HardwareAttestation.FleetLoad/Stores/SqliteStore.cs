using HardwareAttestation.FleetLoad.Processes;

namespace HardwareAttestation.FleetLoad.Stores;

/// <summary>SQLite in the server's data folder.</summary>
internal sealed class SqliteStore(string folder) : IStore
{
    public TimeSpan Cpu => TimeSpan.Zero;

    public long SizeOnDisk => new DirectoryInfo(folder).EnumerateFiles("*.db*").Sum(file => file.Length);

    public ServerSetup Configure(ServerSetup setup) => setup;

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
