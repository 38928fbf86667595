using Fleet.Server.Storage;

namespace Fleet.Server;

/// <summary>Chooses the database.</summary>
internal static class FleetStorage
{
    /// <exception cref="StorageException">It cannot be opened.</exception>
    public static Task<IFleetStorage> OpenAsync(FleetOptions options, TimeProvider timeProvider)
    {
        Directory.CreateDirectory(options.DataFolder);
        return Task.FromResult<IFleetStorage>(new TemporaryStorage(timeProvider));
    }
}
