using Fleet.Server.Storage.Sql;

namespace Fleet.Server.Storage.PostgreSql;

/// <summary>The tables. Names are compared byte by byte (COLLATE "C"). Times are ticks; see <see cref="SqlValue"/>, and <c>device_overview</c> for people.</summary>
internal static class PostgreSqlSchema
{
    /// <summary>The number of the advisory lock under which servers migrate, one after the other: "HAFL".</summary>
    public const long MigrationLock = 0x4841464C;

    // The statements that make each version out of the one before; the first makes it out of nothing. What was released is never changed: a change is a new version.
    //
    // A boot changes columns of a device that no index has, and finds room in the same page (fillfactor): the row's new version needs no new index entries then (HOT). So there is no index on
    // last_verified_at: see version 3 for how the overdue are found. What was enrolled has a table of its own, so that a boot does not write it again, and
    // counting reads a tenth of the bytes.
    //
    // Challenges live for minutes: their table is not logged. After PostgreSQL has crashed it is empty, and machines ask again.
    public static IReadOnlyList<string> Versions { get; } =
    [
        $"""
        CREATE TABLE devices (
            enrolled_at BIGINT NOT NULL,
            last_verified_at BIGINT,
            last_refused_at BIGINT,
            revision BIGINT NOT NULL,
            clock BIGINT,
            reset_count BIGINT,
            restart_count BIGINT,
            grant_expires_at BIGINT,
            status SMALLINT NOT NULL,
            grant_kind SMALLINT,
            clock_safe BOOLEAN,
            node_id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
            endorsement_key_id TEXT COLLATE "C" NOT NULL UNIQUE,
            enrollment_id TEXT COLLATE "C" NOT NULL,
            grant_id TEXT COLLATE "C",
            status_reason TEXT
        ) WITH (fillfactor = 80, autovacuum_vacuum_scale_factor = 0.05);
        CREATE TABLE device_keys (
            of_node TEXT COLLATE "C" NOT NULL PRIMARY KEY REFERENCES devices (node_id) ON DELETE CASCADE,
            attestation_public BYTEA NOT NULL,
            endorsement_public BYTEA NOT NULL,
            storage_parent_public BYTEA NOT NULL,
            endorsement_certificate BYTEA NOT NULL,
            endorsement_chain BYTEA NOT NULL
        );
        CREATE INDEX devices_out_of_service ON devices (status, node_id) WHERE status <> 1;
        CREATE INDEX devices_once_refused ON devices (node_id) WHERE last_refused_at IS NOT NULL;

        CREATE TABLE removal_counters (counter BIGINT PRIMARY KEY, removals BIGINT NOT NULL) WITH (fillfactor = 50);
        INSERT INTO removal_counters
        SELECT counter, start.removals
        FROM (SELECT CAST(floor(random() * 1000000000000) AS BIGINT) AS removals) AS start, generate_series(0, {SqlHash.RemovalCounters - 1}) AS counter;

        CREATE UNLOGGED TABLE challenges (
            added BIGINT GENERATED ALWAYS AS IDENTITY,
            expires_at BIGINT NOT NULL,
            purpose SMALLINT NOT NULL,
            challenge_id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
            node_id TEXT COLLATE "C" NOT NULL,
            endorsement_key_id TEXT COLLATE "C",
            source TEXT COLLATE "C",
            state BYTEA NOT NULL
        ) WITH (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 5000);
        CREATE INDEX challenges_by_node ON challenges (node_id, purpose);
        CREATE INDEX challenges_by_endorsement_key ON challenges (endorsement_key_id) WHERE endorsement_key_id IS NOT NULL;
        CREATE INDEX challenges_by_source ON challenges (source) WHERE source IS NOT NULL;
        CREATE INDEX challenges_by_expiry ON challenges (expires_at);

        CREATE TABLE boots (
            first_at BIGINT NOT NULL,
            last_at BIGINT NOT NULL,
            reset_count BIGINT NOT NULL,
            restart_count BIGINT NOT NULL,
            attestations BIGINT NOT NULL,
            node_id TEXT COLLATE "C" NOT NULL,
            enrollment_id TEXT COLLATE "C" NOT NULL,
            PRIMARY KEY (node_id, enrollment_id, reset_count, restart_count)
        ) WITH (fillfactor = 85);
        CREATE INDEX boots_by_age ON boots (first_at);

        CREATE TABLE refusals (
            refusal_id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
            first_at BIGINT NOT NULL,
            last_at BIGINT NOT NULL,
            refused BIGINT NOT NULL,
            of_device BOOLEAN NOT NULL,
            node_id TEXT COLLATE "C" NOT NULL,
            step TEXT COLLATE "C" NOT NULL,
            check_id TEXT COLLATE "C" NOT NULL,
            source TEXT COLLATE "C" NOT NULL,
            detail TEXT NOT NULL
        );
        CREATE INDEX refusals_by_node ON refusals (node_id, last_at);
        CREATE INDEX refusals_by_age ON refusals (last_at);
        CREATE INDEX refusals_without_device ON refusals (last_at) WHERE NOT of_device;

        CREATE FUNCTION fleet_time(ticks BIGINT) RETURNS TIMESTAMPTZ LANGUAGE SQL IMMUTABLE
            AS 'SELECT TIMESTAMPTZ ''1970-01-01 00:00:00Z'' + ((ticks - 621355968000000000) / 10) * INTERVAL ''1 microsecond''';
        CREATE VIEW device_overview AS SELECT
            node_id, CASE status WHEN 1 THEN 'active' WHEN 2 THEN 'retired' WHEN 3 THEN 'revoked' END AS status, status_reason,
            fleet_time(enrolled_at) AS enrolled_at, fleet_time(last_verified_at) AS last_verified_at, fleet_time(last_refused_at) AS last_refused_at,
            reset_count, restart_count, revision
        FROM devices;
        """,
        """
        -- Whether the node's key has signed what was refused, which the checks after the signature tell of what there is already; and what counts as one source.
        ALTER TABLE refusals ADD COLUMN signed BOOLEAN NOT NULL DEFAULT FALSE;
        ALTER TABLE refusals ADD COLUMN network TEXT COLLATE "C" NOT NULL DEFAULT '';
        UPDATE refusals SET network = source, signed = (step = 'evidence' AND check_id IN ('quote.pcr-policy', 'quote.clock', 'quote.clock-safe'));

        -- It was also set by what anybody can have refused.
        UPDATE devices SET last_refused_at = (SELECT max(last_at) FROM refusals WHERE refusals.node_id = devices.node_id AND signed AND last_at > enrolled_at)
        WHERE last_refused_at IS NOT NULL;
        """,
        """
        -- Every device that is overdue has the mark, and others may: with each boot it goes, and who cleans up sets it. So the overdue are found by an index that no boot in time has to change.
        ALTER TABLE devices ADD COLUMN may_be_overdue BOOLEAN NOT NULL DEFAULT TRUE;
        CREATE INDEX devices_overdue ON devices (node_id) WHERE may_be_overdue;
        """,
        """
        -- What kind of TPM the certificate was for; 0 is not known.
        ALTER TABLE device_keys ADD COLUMN trust_class SMALLINT NOT NULL DEFAULT 0;
        """,
    ];
}
