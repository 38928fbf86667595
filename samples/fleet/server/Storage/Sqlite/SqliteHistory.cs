using Fleet.Server.Storage.Sql;

namespace Fleet.Server.Storage.Sqlite;

/// <summary>Boots and refusals, beside the devices. The last of them may be lost with the machine's power: no device is.</summary>
internal sealed class SqliteHistory(SqliteFile file, StorageOptions options) : IFleetHistory
{
    // Refusals without a device are counted after each so many, and cut back by as many more.
    private const int TrimEvery = 100;

    public Task RecordAttestationAsync(Attestation attestation, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(attestation);
        return file.WriteAsync(
            session =>
            {
                bool isNewBoot = session.Query(HistorySql.CountAttestation(attestation), row => row.GetInt64(0))[0] == 1;
                return isNewBoot && session.Execute(HistorySql.TrimBoots(attestation.NodeId, options.BootsPerNode)) > 0;
            },
            cancellationToken,
            durably: false);
    }

    public Task RecordRefusalAsync(Refusal refusal, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(refusal);
        Refusal bounded = RefusalText.Bound(refusal);
        return file.WriteAsync(session => Record(session, bounded), cancellationToken, durably: false);
    }

    public Task<IReadOnlyList<Boot>> GetBootsAsync(string nodeId, int limit, CancellationToken cancellationToken = default) =>
        file.QueryAsync(HistorySql.Boots(nodeId, limit), HistorySql.ReadBoot, cancellationToken);

    public Task<IReadOnlyList<Refusal>> GetRefusalsAsync(string? nodeId, int limit, CancellationToken cancellationToken = default) =>
        file.QueryAsync(HistorySql.Refusals(nodeId, limit), HistorySql.ReadRefusal, cancellationToken);

    private bool Record(SqliteSession session, Refusal refusal)
    {
        if (refusal is { Signed: true, NodeId: { } device })
        {
            session.Execute(DeviceSql.MarkRefused(device, refusal.LastAt));
        }

        if (session.Execute(HistorySql.CountRefusal(refusal, options.SameRefusal)) > 0)
        {
            return false;
        }

        long number = session.Query(HistorySql.AddRefusal(refusal), row => row.GetInt64(0))[0];
        if (refusal.NodeId is not null)
        {
            session.Execute(HistorySql.TrimRefusalsOfNode(refusal, options));
        }

        if (number % TrimEvery == 0)
        {
            session.Execute(HistorySql.TrimRefusalsWithoutDevice(options.RefusalsWithoutDevice - TrimEvery));
        }

        return true;
    }
}
