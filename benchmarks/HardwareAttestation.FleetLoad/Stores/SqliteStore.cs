using HardwareAttestation.FleetLoad.Growth;
using HardwareAttestation.FleetLoad.Processes;
using Microsoft.Data.Sqlite;

namespace HardwareAttestation.FleetLoad.Stores;

/// <summary>SQLite in the server's data folder.</summary>
internal sealed class SqliteStore(string folder) : IStore
{
    public TimeSpan Cpu => TimeSpan.Zero;

    public long SizeOnDisk => new DirectoryInfo(folder).EnumerateFiles("*.db*").Sum(file => file.Length);

    public ServerSetup Configure(ServerSetup setup) => setup;

    public async Task FillAsync(Func<TableFiller, Task> fill)
    {
        SqliteConnection connection = new($"Data Source={Path.Combine(folder, "fleet.db")};Pooling=False;Default Timeout=60");
        await using (connection.ConfigureAwait(false))
        {
            await connection.OpenAsync().ConfigureAwait(false);
            TableFiller filler = new(
                connection,
                "WITH RECURSIVE series (number) AS (SELECT {0} UNION ALL SELECT number + 1 FROM series WHERE number < {1}) SELECT number FROM series",
                "lower(hex(randomblob(32)))");

            // What is filled in need not survive a loss of power, and is one transaction each time for speed.
            await filler.RunAsync("PRAGMA synchronous = OFF; BEGIN IMMEDIATE").ConfigureAwait(false);
            await fill(filler).ConfigureAwait(false);
            await filler.RunAsync("COMMIT; PRAGMA wal_checkpoint(TRUNCATE)").ConfigureAwait(false);
        }
    }

    public Task<IReadOnlyDictionary<string, long>> MeasureTablesAsync() =>
        Task.FromResult<IReadOnlyDictionary<string, long>>(new Dictionary<string, long> { ["fleet.db"] = new FileInfo(Path.Combine(folder, "fleet.db")).Length });

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
