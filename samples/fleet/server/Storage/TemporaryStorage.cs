using HardwareAttestation.Verifier;

namespace Fleet.Server.Storage;

/// <summary>A storage in memory, until the databases are here.</summary>
internal sealed class TemporaryStorage(FleetOptions options, TimeProvider timeProvider) : IFleetStorage, IFleetHistory, IFleetDirectory
{
    private readonly InMemoryDeviceStore _devices = new();
    private readonly List<Refusal> _refusals = [];
    private readonly Dictionary<(string, string, uint, uint), Boot> _boots = [];
    private readonly SortedSet<string> _nodes = new(StringComparer.Ordinal);
    private readonly Lock _lock = new();

    public string Description => "memory";

    public IDeviceStore Devices => _devices;

    public IChallengeStore Challenges { get; } = new InMemoryChallengeStore(options.Challenges, timeProvider, options.ChallengesPerSource);

    public IFleetHistory History => this;

    public IFleetDirectory Directory => this;

    public Task MigrateAsync(CancellationToken cancellationToken = default) => Task.CompletedTask;

    public Task ProbeAsync(CancellationToken cancellationToken = default) => Task.CompletedTask;

    public Task<int> CleanUpAsync(DateTimeOffset now, CancellationToken cancellationToken = default) => Task.FromResult(0);

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    public Task RecordAttestationAsync(Attestation attestation, CancellationToken cancellationToken = default)
    {
        lock (_lock)
        {
            var key = (attestation.NodeId, attestation.EnrollmentId, attestation.ResetCount, attestation.RestartCount);
            _nodes.Add(attestation.NodeId);
            _boots[key] = _boots.TryGetValue(key, out Boot? boot)
                ? boot with { LastAttestedAt = attestation.At, Attestations = boot.Attestations + 1 }
                : new Boot(attestation.EnrollmentId, attestation.ResetCount, attestation.RestartCount, attestation.At, attestation.At, 1);
        }

        return Task.CompletedTask;
    }

    public Task RecordRefusalAsync(Refusal refusal, CancellationToken cancellationToken = default)
    {
        lock (_lock)
        {
            _refusals.Insert(0, refusal);
        }

        return Task.CompletedTask;
    }

    public Task<IReadOnlyList<Boot>> GetBootsAsync(string nodeId, int limit, CancellationToken cancellationToken = default)
    {
        lock (_lock)
        {
            return Task.FromResult<IReadOnlyList<Boot>>(
                [.. _boots.Where(pair => pair.Key.Item1 == nodeId).Select(pair => pair.Value).OrderByDescending(boot => boot.LastAttestedAt).Take(limit)]);
        }
    }

    public Task<IReadOnlyList<Refusal>> GetRefusalsAsync(string? nodeId, int limit, CancellationToken cancellationToken = default)
    {
        lock (_lock)
        {
            return Task.FromResult<IReadOnlyList<Refusal>>([.. _refusals.Where(refusal => nodeId is null || refusal.NodeId == nodeId).Take(limit)]);
        }
    }

    public async Task<FleetSummary> SummarizeAsync(DateTimeOffset overdueBefore, CancellationToken cancellationToken = default)
    {
        IReadOnlyList<DeviceView> views = await ListAsync(new DeviceQuery(overdueBefore, null, null, null, int.MaxValue), cancellationToken);
        return new FleetSummary(Count(DeviceState.Attested), Count(DeviceState.Overdue), Count(DeviceState.Refused), Count(DeviceState.Retired), Count(DeviceState.Revoked));

        int Count(DeviceState state) => views.Count(view => view.State == state);
    }

    public async Task<IReadOnlyList<DeviceView>> ListAsync(DeviceQuery query, CancellationToken cancellationToken = default)
    {
        List<DeviceView> views = [];
        foreach (string node in _nodes)
        {
            if (await FindAsync(node, query.OverdueBefore, cancellationToken) is { } view
                && (query.State ?? view.State) == view.State
                && node.StartsWith(query.Prefix ?? string.Empty, StringComparison.Ordinal)
                && string.CompareOrdinal(node, query.After) > 0)
            {
                views.Add(view);
            }
        }

        return [.. views.Take(query.Limit)];
    }

    public async Task<DeviceView?> FindAsync(string nodeId, DateTimeOffset overdueBefore, CancellationToken cancellationToken = default)
    {
        if (await _devices.FindAsync(nodeId, cancellationToken) is not { } record)
        {
            return null;
        }

        DateTimeOffset? refused = _refusals.Find(refusal => refusal.NodeId == nodeId)?.LastAt;
        DeviceState state = record.Status switch
        {
            DeviceStatus.Revoked => DeviceState.Revoked,
            DeviceStatus.Retired => DeviceState.Retired,
            _ when refused > (record.LastVerifiedAt ?? DateTimeOffset.MinValue) => DeviceState.Refused,
            _ when (record.LastVerifiedAt ?? DateTimeOffset.MinValue) < overdueBefore => DeviceState.Overdue,
            _ => DeviceState.Attested,
        };
        return new DeviceView(record, state, refused);
    }
}
