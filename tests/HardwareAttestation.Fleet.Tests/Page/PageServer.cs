using Fleet.Server.Storage;
using Fleet.Server.Storage.Sqlite;
using HardwareAttestation.Fleet.Tests.Server;

namespace HardwareAttestation.Fleet.Tests.Page;

/// <summary>A server in a process of its own on SQLite, and a way past it to what it remembers.</summary>
internal sealed class PageServer : IAsyncDisposable
{
    private readonly string _folder;
    private readonly SqliteStorage _storage;
    private readonly TestServer _server;

    private PageServer(string folder, SqliteStorage storage, TestServer server)
    {
        _folder = folder;
        _storage = storage;
        _server = server;
    }

    public Uri Address => _server.Process.Address;

    public string Token => _server.Process.OperatorToken;

    /// <summary>The server, as agents reach it.</summary>
    public HttpClient Agents => _server.Anybody;

    /// <summary>Puts more into the storage, as of now.</summary>
    public FleetSeed Seed => new(_storage, DateTimeOffset.UtcNow);

    /// <summary>Starts a server with what is put into its storage first.</summary>
    public static async Task<PageServer> StartAsync(Func<FleetSeed, Task>? seed = null)
    {
        string folder = Directory.CreateTempSubdirectory("fleet-page-").FullName;
        SqliteStorage storage = new(folder, new StorageOptions(), TimeProvider.System);
        try
        {
            await storage.MigrateAsync();
            if (seed is not null)
            {
                await seed(new FleetSeed(storage, DateTimeOffset.UtcNow));
            }

            return new PageServer(folder, storage, await TestServer.StartAsync(folder, environment: null));
        }
        catch
        {
            await DeleteAsync(storage, folder);
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        await DeleteAsync(_storage, _folder);
    }

    private static async Task DeleteAsync(SqliteStorage storage, string folder)
    {
        await storage.DisposeAsync();
        Directory.Delete(folder, recursive: true);
    }
}
