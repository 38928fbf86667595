using Fleet.Server.Storage;
using Fleet.Server.Storage.PostgreSql;
using Fleet.Server.Storage.Sqlite;

namespace Fleet.Server;

/// <summary>Chooses the database: PostgreSQL where a connection string names one, or else SQLite in the data folder.</summary>
internal static class FleetStorage
{
    /// <exception cref="StorageException">It cannot be opened.</exception>
    public static IFleetStorage Open(FleetOptions options, TimeProvider timeProvider)
    {
        StorageOptions storage = new()
        {
            HistoryAge = TimeSpan.FromDays(options.HistoryDays),
            Challenges = options.Challenges,
            ChallengesPerSource = options.ChallengesPerSource,
        };
        return options.PostgreSql is { Length: > 0 } connectionString
            ? new PostgreSqlStorage(connectionString, storage, timeProvider)
            : new SqliteStorage(options.DataFolder, storage, timeProvider);
    }
}
