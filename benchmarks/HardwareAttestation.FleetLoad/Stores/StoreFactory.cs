namespace HardwareAttestation.FleetLoad.Stores;

/// <summary>Starts databases.</summary>
internal static class StoreFactory
{
    /// <param name="kind">Which.</param>
    /// <param name="folder">For its files; the caller's to remove.</param>
    public static async Task<IStore> StartAsync(StoreKind kind, string folder) => kind == StoreKind.Postgres
        ? await PostgreSqlStore.StartAsync(folder).ConfigureAwait(false)
        : new SqliteStore(Path.Combine(folder, "data"));
}
