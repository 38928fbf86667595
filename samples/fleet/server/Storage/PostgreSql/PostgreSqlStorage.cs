using Fleet.Server.Storage.Sql;
using HardwareAttestation.Verifier;

namespace Fleet.Server.Storage.PostgreSql;

/// <summary>Everything in one database on a PostgreSQL server. Any number of servers may share it.</summary>
internal sealed class PostgreSqlStorage : IFleetStorage
{
    private readonly PostgreSqlDatabase _database;
    private readonly PostgreSqlChallengeStore _challenges;
    private readonly PostgreSqlHistory _history;
    private readonly StorageOptions _options;

    /// <param name="connectionString">Which database, in Npgsql's form. The user must own it, or be allowed to make tables in it.</param>
    /// <param name="options">How much is kept.</param>
    /// <param name="timeProvider">The clock.</param>
    /// <exception cref="StorageException">The connection string cannot be read.</exception>
    public PostgreSqlStorage(string connectionString, StorageOptions options, TimeProvider timeProvider)
    {
        _options = options;
        _database = new PostgreSqlDatabase(connectionString);
        _challenges = new PostgreSqlChallengeStore(_database, options, timeProvider);
        Devices = new PostgreSqlDeviceStore(_database);
        _history = new PostgreSqlHistory(_database, options);
        Directory = new FleetDirectory(_database);
    }

    public string Description => $"PostgreSQL, {_database.Place}";

    public IDeviceStore Devices { get; }

    public IChallengeStore Challenges => _challenges;

    public IFleetHistory History => _history;

    public IFleetDirectory Directory { get; }

    public async Task<string?> FindEnrollingNodeAsync(string challengeId, CancellationToken cancellationToken = default) =>
        (await _database.QueryAsync(ChallengeSql.EnrollingNode(challengeId), row => row.GetString(0), cancellationToken).ConfigureAwait(false)).SingleOrDefault();

    public Task MigrateAsync(CancellationToken cancellationToken = default) => _database.MigrateAsync(PostgreSqlSchema.Versions, cancellationToken);

    public async Task ProbeAsync(CancellationToken cancellationToken = default)
    {
        // A statement that locks a row is refused by a database that can only be read, and writes next to nothing.
        await _database.QueryAsync(
            new SqlStatement("SELECT removals FROM removal_counters WHERE counter = 0 FOR KEY SHARE"), row => row.GetInt64(0), cancellationToken).ConfigureAwait(false);
    }

    public Task MarkOverdueAsync(DateTimeOffset overdueBefore, CancellationToken cancellationToken = default) =>
        RepeatAsync(DeviceSql.MarkOverdue(overdueBefore), DeviceSql.OverdueAtOnce, cancellationToken);

    public async Task<int> CleanUpAsync(DateTimeOffset now, CancellationToken cancellationToken = default)
    {
        DateTimeOffset before = now - _options.HistoryAge;
        return await RemoveAsync(CleanUpSql.ExpiredChallenges(now), cancellationToken).ConfigureAwait(false)
            + await RemoveAsync(CleanUpSql.OldBoots(before), cancellationToken).ConfigureAwait(false)
            + await RemoveAsync(CleanUpSql.OldRefusals(before), cancellationToken).ConfigureAwait(false)
            + await RemoveAsync(HistorySql.TrimRefusalsWithoutDevice(_options.RefusalsWithoutDevice), cancellationToken).ConfigureAwait(false);
    }

    public async ValueTask DisposeAsync()
    {
        _challenges.Dispose();
        _history.Dispose();
        await _database.DisposeAsync().ConfigureAwait(false);
    }

    private Task<int> RemoveAsync(SqlStatement statement, CancellationToken cancellationToken) => RepeatAsync(statement, CleanUpSql.Batch, cancellationToken);

    private async Task<int> RepeatAsync(SqlStatement statement, int batch, CancellationToken cancellationToken)
    {
        int all = 0;
        int changed;
        do
        {
            changed = await _database.ExecuteAsync([], statement, cancellationToken).ConfigureAwait(false);
            all += changed;
        }
        while (changed >= batch);
        return all;
    }
}
