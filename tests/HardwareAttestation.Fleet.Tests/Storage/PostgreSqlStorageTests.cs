using Fleet.Server.Storage;
using Fleet.Server.Storage.PostgreSql;

namespace HardwareAttestation.Fleet.Tests.Storage;

[Collection(PostgreSqlFixture.Collection)]
public sealed class PostgreSqlStorageTests(PostgreSqlFixture fixture) : StorageContract
{
    private string _connectionString = "";

    public override async Task InitializeAsync() => _connectionString = await fixture.Server.CreateDatabaseAsync();

    private protected override IFleetStorage Create(StorageOptions options) => new PostgreSqlStorage(_connectionString, options, Clock);
}
