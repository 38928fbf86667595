using Fleet.Server.Storage.Sql;

namespace Fleet.Server.Storage.Sqlite;

/// <summary>The tables. Text is compared byte by byte, which is SQLite's way unless told otherwise. Times are ticks; see <see cref="SqlValue"/>.</summary>
internal static class SqliteSchema
{
    // "HAFL", in the file's header: so that no other program's database is taken for ours.
    public const int ApplicationId = 0x4841464C;

    /// <summary>The statements that make each version of the devices' tables out of the one before; the first makes it out of nothing. What was released is never changed: a change is a new version.</summary>
    public static IReadOnlyList<string> DeviceVersions { get; } =
    [
        $"""
        CREATE TABLE devices (
            node_id TEXT NOT NULL UNIQUE,
            endorsement_key_id TEXT NOT NULL UNIQUE,
            enrollment_id TEXT NOT NULL,
            revision INTEGER NOT NULL,
            status INTEGER NOT NULL,
            status_reason TEXT,
            enrolled_at INTEGER NOT NULL,
            last_verified_at INTEGER,
            last_refused_at INTEGER,
            clock INTEGER,
            reset_count INTEGER,
            restart_count INTEGER,
            clock_safe INTEGER,
            grant_id TEXT,
            grant_kind INTEGER,
            grant_expires_at INTEGER
        ) STRICT;
        CREATE TABLE device_keys (
            of_node TEXT NOT NULL UNIQUE REFERENCES devices (node_id) ON DELETE CASCADE,
            attestation_public BLOB NOT NULL,
            endorsement_public BLOB NOT NULL,
            storage_parent_public BLOB NOT NULL,
            endorsement_certificate BLOB NOT NULL,
            endorsement_chain BLOB NOT NULL
        ) STRICT;
        CREATE INDEX devices_out_of_service ON devices (status, node_id) WHERE status <> 1;
        CREATE INDEX devices_once_refused ON devices (node_id) WHERE last_refused_at IS NOT NULL;

        CREATE TABLE removal_counters (counter INTEGER PRIMARY KEY, removals INTEGER NOT NULL) STRICT;
        WITH RECURSIVE counters (counter, first) AS (
            SELECT 0, abs(random() % 1000000000000) UNION ALL SELECT counter + 1, first FROM counters WHERE counter < {SqlHash.RemovalCounters - 1})
        INSERT INTO removal_counters SELECT counter, first FROM counters;

        CREATE TABLE boots (
            node_id TEXT NOT NULL,
            enrollment_id TEXT NOT NULL,
            reset_count INTEGER NOT NULL,
            restart_count INTEGER NOT NULL,
            first_at INTEGER NOT NULL,
            last_at INTEGER NOT NULL,
            attestations INTEGER NOT NULL,
            PRIMARY KEY (node_id, enrollment_id, reset_count, restart_count)
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX boots_by_age ON boots (first_at);

        CREATE TABLE refusals (
            refusal_id INTEGER PRIMARY KEY AUTOINCREMENT,
            node_id TEXT NOT NULL,
            of_device INTEGER NOT NULL,
            step TEXT NOT NULL,
            check_id TEXT NOT NULL,
            detail TEXT NOT NULL,
            source TEXT NOT NULL,
            first_at INTEGER NOT NULL,
            last_at INTEGER NOT NULL,
            refused INTEGER NOT NULL
        ) STRICT;
        CREATE INDEX refusals_by_node ON refusals (node_id, last_at);
        CREATE INDEX refusals_by_age ON refusals (last_at);
        CREATE INDEX refusals_without_device ON refusals (last_at) WHERE NOT of_device;

        -- For people: times as text.
        CREATE VIEW device_overview AS SELECT
            node_id, CASE status WHEN 1 THEN 'active' WHEN 2 THEN 'retired' WHEN 3 THEN 'revoked' END AS status, status_reason,
            datetime((enrolled_at - 621355968000000000) / 10000000, 'unixepoch') AS enrolled_at,
            datetime((last_verified_at - 621355968000000000) / 10000000, 'unixepoch') AS last_verified_at,
            datetime((last_refused_at - 621355968000000000) / 10000000, 'unixepoch') AS last_refused_at,
            reset_count, restart_count, revision
        FROM devices;
        """,
        """
        -- Whether the node's key has signed what was refused, which the checks after the signature tell of what there is already; and what counts as one source.
        ALTER TABLE refusals ADD COLUMN signed INTEGER NOT NULL DEFAULT 0;
        ALTER TABLE refusals ADD COLUMN network TEXT NOT NULL DEFAULT '';
        UPDATE refusals SET network = source, signed = (step = 'evidence' AND check_id IN ('quote.pcr-policy', 'quote.clock', 'quote.clock-safe'));

        -- It was also set by what anybody can have refused.
        UPDATE devices SET last_refused_at = (SELECT max(last_at) FROM refusals WHERE refusals.node_id = devices.node_id AND signed AND last_at > enrolled_at)
        WHERE last_refused_at IS NOT NULL;
        """,
        """
        -- Every device that is overdue has the mark, and others may: with each boot it goes, and who cleans up sets it. So the overdue are found by an index that no boot in time has to change.
        ALTER TABLE devices ADD COLUMN may_be_overdue INTEGER NOT NULL DEFAULT TRUE;
        CREATE INDEX devices_overdue ON devices (node_id) WHERE may_be_overdue;
        """,
        """
        -- What kind of TPM the certificate was for; 0 is not known.
        ALTER TABLE device_keys ADD COLUMN trust_class INTEGER NOT NULL DEFAULT 0;
        """,
    ];

    private static readonly string[] ChallengeVersions =
    [
        """
        CREATE TABLE challenges (
            added INTEGER PRIMARY KEY,
            challenge_id TEXT NOT NULL UNIQUE,
            purpose INTEGER NOT NULL,
            node_id TEXT NOT NULL,
            endorsement_key_id TEXT,
            source TEXT,
            expires_at INTEGER NOT NULL,
            state BLOB NOT NULL
        ) STRICT;
        CREATE INDEX challenges_by_node ON challenges (node_id, purpose);
        CREATE INDEX challenges_by_endorsement_key ON challenges (endorsement_key_id) WHERE endorsement_key_id IS NOT NULL;
        CREATE INDEX challenges_by_source ON challenges (source) WHERE source IS NOT NULL;
        CREATE INDEX challenges_by_expiry ON challenges (expires_at);

        -- How many there are, since counting a hundred thousand for each one that is added would be slow.
        CREATE TABLE challenge_counts (purpose INTEGER PRIMARY KEY, challenges INTEGER NOT NULL) STRICT;
        INSERT INTO challenge_counts VALUES (1, 0), (2, 0);
        CREATE TRIGGER challenge_added AFTER INSERT ON challenges
            BEGIN UPDATE challenge_counts SET challenges = challenges + 1 WHERE purpose = NEW.purpose; END;
        CREATE TRIGGER challenge_removed AFTER DELETE ON challenges
            BEGIN UPDATE challenge_counts SET challenges = challenges - 1 WHERE purpose = OLD.purpose; END;

        -- Which start of the machine the challenges are of.
        CREATE TABLE machine_start (id TEXT NOT NULL) STRICT;
        """,
    ];

    public static void MigrateDevices(SqliteSession session, string path) => Migrate(session, DeviceVersions, path);

    public static void MigrateChallenges(SqliteSession session, string path) => Migrate(session, ChallengeVersions, path);

    private static void Migrate(SqliteSession session, IReadOnlyList<string> versions, string path)
    {
        long version = (long)session.Ask("PRAGMA user_version")!;
        if (version > versions.Count)
        {
            throw new StorageException(
                $"The database {path} is of version {version}, and this server knows {versions.Count} at most: a newer server has been here. Start that one again, or restore a backup from before.");
        }

        bool isOurs = (long)session.Ask("PRAGMA application_id")! == ApplicationId;
        bool isEmpty = version == 0 && (long)session.Ask("SELECT count(*) FROM sqlite_schema")! == 0;
        if (!isOurs && !isEmpty)
        {
            throw new StorageException($"The database {path} is another program's, and was left as it is. Give the server a data folder of its own.");
        }

        foreach (string statements in versions.Skip((int)version))
        {
            session.Run(statements);
        }

        session.Run($"PRAGMA application_id = {ApplicationId}; PRAGMA user_version = {versions.Count}");
    }
}
