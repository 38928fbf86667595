using System.Runtime.CompilerServices;
using Fleet.Server.Storage.Sql;
using HardwareAttestation.Verifier;

namespace Fleet.Server.Storage.Sqlite;

/// <summary>The enrolled machines. Each change is a transaction that is on the disk before it is answered.</summary>
internal sealed class SqliteDeviceStore(SqliteFile file) : IDeviceStore
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
        IReadOnlyList<long> marks = await file.QueryAsync(
            DeviceSql.RemovalMark(nodeId, endorsementKeyId), row => row.GetInt64(0), cancellationToken).ConfigureAwait(false);
        return marks[0];
    }

    public Task<AddDeviceOutcome> TryAddAsync(DeviceRecord device, long removalMark, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(device);
        return file.WriteAsync(
            session =>
            {
                if (session.Execute(DeviceSql.Add(device, removalMark)) == 0)
                {
                    return session.Query(DeviceSql.WhyNotAdded(device), DeviceSql.ReadWhyNotAdded)[0];
                }

                session.Execute(DeviceSql.AddKeys(device));
                return AddDeviceOutcome.Added;
            },
            cancellationToken);
    }

    public Task<bool> TryUpdateAsync(DeviceRecord device, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(device);
        return file.WriteAsync(session => session.Execute(DeviceSql.Update(device)) == 1, cancellationToken);
    }

    public Task<ReplaceDeviceOutcome> TryReplaceAsync(
        DeviceRecord current, DeviceRecord replacement, long removalMark, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(current);
        ArgumentNullException.ThrowIfNull(replacement);
        if (current.NodeId != replacement.NodeId)
        {
            throw new ArgumentException("The replacement is of another node.", nameof(replacement));
        }

        return file.WriteAsync(
            session =>
            {
                if (session.Execute(DeviceSql.Replace(current, replacement, removalMark)) == 0)
                {
                    return session.Query(DeviceSql.WhyNotReplaced(current, replacement), DeviceSql.ReadWhyNotReplaced)[0];
                }

                session.Execute(DeviceSql.ReplaceKeys(replacement));
                if (current.EndorsementKeyId != replacement.EndorsementKeyId)
                {
                    session.Execute(DeviceSql.CountRemoval(current.EndorsementKeyId, current.EndorsementKeyId));
                }

                return ReplaceDeviceOutcome.Replaced;
            },
            cancellationToken);
    }

    public Task<bool> TryRemoveAsync(DeviceRecord current, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(current);
        return file.WriteAsync(
            session =>
            {
                if (session.Execute(DeviceSql.Remove(current)) == 0)
                {
                    return false;
                }

                session.Execute(DeviceSql.CountRemoval(current.NodeId, current.EndorsementKeyId));
                return true;
            },
            cancellationToken);
    }

    public async IAsyncEnumerable<DeviceRecord> ListAsync(
        string? afterNodeId = null, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        IReadOnlyList<DeviceRecord> page;
        do
        {
            page = await file.QueryAsync(DeviceSql.List(afterNodeId ?? "", DevicesPerPage), DeviceSql.Read, cancellationToken).ConfigureAwait(false);
            foreach (DeviceRecord device in page)
            {
                yield return device;
            }

            afterNodeId = page.LastOrDefault()?.NodeId;
        }
        while (page.Count == DevicesPerPage);
    }

    private async Task<DeviceRecord?> ReadAsync(SqlStatement statement, CancellationToken cancellationToken) =>
        (await file.QueryAsync(statement, DeviceSql.Read, cancellationToken).ConfigureAwait(false)).SingleOrDefault();
}
