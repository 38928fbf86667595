using System.Data.Common;
using HardwareAttestation.Structures;
using HardwareAttestation.Verifier;

namespace Fleet.Server.Storage.Sql;

/// <summary>
/// Devices as rows of two tables: <c>devices</c> has what is looked for, counted and changed with each boot, in a few hundred bytes, and <c>device_keys</c> has the keys and certificates, which
/// stay as they are as long as the enrolment does.
/// </summary>
internal static class DeviceSql
{
    // In the order of Read.
    private const string Keys = "endorsement_certificate, endorsement_chain, endorsement_public, attestation_public, storage_parent_public";

    private const string Changing =
        "status, status_reason, grant_id, grant_kind, grant_expires_at, last_verified_at, clock, reset_count, restart_count, clock_safe, revision";

    private const string All = $"devices.node_id, enrollment_id, endorsement_key_id, {Keys}, enrolled_at, {Changing}, trust_class";
    private const string Tables = "devices JOIN device_keys ON of_node = devices.node_id";
    private const string Attempts = "FROM refusals WHERE refusals.node_id = devices.node_id AND NOT signed AND last_at > enrolled_at";

    /// <summary>A device's columns, to be read with <see cref="Read(DbDataReader)"/>.</summary>
    private const string Select = $"SELECT {All} FROM {Tables}";

    /// <summary>The same, and after them what was refused in its name, to be read with <see cref="ReadLastRefusedAt"/> and <see cref="ReadAttempts"/>.</summary>
    public const string SelectView =
        $"""
        SELECT {All}, last_refused_at, (SELECT CAST(sum(refused) AS BIGINT) {Attempts}), (SELECT max(last_at) {Attempts}),
               (SELECT source {Attempts} ORDER BY last_at DESC, refusal_id DESC LIMIT 1)
        FROM {Tables}
        """;

    // As the operators' API calls it.
    private const string Chain = "endorsementCertificateChain";
    private const int TrustClassColumn = 20;
    private const int LastRefusedAtColumn = 21;
    private const int AttemptsColumn = 22;

    /// <summary>How many devices are marked as overdue by one statement: each looks for them anew from the beginning.</summary>
    public const int OverdueAtOnce = 10_000;

    /// <summary>What a removal mark is: counters only grow, so the sum changes if either does.</summary>
    private const string Mark = "(SELECT CAST(sum(removals) AS BIGINT) FROM removal_counters WHERE counter IN ({0}, {1}))";

    public static SqlStatement FindByNode(string nodeId) => new($"{Select} WHERE node_id = $1", nodeId);

    public static SqlStatement FindViewByNode(string nodeId) => new($"{SelectView} WHERE devices.node_id = $1", nodeId);

    public static SqlStatement FindByEndorsementKey(string endorsementKeyId) => new($"{Select} WHERE endorsement_key_id = $1", endorsementKeyId);

    /// <summary>Gives the mark as the first column.</summary>
    public static SqlStatement RemovalMark(string nodeId, string endorsementKeyId) => new(
        $"SELECT {string.Format(null, Mark, "$1", "$2")}", Counter(nodeId), Counter(endorsementKeyId));

    /// <summary>Adds a device if nothing stands against it. <see cref="AddKeys"/> goes with it.</summary>
    public static SqlStatement Add(DeviceRecord device, long removalMark) => new(
        $"""
        INSERT INTO devices (node_id, enrollment_id, endorsement_key_id, enrolled_at, {Changing})
        SELECT $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15
        WHERE {string.Format(null, Mark, "$16", "$17")} = $18
        ON CONFLICT DO NOTHING
        """,
        [.. Values(device), Counter(device.NodeId), Counter(device.EndorsementKeyId), removalMark]);

    public static SqlStatement AddKeys(DeviceRecord device) => new(
        $"INSERT INTO device_keys (of_node, {Keys}, trust_class) SELECT $1, $2, $3, $4, $5, $6, $7 WHERE 1 = 1", KeyValues(device));

    /// <summary>Says why a device was not added: whether its node is taken, and whether its endorsement key is.</summary>
    public static SqlStatement WhyNotAdded(DeviceRecord device) => new(
        """
        SELECT EXISTS (SELECT 1 FROM devices WHERE node_id = $1), EXISTS (SELECT 1 FROM devices WHERE endorsement_key_id = $2)
        """,
        device.NodeId,
        device.EndorsementKeyId);

    public static AddDeviceOutcome ReadWhyNotAdded(DbDataReader row) =>
        row.GetBoolean(0) ? AddDeviceOutcome.NodeTaken
        : row.GetBoolean(1) ? AddDeviceOutcome.EndorsementKeyTaken
        : AddDeviceOutcome.RemovedMeanwhile;

    /// <summary>Changes what may change of a device: nothing that is indexed, but the mark of one that has attested again after it was overdue.</summary>
    public static SqlStatement Update(DeviceRecord device) => new(
        """
        UPDATE devices
        SET status = $4, status_reason = $5, grant_id = $6, grant_kind = $7, grant_expires_at = $8,
            last_verified_at = $9, clock = $10, reset_count = $11, restart_count = $12, clock_safe = $13, revision = $14,
            may_be_overdue = may_be_overdue AND last_verified_at IS NOT DISTINCT FROM $9
        WHERE node_id = $1 AND enrollment_id = $2 AND endorsement_key_id = $3 AND revision = $14 - 1
        """,
        [device.NodeId, device.EnrollmentId, device.EndorsementKeyId, .. ChangingValues(device)]);

    /// <summary>
    /// Puts a new enrolment in place of another one, if nothing stands against it. What was refused was refused of the one that goes. <see cref="ReplaceKeys"/> goes with it.
    /// </summary>
    public static SqlStatement Replace(DeviceRecord current, DeviceRecord replacement, long removalMark) => new(
        $"""
        UPDATE devices
        SET enrollment_id = $2, endorsement_key_id = $3, enrolled_at = $4, status = $5, status_reason = $6, grant_id = $7, grant_kind = $8, grant_expires_at = $9,
            last_verified_at = $10, clock = $11, reset_count = $12, restart_count = $13, clock_safe = $14, revision = $15, last_refused_at = NULL,
            may_be_overdue = TRUE
        WHERE node_id = $1 AND enrollment_id = $19 AND revision = $20 AND endorsement_key_id = $21
            AND NOT EXISTS (SELECT 1 FROM devices AS other WHERE other.endorsement_key_id = $3 AND other.node_id <> $1)
            AND {string.Format(null, Mark, "$16", "$17")} = $18
        """,
        [
            .. Values(replacement), Counter(replacement.NodeId), Counter(replacement.EndorsementKeyId), removalMark,
            current.EnrollmentId, current.Revision, current.EndorsementKeyId,
        ]);

    public static SqlStatement ReplaceKeys(DeviceRecord replacement) => new(
        """
        UPDATE device_keys
        SET endorsement_certificate = $2, endorsement_chain = $3, endorsement_public = $4, attestation_public = $5, storage_parent_public = $6,
            trust_class = $7
        WHERE of_node = $1
        """,
        KeyValues(replacement));

    /// <summary>Says why a device was not replaced: whether the current one is still there, and whether another node has the endorsement key.</summary>
    public static SqlStatement WhyNotReplaced(DeviceRecord current, DeviceRecord replacement) => new(
        """
        SELECT EXISTS (SELECT 1 FROM devices WHERE node_id = $1 AND enrollment_id = $2 AND revision = $3 AND endorsement_key_id = $4),
               EXISTS (SELECT 1 FROM devices WHERE endorsement_key_id = $5 AND node_id <> $1)
        """,
        current.NodeId,
        current.EnrollmentId,
        current.Revision,
        current.EndorsementKeyId,
        replacement.EndorsementKeyId);

    public static ReplaceDeviceOutcome ReadWhyNotReplaced(DbDataReader row) =>
        !row.GetBoolean(0) ? ReplaceDeviceOutcome.Changed
        : row.GetBoolean(1) ? ReplaceDeviceOutcome.EndorsementKeyTaken
        : ReplaceDeviceOutcome.RemovedMeanwhile;

    /// <summary>Removes a device, if it still is as it was read. Its keys go with it. <see cref="CountRemoval"/> goes with it.</summary>
    public static SqlStatement Remove(DeviceRecord current) => new(
        "DELETE FROM devices WHERE node_id = $1 AND enrollment_id = $2 AND revision = $3 AND endorsement_key_id = $4",
        current.NodeId,
        current.EnrollmentId,
        current.Revision,
        current.EndorsementKeyId);

    /// <summary>A page of the devices, in the order of their nodes' bytes.</summary>
    public static SqlStatement List(string afterNodeId, int limit) => new($"{Select} WHERE node_id > $1 ORDER BY node_id LIMIT $2", afterNodeId, limit);

    /// <summary>Counts a removal for each of two names; for one if they are the same.</summary>
    public static SqlStatement CountRemoval(string name, string otherName) => new(
        "UPDATE removal_counters SET removals = removals + 1 WHERE counter IN ($1, $2)", Counter(name), Counter(otherName));

    /// <summary>Marks devices that have become overdue, so many at a time.</summary>
    public static SqlStatement MarkOverdue(DateTimeOffset overdueBefore) => new(
        """
        UPDATE devices SET may_be_overdue = TRUE WHERE node_id IN (
            SELECT node_id FROM devices WHERE NOT may_be_overdue AND last_verified_at < $1 LIMIT $2)
        """,
        overdueBefore,
        OverdueAtOnce);

    public static SqlStatement MarkRefused(string nodeId, DateTimeOffset at) => new(
        "UPDATE devices SET last_refused_at = $2 WHERE node_id = $1 AND (last_refused_at IS NULL OR last_refused_at < $2)", nodeId, at);

    public static DeviceRecord Read(DbDataReader row) => Read(row, damage: null);

    /// <param name="row">The row.</param>
    /// <param name="damage">Where to name what cannot be read, which is left empty; null if that is a failure.</param>
    /// <exception cref="StorageException">Something cannot be read.</exception>
    public static DeviceRecord Read(DbDataReader row, List<string>? damage) => new()
    {
        NodeId = row.GetString(0),
        EnrollmentId = row.GetString(1),
        EndorsementKeyId = row.GetString(2),
        EndorsementCertificate = row.Bytes(3),
        EndorsementCertificateChain = ReadChain(row.Bytes(4), damage),
        TrustClass = (EndorsementTrustClass)row.GetInt64(TrustClassColumn),
        EndorsementPublic = row.Bytes(5),
        AttestationPublic = row.Bytes(6),
        StorageParentPublic = row.Bytes(7),
        EnrolledAt = row.Time(8),
        Status = (DeviceStatus)row.GetInt64(9),
        StatusReason = row.OptionalText(10),
        EnrollmentGrant = row.IsDBNull(11) ? null : new EnrollmentGrant(row.GetString(11), (EnrollmentGrantKind)row.GetInt64(12), row.Time(13)),
        LastVerifiedAt = row.OptionalTime(14),
        LastClockInfo = row.IsDBNull(15)
            ? null
            : new TpmsClockInfo((ulong)row.GetInt64(15), (uint)row.GetInt64(16), (uint)row.GetInt64(17), row.GetBoolean(18)),
        Revision = row.GetInt64(19),
    };

    private static IReadOnlyList<ReadOnlyMemory<byte>> ReadChain(ReadOnlyMemory<byte> joined, List<string>? damage)
    {
        try
        {
            return ByteLists.Split(joined);
        }
        catch (StorageException) when (damage is not null)
        {
            damage.Add(Chain);
            return [];
        }
    }

    public static DateTimeOffset? ReadLastRefusedAt(DbDataReader row) => row.OptionalTime(LastRefusedAtColumn);

    public static RefusedAttempts? ReadAttempts(DbDataReader row) => row.IsDBNull(AttemptsColumn)
        ? null
        : new RefusedAttempts(row.GetInt64(AttemptsColumn), row.Time(AttemptsColumn + 1), row.GetString(AttemptsColumn + 2));

    private static long Counter(string name) => SqlHash.RemovalCounter(name);

    private static SqlValue[] Values(DeviceRecord device) => [device.NodeId, device.EnrollmentId, device.EndorsementKeyId, device.EnrolledAt, .. ChangingValues(device)];

    private static SqlValue[] KeyValues(DeviceRecord device) =>
    [
        device.NodeId,
        device.EndorsementCertificate,
        (ReadOnlyMemory<byte>)ByteLists.Join(device.EndorsementCertificateChain),
        device.EndorsementPublic,
        device.AttestationPublic,
        device.StorageParentPublic,
        (long)device.TrustClass,
    ];

    // The clock counts in 64 bits without a sign, and a column has one: a clock of 2^63 or more is a negative number there.
    private static SqlValue[] ChangingValues(DeviceRecord device) =>
    [
        (long)device.Status,
        device.StatusReason,
        device.EnrollmentGrant?.Id,
        (long?)device.EnrollmentGrant?.Kind,
        device.EnrollmentGrant?.ExpiresAt,
        device.LastVerifiedAt,
        (long?)device.LastClockInfo?.Clock,
        (long?)device.LastClockInfo?.ResetCount,
        (long?)device.LastClockInfo?.RestartCount,
        device.LastClockInfo?.Safe,
        device.Revision,
    ];
}
