using HardwareAttestation.Emulation;
using Npgsql;

namespace HardwareAttestation.Fleet.Tests.Server;

/// <summary>A database on a PostgreSQL server that all tests share, or on one of its own if the test takes that away.</summary>
internal sealed class PostgreSqlTestDatabase : TestDatabase
{
    private static readonly Lazy<Task<PostgreSqlServer>> Shared = new(() => PostgreSqlServer.StartNewAsync());
    private readonly PostgreSqlServer _server;
    private readonly string _connectionString;
    private readonly bool _isOwn;

    private PostgreSqlTestDatabase(PostgreSqlServer server, string connectionString, bool isOwn)
    {
        _server = server;
        _connectionString = connectionString;
        _isOwn = isOwn;
    }

    public static async Task<TestDatabase> CreateAsync(bool isOwn)
    {
        PostgreSqlServer server = isOwn ? await PostgreSqlServer.StartNewAsync() : await Shared.Value;
        return new PostgreSqlTestDatabase(server, await server.CreateDatabaseAsync(), isOwn);
    }

    protected override IEnumerable<string> Arguments => [$"--Fleet:PostgreSql={_connectionString}"];

    public override Task BreakAsync() => _isOwn ? _server.StopAsync() : throw new InvalidOperationException("Other tests use the server, too.");

    public override async Task RunAsync(string statement)
    {
        await using NpgsqlDataSource source = NpgsqlDataSource.Create(_connectionString);
        await using NpgsqlCommand command = source.CreateCommand(statement);
        await command.ExecuteNonQueryAsync();
    }

    public override Task MendAsync() => _server.StartAsync();

    protected override async Task DeleteAsync()
    {
        if (_isOwn)
        {
            await _server.DisposeAsync();
        }
    }
}
