namespace HardwareAttestation.Verifier;

/// <summary>Remembers the enrolled machines as long as the process lives: for tests, trials, and servers with a single instance that enrols anew.</summary>
public sealed class InMemoryDeviceStore : IDeviceStore
{
    private readonly Lock _lock = new();
    private readonly Dictionary<string, DeviceRecord> _byNode = new(StringComparer.Ordinal);
    private readonly Dictionary<string, string> _nodeByEndorsementKey = new(StringComparer.Ordinal);

    /// <inheritdoc/>
    public Task<DeviceRecord?> FindAsync(string nodeId, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(nodeId);
        lock (_lock)
        {
            return Task.FromResult(_byNode.GetValueOrDefault(nodeId));
        }
    }

    /// <inheritdoc/>
    public Task<DeviceRecord?> FindByEndorsementKeyAsync(string endorsementKeyId, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(endorsementKeyId);
        lock (_lock)
        {
            return Task.FromResult(_nodeByEndorsementKey.TryGetValue(endorsementKeyId, out string? node) ? _byNode[node] : null);
        }
    }

    /// <inheritdoc/>
    public Task<AddDeviceOutcome> TryAddAsync(DeviceRecord device, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(device);
        lock (_lock)
        {
            if (_byNode.ContainsKey(device.NodeId))
            {
                return Task.FromResult(AddDeviceOutcome.NodeTaken);
            }

            if (!_nodeByEndorsementKey.TryAdd(device.EndorsementKeyId, device.NodeId))
            {
                return Task.FromResult(AddDeviceOutcome.EndorsementKeyTaken);
            }

            _byNode.Add(device.NodeId, device);
            return Task.FromResult(AddDeviceOutcome.Added);
        }
    }

    /// <inheritdoc/>
    public Task<bool> TryUpdateAsync(DeviceRecord device, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(device);
        lock (_lock)
        {
            // A device that was removed and enrolled again begins at the same revision: its keys tell it apart.
            bool current = _byNode.TryGetValue(device.NodeId, out DeviceRecord? stored)
                && stored.Revision + 1 == device.Revision
                && stored.EndorsementKeyId == device.EndorsementKeyId
                && stored.AttestationPublic.Span.SequenceEqual(device.AttestationPublic.Span)
                && stored.EnrolledAt == device.EnrolledAt;
            if (current)
            {
                _byNode[device.NodeId] = device;
            }

            return Task.FromResult(current);
        }
    }

    /// <inheritdoc/>
    public Task<bool> RemoveAsync(string nodeId, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(nodeId);
        lock (_lock)
        {
            if (!_byNode.Remove(nodeId, out DeviceRecord? removed))
            {
                return Task.FromResult(false);
            }

            _nodeByEndorsementKey.Remove(removed.EndorsementKeyId);
            return Task.FromResult(true);
        }
    }
}
