using System.Runtime.CompilerServices;
using Fleet.Server.Storage.Sql;
using HardwareAttestation.Verifier;
using Npgsql;

namespace Fleet.Server.Storage.PostgreSql;

/// <summary>
/// The enrolled machines. The database holds that a node and an endorsement key are there once. A boot takes two statements, each by primary key: one that reads and one that writes. What adds,
/// replaces or removes takes locks too, so that a removal mark is judged and used in one moment.
/// </summary>
internal sealed class PostgreSqlDeviceStore(PostgreSqlDatabase database) : IDeviceStore
{
    private const int DevicesPerPage = 100;

    public Task<DeviceRecord?> FindAsync(string nodeId, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(nodeId);
        return ReadAsync(DeviceSql.FindByNode(nodeId), cancellationToken);
    }

    public Task<DeviceRecord?> FindByEndorsementKeyAsync(string endorsementKeyId, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(endorsementKeyId);
        return ReadAsync(DeviceSql.FindByEndorsementKey(endorsementKeyId), cancellationToken);
    }

    public async Task<long> GetRemovalMarkAsync(string nodeId, string endorsementKeyId, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(nodeId);
        ArgumentNullException.ThrowIfNull(endorsementKeyId);
        IReadOnlyList<long> marks = await database.QueryAsync(
            DeviceSql.RemovalMark(nodeId, endorsementKeyId), row => row.GetInt64(0), cancellationToken).ConfigureAwait(false);
        return marks[0];
    }

    public async Task<AddDeviceOutcome> TryAddAsync(DeviceRecord device, long removalMark, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(device);
        (List<AddDeviceOutcome> reasons, int[] changed) = await database.RunAsync(
            [.. PostgreSqlLocks.Removals(added: [device.NodeId, device.EndorsementKeyId], removed: []), DeviceSql.Add(device, removalMark).IfItChanged(DeviceSql.AddKeys(device))],
            DeviceSql.WhyNotAdded(device),
            DeviceSql.ReadWhyNotAdded,
            cancellationToken).ConfigureAwait(false);
        return changed[^2] == 1 ? AddDeviceOutcome.Added : reasons[0];
    }

    public async Task<bool> TryUpdateAsync(DeviceRecord device, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(device);
        return await database.ExecuteAsync([], DeviceSql.Update(device), cancellationToken).ConfigureAwait(false) == 1;
    }

    public async Task<ReplaceDeviceOutcome> TryReplaceAsync(
        DeviceRecord current, DeviceRecord replacement, long removalMark, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(current);
        ArgumentNullException.ThrowIfNull(replacement);
        if (current.NodeId != replacement.NodeId)
        {
            throw new ArgumentException("The replacement is of another node.", nameof(replacement));
        }

        bool losesKey = current.EndorsementKeyId != replacement.EndorsementKeyId;
        SqlStatement replace = DeviceSql.Replace(current, replacement, removalMark);
        SqlStatement keys = DeviceSql.ReplaceKeys(replacement);
        SqlStatement[] before =
        [
            .. PostgreSqlLocks.Removals(added: [replacement.NodeId, replacement.EndorsementKeyId], removed: losesKey ? [current.EndorsementKeyId] : []),
            losesKey ? replace.IfItChanged(DeviceSql.CountRemoval(current.EndorsementKeyId, current.EndorsementKeyId), keys) : replace.IfItChanged(keys),
        ];
        try
        {
            (List<ReplaceDeviceOutcome> reasons, int[] changed) = await database.RunAsync(
                before, DeviceSql.WhyNotReplaced(current, replacement), DeviceSql.ReadWhyNotReplaced, cancellationToken).ConfigureAwait(false);
            return changed[^2] == 1 ? ReplaceDeviceOutcome.Replaced : reasons[0];
        }
        catch (NpgsqlException exception) when (PostgreSqlFailure.IsUniqueness(exception))
        {
            // Another node got the endorsement key after the statement had looked.
            return ReplaceDeviceOutcome.EndorsementKeyTaken;
        }
    }

    public async Task<bool> TryRemoveAsync(DeviceRecord current, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(current);

        // The locks are taken before the row is touched, as who adds one does.
        return await database.ExecuteAsync(
            PostgreSqlLocks.Removals(added: [], removed: [current.NodeId, current.EndorsementKeyId]),
            DeviceSql.Remove(current).IfItChanged(DeviceSql.CountRemoval(current.NodeId, current.EndorsementKeyId)),
            cancellationToken).ConfigureAwait(false) > 0;
    }

    public async IAsyncEnumerable<DeviceRecord> ListAsync(
        string? afterNodeId = null, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        IReadOnlyList<DeviceRecord> page;
        do
        {
            page = await database.QueryAsync(DeviceSql.List(afterNodeId ?? "", DevicesPerPage), DeviceSql.Read, cancellationToken).ConfigureAwait(false);
            foreach (DeviceRecord device in page)
            {
                yield return device;
            }

            afterNodeId = page.LastOrDefault()?.NodeId;
        }
        while (page.Count == DevicesPerPage);
    }

    private async Task<DeviceRecord?> ReadAsync(SqlStatement statement, CancellationToken cancellationToken) =>
        (await database.QueryAsync(statement, DeviceSql.Read, cancellationToken).ConfigureAwait(false)).SingleOrDefault();
}
