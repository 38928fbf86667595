using Fleet.Server.Storage.Sql;
using HardwareAttestation.Verifier;
using Microsoft.Data.Sqlite;

namespace Fleet.Server.Storage.Sqlite;

/// <summary>
/// Everything in two files of a folder. <c>fleet.db</c> has the devices and their history: what was acknowledged is on the disk. <c>challenges.db</c> has what lives for minutes: it outlives the
/// process, but not the machine's power, and is made anew if it is damaged.
/// </summary>
internal sealed class SqliteStorage : IFleetStorage
{
    // The kernel's name for this start of the machine.
    private const string MachineStartFile = "/proc/sys/kernel/random/boot_id";

    private readonly StorageOptions _options;

    /// <param name="folder">The data folder; made if it is not there.</param>
    /// <param name="options">How much is kept.</param>
    /// <param name="timeProvider">The clock.</param>
    public SqliteStorage(string folder, StorageOptions options, TimeProvider timeProvider)
    {
        string path = Path.GetFullPath(folder);
        _options = options;
        DeviceFile = new SqliteFile(Path.Combine(path, "fleet.db"), "FULL");
        ChallengeFile = new SqliteFile(Path.Combine(path, "challenges.db"), "OFF");
        Description = $"SQLite in {path}";
        Devices = new SqliteDeviceStore(DeviceFile);
        Challenges = new SqliteChallengeStore(ChallengeFile, options, timeProvider);
        History = new SqliteHistory(DeviceFile, options);
        Directory = new FleetDirectory(DeviceFile);
    }

    public string Description { get; }

    public IDeviceStore Devices { get; }

    public IChallengeStore Challenges { get; }

    public IFleetHistory History { get; }

    public IFleetDirectory Directory { get; }

    public SqliteFile DeviceFile { get; }

    public SqliteFile ChallengeFile { get; }

    public async Task<string?> FindEnrollingNodeAsync(string challengeId, CancellationToken cancellationToken = default) =>
        (await ChallengeFile.QueryAsync(ChallengeSql.EnrollingNode(challengeId), row => row.GetString(0), cancellationToken).ConfigureAwait(false)).SingleOrDefault();

    public async Task MigrateAsync(CancellationToken cancellationToken = default)
    {
        await DeviceFile.WriteAsync(
            session =>
            {
                SqliteSchema.MigrateDevices(session, DeviceFile.Path);
                return true;
            },
            cancellationToken).ConfigureAwait(false);
        try
        {
            await MigrateChallengesAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (StorageException exception) when (exception.InnerException is SqliteException cause && SqliteFailure.IsDamage(cause))
        {
            await ChallengeFile.CloseAsync().ConfigureAwait(false);
            foreach (string suffix in (string[])["", "-wal", "-shm"])
            {
                File.Delete(ChallengeFile.Path + suffix);
            }

            await MigrateChallengesAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    public async Task ProbeAsync(CancellationToken cancellationToken = default)
    {
        // Changes nothing, but has to be able to: the counters are written as they are.
        SqlStatement ofDevices = new("UPDATE removal_counters SET removals = removals WHERE counter = 0");
        SqlStatement ofChallenges = new("UPDATE challenge_counts SET challenges = challenges WHERE purpose = 1");
        await DeviceFile.WriteAsync(session => session.Execute(ofDevices), cancellationToken, durably: false).ConfigureAwait(false);
        await ChallengeFile.WriteAsync(session => session.Execute(ofChallenges), cancellationToken, durably: false).ConfigureAwait(false);
    }

    public Task MarkOverdueAsync(DateTimeOffset overdueBefore, CancellationToken cancellationToken = default) =>
        RepeatAsync(DeviceFile, DeviceSql.MarkOverdue(overdueBefore), DeviceSql.OverdueAtOnce, cancellationToken);

    public async Task<int> CleanUpAsync(DateTimeOffset now, CancellationToken cancellationToken = default)
    {
        DateTimeOffset before = now - _options.HistoryAge;
        return await RemoveAsync(ChallengeFile, CleanUpSql.ExpiredChallenges(now), cancellationToken).ConfigureAwait(false)
            + await RemoveAsync(DeviceFile, CleanUpSql.OldBoots(before), cancellationToken).ConfigureAwait(false)
            + await RemoveAsync(DeviceFile, CleanUpSql.OldRefusals(before), cancellationToken).ConfigureAwait(false)
            + await RemoveAsync(
                DeviceFile, HistorySql.TrimRefusalsWithoutDevice(_options.RefusalsWithoutDevice), cancellationToken).ConfigureAwait(false);
    }

    public async ValueTask DisposeAsync()
    {
        await DeviceFile.DisposeAsync().ConfigureAwait(false);
        await ChallengeFile.DisposeAsync().ConfigureAwait(false);
    }

    private static Task<int> RemoveAsync(SqliteFile file, SqlStatement statement, CancellationToken cancellationToken) =>
        RepeatAsync(file, statement, CleanUpSql.Batch, cancellationToken);

    private static async Task<int> RepeatAsync(SqliteFile file, SqlStatement statement, int batch, CancellationToken cancellationToken)
    {
        int all = 0;
        int changed;
        do
        {
            changed = await file.WriteAsync(session => session.Execute(statement), cancellationToken, durably: false).ConfigureAwait(false);
            all += changed;
        }
        while (changed >= batch);
        return all;
    }

    // A loss of power can undo that a challenge was taken: with the machine's start, all are forgotten. Where the start has no name, they are forgotten with each of the server's.
    private Task MigrateChallengesAsync(CancellationToken cancellationToken)
    {
        string start = File.Exists(MachineStartFile) ? File.ReadAllText(MachineStartFile).Trim() : Guid.NewGuid().ToString();
        return ChallengeFile.WriteAsync(
            session =>
            {
                SqliteSchema.MigrateChallenges(session, ChallengeFile.Path);
                if (session.Ask("PRAGMA quick_check(1)") is not "ok")
                {
                    throw new SqliteException("The database is damaged.", SqliteFailure.Corrupt);
                }

                if (session.Ask("SELECT id FROM machine_start") as string != start)
                {
                    session.Run("DELETE FROM challenges; DELETE FROM machine_start");
                    session.Execute(new SqlStatement("INSERT INTO machine_start VALUES ($1)", start));
                }

                return true;
            },
            cancellationToken);
    }
}
