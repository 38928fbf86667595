using Fleet.Server.Storage.Sql;

namespace Fleet.Server.Storage.PostgreSql;

/// <summary>Boots and refusals. The last of them may be lost if PostgreSQL's machine loses its power, since nobody waits for the disk for them: no device is.</summary>
internal sealed class PostgreSqlHistory(PostgreSqlDatabase database, StorageOptions options) : IFleetHistory, IDisposable
{
    // Refusals without a device are counted after each so many, and cut back by as many more.
    private const int TrimEvery = 100;

    // Strangers cause refusals, and those in one name wait for each other, each with a connection: a flood of them is to take few of what others need.
    private const int RefusalsAtOnce = 4;

    private static readonly SqlStatement WithoutWaiting = new("SELECT set_config('synchronous_commit', 'off', true)");

    private readonly SemaphoreSlim _turns = new(RefusalsAtOnce, RefusalsAtOnce);

    public async Task RecordAttestationAsync(Attestation attestation, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(attestation);
        (List<long> attestations, _) = await database.RunAsync(
            [WithoutWaiting], HistorySql.CountAttestation(attestation), row => row.GetInt64(0), cancellationToken).ConfigureAwait(false);
        if (attestations[0] == 1)
        {
            await database.ExecuteAsync([WithoutWaiting], HistorySql.TrimBoots(attestation.NodeId, options.BootsPerNode), cancellationToken).ConfigureAwait(false);
        }
    }

    public async Task RecordRefusalAsync(Refusal refusal, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(refusal);
        Refusal bounded = RefusalText.Bound(refusal);
        await _turns.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            await RecordAsync(bounded, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            _turns.Release();
        }
    }

    public Task<IReadOnlyList<Boot>> GetBootsAsync(string nodeId, int limit, CancellationToken cancellationToken = default) =>
        database.QueryAsync(HistorySql.Boots(nodeId, limit), HistorySql.ReadBoot, cancellationToken);

    public Task<IReadOnlyList<Refusal>> GetRefusalsAsync(string? nodeId, int limit, CancellationToken cancellationToken = default) =>
        database.QueryAsync(HistorySql.Refusals(nodeId, limit), HistorySql.ReadRefusal, cancellationToken);

    public void Dispose() => _turns.Dispose();

    private async Task RecordAsync(Refusal bounded, CancellationToken cancellationToken)
    {
        // Of those who record refusals in one name at the same moment, one adds the row and the others count in it.
        List<SqlStatement> before = [WithoutWaiting, PostgreSqlLocks.Name("refusals", bounded.NodeId ?? "")];
        if (bounded is { Signed: true, NodeId: { } device })
        {
            before.Add(DeviceSql.MarkRefused(device, bounded.LastAt));
        }

        (List<long> added, _) = await database.RunAsync(
            before, CountOrAdd(bounded), row => row.GetInt64(0), cancellationToken).ConfigureAwait(false);
        if (added is not [long number])
        {
            return;
        }

        if (bounded.NodeId is not null)
        {
            await database.ExecuteAsync([WithoutWaiting], HistorySql.TrimRefusalsOfNode(bounded, options), cancellationToken).ConfigureAwait(false);
        }

        if (number % TrimEvery == 0)
        {
            await database.ExecuteAsync(
                [WithoutWaiting], HistorySql.TrimRefusalsWithoutDevice(options.RefusalsWithoutDevice - TrimEvery), cancellationToken).ConfigureAwait(false);
        }
    }

    // Both in one statement, which gives the number of the row if it adds one.
    private SqlStatement CountOrAdd(Refusal refusal)
    {
        SqlStatement count = HistorySql.CountRefusal(refusal, options.SameRefusal);
        SqlStatement add = HistorySql.AddRefusal(refusal, unless: "EXISTS (SELECT 1 FROM counted)", firstParameter: count.Values.Length + 1);
        return new SqlStatement($"WITH counted AS ({count.Text} RETURNING 1) {add.Text}", [.. count.Values, .. add.Values]);
    }
}
