using Fleet.Server.Storage;
using Fleet.Server.Storage.Sqlite;

namespace HardwareAttestation.Fleet.Tests.Storage;

public sealed class SqliteStorageTests : StorageContract
{
    private readonly string _folder = Path.Combine(Path.GetTempPath(), "fleet-" + Path.GetRandomFileName());

    public override Task InitializeAsync() => Task.CompletedTask;

    public override async Task DisposeAsync()
    {
        await base.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    private protected override IFleetStorage Create(StorageOptions options) => new SqliteStorage(_folder, options, Clock);
}
