using Fleet.Server.Storage;
using Fleet.Server.Storage.PostgreSql;
using Fleet.Server.Storage.Sqlite;

namespace Fleet.Server;

/// <summary>Chooses the database.</summary>
internal static class FleetStorage
{
    /// <exception cref="StorageException">It cannot be opened.</exception>
    public static Task<IFleetStorage> OpenAsync(FleetOptions options, TimeProvider timeProvider)
    {
        Directory.CreateDirectory(options.DataFolder);
        StorageOptions storage = new()
        {
            HistoryAge = TimeSpan.FromDays(options.HistoryDays),
            Challenges = options.Challenges,
            ChallengesPerSource = options.ChallengesPerSource,
        };
        return Task.FromResult<IFleetStorage>(options.PostgreSql is { } connectionString
            ? new PostgreSqlStorage(connectionString, storage, timeProvider)
            : new SqliteStorage(options.DataFolder, storage, timeProvider));
    }
}
