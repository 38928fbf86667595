using System.Data.Common;
using HardwareAttestation.Verifier;

namespace Fleet.Server.Storage.Sql;

/// <summary>The devices as operators look at them, in either database.</summary>
internal sealed class FleetDirectory(ISqlReader database) : IFleetDirectory
{
    // What DeviceState says, in its order. $1 is the time before which a device is overdue.
    private const string Revoked = "status = 3";
    private const string Retired = "status = 2";
    private const string InService = "status NOT IN (2, 3)";
    private const string WasRefused = "(last_refused_at IS NOT NULL AND last_refused_at > coalesce(last_verified_at, 0))";
    private const string IsLate = "coalesce(last_verified_at, 0) < $1";
    private const string Refused = $"{InService} AND {WasRefused}";
    private const string Overdue = $"{InService} AND NOT {WasRefused} AND {IsLate}";
    private const string Attested = $"{InService} AND NOT {WasRefused} AND NOT {IsLate}";

    // Sorts after every character that there is.
    private const string Last = "\U0010FFFF";

    public async Task<FleetSummary> SummarizeAsync(DateTimeOffset overdueBefore, CancellationToken cancellationToken = default)
    {
        SqlStatement statement = new(
            $"""
            SELECT count(*) FILTER (WHERE {Attested}), count(*) FILTER (WHERE {Overdue}), count(*) FILTER (WHERE {Refused}),
                   count(*) FILTER (WHERE {Retired}), count(*) FILTER (WHERE {Revoked})
            FROM devices
            """,
            overdueBefore);
        IReadOnlyList<FleetSummary> rows = await database.QueryAsync(
            statement,
            row => new FleetSummary(row.GetInt64(0), row.GetInt64(1), row.GetInt64(2), row.GetInt64(3), row.GetInt64(4)),
            cancellationToken).ConfigureAwait(false);
        return rows[0];
    }

    public Task<IReadOnlyList<DeviceView>> ListAsync(DeviceQuery query, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(query);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(query.Limit);

        // Each state is a statement of its own, so that the database can plan for it. Every statement uses $1: PostgreSQL wants to know what it is.
        string state = query.State switch
        {
            null => "$1 IS NOT NULL",
            DeviceState.Attested => Attested,
            DeviceState.Overdue => $"may_be_overdue AND {Overdue}",
            DeviceState.Refused => $"{Refused} AND $1 IS NOT NULL",
            DeviceState.Retired => $"{Retired} AND $1 IS NOT NULL",
            DeviceState.Revoked => $"{Revoked} AND $1 IS NOT NULL",
            _ => throw new ArgumentException("There is no such state.", nameof(query)),
        };
        string prefix = query.Prefix ?? "";
        SqlStatement statement = new(
            $"{DeviceSql.SelectView} WHERE devices.node_id > $2 AND devices.node_id >= $3 AND devices.node_id < $4 AND {state} ORDER BY devices.node_id LIMIT $5",
            query.OverdueBefore,
            query.After ?? "",
            prefix,
            prefix + Last,
            query.Limit);
        return database.QueryAsync(statement, row => Read(row, query.OverdueBefore), cancellationToken);
    }

    public async Task<DeviceView?> FindAsync(string nodeId, DateTimeOffset overdueBefore, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(nodeId);
        IReadOnlyList<DeviceView> rows = await database.QueryAsync(
            DeviceSql.FindViewByNode(nodeId), row => Read(row, overdueBefore), cancellationToken).ConfigureAwait(false);
        return rows.SingleOrDefault();
    }

    private static DeviceView Read(DbDataReader row, DateTimeOffset overdueBefore)
    {
        List<string> damage = [];
        DeviceRecord device = DeviceSql.Read(row, damage);
        DateTimeOffset? lastRefusedAt = DeviceSql.ReadLastRefusedAt(row);
        return new DeviceView(device, StateOf(device, lastRefusedAt, overdueBefore), lastRefusedAt, DeviceSql.ReadAttempts(row), damage);
    }

    private static DeviceState StateOf(DeviceRecord device, DateTimeOffset? lastRefusedAt, DateTimeOffset overdueBefore) => device switch
    {
        { Status: DeviceStatus.Revoked } => DeviceState.Revoked,
        { Status: DeviceStatus.Retired } => DeviceState.Retired,
        _ when lastRefusedAt is { } refusedAt && refusedAt > (device.LastVerifiedAt ?? DateTimeOffset.MinValue) => DeviceState.Refused,
        _ when (device.LastVerifiedAt ?? DateTimeOffset.MinValue) < overdueBefore => DeviceState.Overdue,
        _ => DeviceState.Attested,
    };
}
