using HardwareAttestation.Emulation;
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

    public Task StopAsync() => _server.StopAsync();

    public Task StartAgainAsync() => _server.StartAsync();

    public ValueTask DisposeAsync() => _server.DisposeAsync();
}
