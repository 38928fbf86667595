namespace HardwareAttestation.Fleet.Tests.Server;

/// <summary>An empty database for one test, and servers on it, of which there may be several at once.</summary>
internal abstract class TestDatabase : IAsyncDisposable
{
    public const string Sqlite = "SQLite";
    public const string PostgreSql = "PostgreSQL";

    private readonly List<TestServer> _servers = [];

    public static TheoryData<string> Kinds { get; } = [Sqlite, PostgreSql];

    /// <param name="kind">Which kind.</param>
    /// <param name="isBroken">Whether the test takes it away from its servers.</param>
    public static Task<TestDatabase> CreateAsync(string kind, bool isBroken = false) => kind switch
    {
        PostgreSql => PostgreSqlTestDatabase.CreateAsync(isBroken),
        Sqlite => Task.FromResult<TestDatabase>(new SqliteTestDatabase()),
        _ => throw new ArgumentException($"{kind} is no kind of database.", nameof(kind)),
    };

    public async Task<TestServer> StartServerAsync(params IEnumerable<string> arguments)
    {
        TestServer server = await TestServer.StartAsync(DataFolder, environment: null, [.. Arguments, .. arguments]);
        _servers.Add(server);
        return server;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (TestServer server in _servers)
        {
            await server.DisposeAsync();
        }

        await DeleteAsync();
    }

    /// <summary>Takes the database away from its servers.</summary>
    public abstract Task BreakAsync();

    /// <summary>Runs a statement on the devices' tables, past the servers.</summary>
    public abstract Task RunAsync(string statement);

    /// <summary>Gives it back.</summary>
    public abstract Task MendAsync();

    /// <summary>The servers' folder; null where each has its own.</summary>
    protected virtual string? DataFolder => null;

    protected virtual IEnumerable<string> Arguments => [];

    protected abstract Task DeleteAsync();
}
