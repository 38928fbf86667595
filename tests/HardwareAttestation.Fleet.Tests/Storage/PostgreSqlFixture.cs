using HardwareAttestation.Emulation;

namespace HardwareAttestation.Fleet.Tests.Storage;

/// <summary>The PostgreSQL server of these tests: started when the first test wants it, and shared by all, with a database for each.</summary>
public sealed class PostgreSqlFixture : IAsyncLifetime
{
    public const string Collection = "PostgreSQL";

    private PostgreSqlServer? _server;

    public PostgreSqlServer Server => _server!;

    public async Task InitializeAsync() => _server = await PostgreSqlServer.StartNewAsync();

    public async Task DisposeAsync() => await Server.DisposeAsync();
}

[CollectionDefinition(PostgreSqlFixture.Collection)]
public sealed class PostgreSqlCollection : ICollectionFixture<PostgreSqlFixture>;
