using HardwareAttestation.Emulation;
using HardwareAttestation.FleetLoad.Growth;
using HardwareAttestation.FleetLoad.Processes;
using Npgsql;

namespace HardwareAttestation.FleetLoad.Stores;

/// <summary>PostgreSQL in a cluster of its own, as initdb sets it up: commits wait for the disk.</summary>
internal sealed class PostgreSqlStore : IStoppableStore
{
    private readonly PostgreSqlServer _server;
    private readonly string _connectionString;

    private PostgreSqlStore(PostgreSqlServer server, string connectionString)
    {
        _server = server;
        _connectionString = connectionString;
    }

    public TimeSpan Cpu => ProcessUse.CpuOfTree(_server.ProcessId);

    public long SizeOnDisk
    {
        get
        {
            using NpgsqlConnection connection = new(_connectionString);
            connection.Open();
            using NpgsqlCommand command = new("SELECT pg_database_size(current_database())", connection);
            return (long)command.ExecuteScalar()!;
        }
    }

    public static async Task<PostgreSqlStore> StartAsync()
    {
        PostgreSqlServer server = await PostgreSqlServer.StartNewAsync(isDurable: true).ConfigureAwait(false);
        return new PostgreSqlStore(server, await server.CreateDatabaseAsync().ConfigureAwait(false));
    }

    public ServerSetup Configure(ServerSetup setup) => setup with { PostgreSql = _connectionString };

    public async Task FillAsync(Func<TableFiller, Task> fill)
    {
        NpgsqlConnection connection = new(_connectionString);
        await using (connection.ConfigureAwait(false))
        {
            await connection.OpenAsync().ConfigureAwait(false);
            TableFiller filler = new(
                connection, "SELECT number FROM generate_series({0}, {1}) AS number", "(md5(random()::text) || md5(random()::text))");
            await fill(filler).ConfigureAwait(false);
            await filler.RunAsync("VACUUM ANALYZE").ConfigureAwait(false);
            await filler.RunAsync("CHECKPOINT").ConfigureAwait(false);
        }
    }

    public async Task<IReadOnlyDictionary<string, long>> MeasureTablesAsync()
    {
        NpgsqlConnection connection = new(_connectionString);
        await using (connection.ConfigureAwait(false))
        {
            await connection.OpenAsync().ConfigureAwait(false);
            NpgsqlCommand command = new(
                """
                SELECT relname || part.name, part.size FROM pg_class,
                    LATERAL (VALUES (' rows', pg_relation_size(oid)), (' values out of line', pg_table_size(oid) - pg_relation_size(oid)), (' indices', pg_indexes_size(oid))) AS part (name, size)
                WHERE relname IN ('devices', 'device_keys', 'boots') AND relkind = 'r' ORDER BY 1
                """,
                connection);
            await using (command.ConfigureAwait(false))
            {
                Dictionary<string, long> sizes = [];
                NpgsqlDataReader reader = await command.ExecuteReaderAsync().ConfigureAwait(false);
                await using (reader.ConfigureAwait(false))
                {
                    while (await reader.ReadAsync().ConfigureAwait(false))
                    {
                        sizes.Add(reader.GetString(0), reader.GetInt64(1));
                    }
                }

                return sizes;
            }
        }
    }

    public Task StopAsync() => _server.StopAsync();

    public Task StartAgainAsync() => _server.StartAsync();

    public ValueTask DisposeAsync() => _server.DisposeAsync();
}
