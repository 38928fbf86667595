namespace HardwareAttestation.Verifier.Tests.Enrollment;

/// <summary>A device store that does as the one in memory, but for what a test puts in its place.</summary>
internal sealed class BrokenDeviceStore : IDeviceStore
{
    private readonly InMemoryDeviceStore _inner = new();

    public BrokenDeviceStore()
    {
        Find = node => _inner.FindAsync(node);
        FindByKey = key => _inner.FindByEndorsementKeyAsync(key);
        Mark = (node, key) => _inner.GetRemovalMarkAsync(node, key);
        Add = (device, mark) => _inner.TryAddAsync(device, mark);
        Update = device => _inner.TryUpdateAsync(device);
        Replace = (current, replacement, mark) => _inner.TryReplaceAsync(current, replacement, mark);
        Remove = device => _inner.TryRemoveAsync(device);
        List = after => _inner.ListAsync(after);
    }

    public InMemoryDeviceStore Inner => _inner;

    public Meeting Others { get; } = new();

    public Func<string, Task<DeviceRecord?>> Find { get; set; }

    public Func<string, Task<DeviceRecord?>> FindByKey { get; set; }

    public Func<string, string, Task<long>> Mark { get; set; }

    public Func<DeviceRecord, long, Task<AddDeviceOutcome>> Add { get; set; }

    public Func<DeviceRecord, Task<bool>> Update { get; set; }

    public Func<DeviceRecord, DeviceRecord, long, Task<ReplaceDeviceOutcome>> Replace { get; set; }

    public Func<DeviceRecord, Task<bool>> Remove { get; set; }

    public Func<string?, IAsyncEnumerable<DeviceRecord>> List { get; set; }

    public Task<DeviceRecord?> FindAsync(string nodeId, CancellationToken cancellationToken = default) => Find(nodeId);

    public Task<DeviceRecord?> FindByEndorsementKeyAsync(string endorsementKeyId, CancellationToken cancellationToken = default) => FindByKey(endorsementKeyId);

    public Task<long> GetRemovalMarkAsync(string nodeId, string endorsementKeyId, CancellationToken cancellationToken = default) => Mark(nodeId, endorsementKeyId);

    public Task<AddDeviceOutcome> TryAddAsync(DeviceRecord device, long removalMark, CancellationToken cancellationToken = default) => Add(device, removalMark);

    public Task<bool> TryUpdateAsync(DeviceRecord device, CancellationToken cancellationToken = default) => Update(device);

    public Task<ReplaceDeviceOutcome> TryReplaceAsync(
        DeviceRecord current, DeviceRecord replacement, long removalMark, CancellationToken cancellationToken = default) =>
        Replace(current, replacement, removalMark);

    public Task<bool> TryRemoveAsync(DeviceRecord current, CancellationToken cancellationToken = default) => Remove(current);

    public IAsyncEnumerable<DeviceRecord> ListAsync(string? afterNodeId = null, CancellationToken cancellationToken = default) => List(afterNodeId);

    /// <summary>Adds whatever the mark.</summary>
    public async Task<AddDeviceOutcome> AddAnywayAsync(DeviceRecord device) =>
        await _inner.TryAddAsync(device, await _inner.GetRemovalMarkAsync(device.NodeId, device.EndorsementKeyId));

    /// <summary>Updates whatever the revision and the enrolment.</summary>
    public async Task<bool> UpdateAnywayAsync(DeviceRecord device) =>
        await _inner.FindAsync(device.NodeId) is { } stored && await ReplaceAnywayAsync(stored, device) == ReplaceDeviceOutcome.Replaced;

    /// <summary>Replaces whatever the mark.</summary>
    public async Task<ReplaceDeviceOutcome> ReplaceAnywayAsync(DeviceRecord current, DeviceRecord replacement) => await _inner.TryReplaceAsync(
        current, replacement, await _inner.GetRemovalMarkAsync(replacement.NodeId, replacement.EndorsementKeyId));
}

/// <summary>A challenge store that does as the one in memory, but for what a test puts in its place.</summary>
internal sealed class BrokenChallengeStore : IChallengeStore
{
    public BrokenChallengeStore()
    {
        Add = challenge => Inner.TryAddAsync(challenge);
        Take = id => Inner.TakeAsync(id);
    }

    // With a clock that stands still: nothing expires by itself.
    public InMemoryChallengeStore Inner { get; } = new(timeProvider: new ManualTimeProvider());

    public Meeting Others { get; } = new();

    public Func<PendingChallenge, Task<bool>> Add { get; set; }

    public Func<string, Task<PendingChallenge?>> Take { get; set; }

    public Task<bool> TryAddAsync(PendingChallenge challenge, CancellationToken cancellationToken = default) => Add(challenge);

    public Task<PendingChallenge?> TakeAsync(string challengeId, CancellationToken cancellationToken = default) => Take(challengeId);
}
