namespace HardwareAttestation.FleetLoad.Stores;

/// <summary>Starts databases.</summary>
internal static class StoreFactory
{
    /// <param name="kind">Which.</param>
    /// <param name="dataFolder">The server's data folder.</param>
    public static async Task<IStore> StartAsync(StoreKind kind, string dataFolder) => kind switch
    {
        StoreKind.Postgres => await PostgreSqlStore.StartAsync().ConfigureAwait(false),
        _ => new SqliteStore(dataFolder),
    };
}
