namespace HardwareAttestation.FleetLoad.Stores;

/// <summary>The databases that the server knows.</summary>
internal enum StoreKind
{
    Sqlite,
    Postgres,
}
