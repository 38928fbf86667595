using System.Data.Common;

namespace Fleet.Server.Storage.Sql;

/// <summary>Boots and refusals as rows.</summary>
internal static class HistorySql
{
    /// <summary>Counts an attestation of a boot. Gives how many there were in the first column: 1 where the boot is a new row.</summary>
    public static SqlStatement CountAttestation(Attestation attestation) => new(
        """
        INSERT INTO boots (node_id, enrollment_id, reset_count, restart_count, first_at, last_at, attestations) VALUES ($1, $2, $3, $4, $5, $5, 1)
        ON CONFLICT (node_id, enrollment_id, reset_count, restart_count)
        DO UPDATE SET attestations = boots.attestations + 1, last_at = CASE WHEN boots.last_at < $5 THEN $5 ELSE boots.last_at END
        RETURNING attestations
        """,
        attestation.NodeId,
        attestation.EnrollmentId,
        (long)attestation.ResetCount,
        (long)attestation.RestartCount,
        attestation.At);

    /// <summary>Forgets the oldest boots of a node beyond the latest.</summary>
    public static SqlStatement TrimBoots(string nodeId, int keep) => new(
        """
        DELETE FROM boots WHERE node_id = $1 AND (enrollment_id, reset_count, restart_count) IN (
            SELECT enrollment_id, reset_count, restart_count FROM boots WHERE node_id = $1
            ORDER BY last_at DESC, reset_count DESC, restart_count DESC LIMIT 1000 OFFSET $2)
        """,
        nodeId,
        keep);

    public static SqlStatement Boots(string nodeId, int limit) => new(
        """
        SELECT enrollment_id, reset_count, restart_count, first_at, last_at, attestations FROM boots WHERE node_id = $1
        ORDER BY last_at DESC, reset_count DESC, restart_count DESC LIMIT $2
        """,
        nodeId,
        limit);

    public static Boot ReadBoot(DbDataReader row) => new(
        row.GetString(0), (uint)row.GetInt64(1), (uint)row.GetInt64(2), row.Time(3), row.Time(4), row.GetInt64(5));

    /// <summary>Counts a refusal in the row of the same refusal shortly before, if there is one.</summary>
    public static SqlStatement CountRefusal(Refusal refusal, TimeSpan shortly) => new(
        """
        UPDATE refusals
        SET refused = refused + $8, detail = $6, last_at = CASE WHEN last_at < $7 THEN $7 ELSE last_at END
        WHERE refusal_id = (
            SELECT refusal_id FROM refusals
            WHERE node_id = $1 AND last_at >= $5 AND step = $2 AND check_id = $3 AND source = $4 AND signed = $9
            ORDER BY last_at DESC LIMIT 1)
        """,
        refusal.NodeId ?? "",
        refusal.Step,
        refusal.Check,
        refusal.Source,
        refusal.LastAt - shortly,
        refusal.Detail,
        refusal.LastAt,
        refusal.Count,
        refusal.Signed);

    /// <summary>Adds a row for a refusal, unless a condition holds. Gives its number in the first column.</summary>
    public static SqlStatement AddRefusal(Refusal refusal, string unless = "1 = 0", int firstParameter = 1)
    {
        string[] p = [.. Enumerable.Range(firstParameter, 10).Select(number => $"${number}")];
        return new(
            $"""
            INSERT INTO refusals (node_id, of_device, step, check_id, detail, source, first_at, last_at, refused, signed, network)
            SELECT {p[0]}, EXISTS (SELECT 1 FROM devices WHERE node_id = {p[0]}), {p[1]}, {p[2]}, {p[3]}, {p[4]}, {p[5]}, {p[6]}, {p[7]}, {p[8]}, {p[9]}
            WHERE NOT {unless}
            RETURNING refusal_id
            """,
            refusal.NodeId ?? "",
            refusal.Step,
            refusal.Check,
            refusal.Detail,
            refusal.Source,
            refusal.FirstAt,
            refusal.LastAt,
            refusal.Count,
            refusal.Signed,
            refusal.Network ?? refusal.Source);
    }

    /// <summary>Forgets the oldest refusals in a node's name beyond the latest, of those that it signed or of the others, of which a source has a share.</summary>
    public static SqlStatement TrimRefusalsOfNode(Refusal added, StorageOptions options) => new(
        """
        DELETE FROM refusals WHERE refusal_id IN (
            SELECT refusal_id
            FROM (SELECT refusal_id, network,
                         row_number() OVER (ORDER BY last_at DESC, refusal_id DESC) AS place,
                         row_number() OVER (PARTITION BY network ORDER BY last_at DESC, refusal_id DESC) AS place_of_network
                  FROM refusals WHERE node_id = $1 AND signed = $2) AS kept
            WHERE place > $3 OR (place_of_network > $4 AND network = $5 AND NOT $2))
        """,
        added.NodeId,
        added.Signed,
        options.RefusalsPerNode,
        options.RefusalsPerNodeAndSource,
        added.Network ?? added.Source);

    /// <summary>Forgets the oldest refusals of those that no device had the name for, beyond the latest.</summary>
    public static SqlStatement TrimRefusalsWithoutDevice(int keep) => new(
        """
        DELETE FROM refusals WHERE refusal_id IN (
            SELECT refusal_id FROM refusals WHERE NOT of_device ORDER BY last_at DESC, refusal_id DESC LIMIT 1000 OFFSET $1)
        """,
        keep);

    public static SqlStatement Refusals(string? nodeId, int limit)
    {
        const string Select = "SELECT node_id, step, check_id, detail, source, first_at, last_at, refused, signed FROM refusals";
        const string LatestFirst = "ORDER BY last_at DESC, refusal_id DESC";
        return nodeId is null
            ? new($"{Select} {LatestFirst} LIMIT $1", limit)
            : new($"{Select} WHERE node_id = $1 {LatestFirst} LIMIT $2", nodeId, limit);
    }

    public static Refusal ReadRefusal(DbDataReader row) => new(
        row.GetString(0) is { Length: > 0 } nodeId ? nodeId : null,
        row.GetString(1),
        row.GetString(2),
        row.GetString(3),
        row.GetString(4),
        row.Time(5),
        row.Time(6),
        row.GetInt64(7),
        row.GetBoolean(8));
}
