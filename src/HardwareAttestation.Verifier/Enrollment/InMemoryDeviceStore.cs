using System.Security.Cryptography;

namespace HardwareAttestation.Verifier;

/// <summary>Remembers the enrolled machines as long as the process lives: for tests, trials, and servers with a single instance that enrols anew.</summary>
/// <remarks>
/// A device takes 1 to 4 KB, by its certificate, and 40 KB at the very most; removals are counted in a fixed table of 8 KB. There is no cap: a device comes only of an enrolment that the server's
/// owner has allowed, and that a TPM has completed.
/// </remarks>
public sealed class InMemoryDeviceStore : IDeviceStore
{
    private const int RemovalCounters = 1024;
    private readonly Lock _lock = new();
    private readonly Dictionary<string, DeviceRecord> _byNode = new(StringComparer.Ordinal);
    private readonly Dictionary<string, string> _nodeByEndorsementKey = new(StringComparer.Ordinal);

    // Each name has one of a fixed number of counters, so that removed devices take no room. They begin at random: a mark that outlived the process, in a store of challenges that
    // does, is of no use.
    private readonly long[] _removals = new long[RemovalCounters];
    private readonly long _firstMark = RandomNumberGenerator.GetInt32(int.MaxValue) * (long)int.MaxValue;

    /// <summary>Whether a verifier or a container took the store because it was given none.</summary>
    internal bool IsDefault { get; init; }

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
    public Task<long> GetRemovalMarkAsync(string nodeId, string endorsementKeyId, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(nodeId);
        ArgumentNullException.ThrowIfNull(endorsementKeyId);
        lock (_lock)
        {
            return Task.FromResult(RemovalMark(nodeId, endorsementKeyId));
        }
    }

    /// <inheritdoc/>
    public Task<AddDeviceOutcome> TryAddAsync(DeviceRecord device, long removalMark, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(device);
        lock (_lock)
        {
            return Task.FromResult(Add());
        }

        AddDeviceOutcome Add()
        {
            if (_byNode.ContainsKey(device.NodeId))
            {
                return AddDeviceOutcome.NodeTaken;
            }

            if (_nodeByEndorsementKey.ContainsKey(device.EndorsementKeyId))
            {
                return AddDeviceOutcome.EndorsementKeyTaken;
            }

            if (RemovalMark(device.NodeId, device.EndorsementKeyId) != removalMark)
            {
                return AddDeviceOutcome.RemovedMeanwhile;
            }

            _byNode.Add(device.NodeId, device);
            _nodeByEndorsementKey.Add(device.EndorsementKeyId, device.NodeId);
            return AddDeviceOutcome.Added;
        }
    }

    /// <inheritdoc/>
    public Task<bool> TryUpdateAsync(DeviceRecord device, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(device);
        lock (_lock)
        {
            bool current = _byNode.TryGetValue(device.NodeId, out DeviceRecord? stored)
                && stored.Revision + 1 == device.Revision
                && stored.EnrollmentId == device.EnrollmentId
                && stored.EndorsementKeyId == device.EndorsementKeyId;
            if (current)
            {
                _byNode[device.NodeId] = device;
            }

            return Task.FromResult(current);
        }
    }

    /// <inheritdoc/>
    public Task<ReplaceDeviceOutcome> TryReplaceAsync(
        DeviceRecord current, DeviceRecord replacement, long removalMark, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(current);
        ArgumentNullException.ThrowIfNull(replacement);
        if (current.NodeId != replacement.NodeId)
        {
            throw new ArgumentException("The replacement is of another node.", nameof(replacement));
        }

        lock (_lock)
        {
            return Task.FromResult(Replace());
        }

        ReplaceDeviceOutcome Replace()
        {
            if (FindStored(current) is not { } stored)
            {
                return ReplaceDeviceOutcome.Changed;
            }

            if (_nodeByEndorsementKey.TryGetValue(replacement.EndorsementKeyId, out string? owner) && owner != current.NodeId)
            {
                return ReplaceDeviceOutcome.EndorsementKeyTaken;
            }

            if (RemovalMark(replacement.NodeId, replacement.EndorsementKeyId) != removalMark)
            {
                return ReplaceDeviceOutcome.RemovedMeanwhile;
            }

            if (stored.EndorsementKeyId != replacement.EndorsementKeyId)
            {
                _nodeByEndorsementKey.Remove(stored.EndorsementKeyId);
                _nodeByEndorsementKey.Add(replacement.EndorsementKeyId, replacement.NodeId);
                CounterOf(stored.EndorsementKeyId)++;
            }

            _byNode[replacement.NodeId] = replacement;
            return ReplaceDeviceOutcome.Replaced;
        }
    }

    /// <inheritdoc/>
    public Task<bool> TryRemoveAsync(DeviceRecord current, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(current);
        lock (_lock)
        {
            if (FindStored(current) is not { } stored)
            {
                return Task.FromResult(false);
            }

            _byNode.Remove(stored.NodeId);
            _nodeByEndorsementKey.Remove(stored.EndorsementKeyId);
            CounterOf(stored.NodeId)++;
            CounterOf(stored.EndorsementKeyId)++;
            return Task.FromResult(true);
        }
    }

    /// <inheritdoc/>
    /// <remarks>What is listed is what there was when it was asked for.</remarks>
    public IAsyncEnumerable<DeviceRecord> ListAsync(string? afterNodeId = null, CancellationToken cancellationToken = default)
    {
        DeviceRecord[] devices;
        lock (_lock)
        {
            devices = [.. _byNode.Values.Where(device => afterNodeId is null || string.CompareOrdinal(device.NodeId, afterNodeId) > 0)];
        }

        return devices.OrderBy(device => device.NodeId, StringComparer.Ordinal).ToAsyncEnumerable();
    }

    // The record that is stored, if it still is the one that was read.
    private DeviceRecord? FindStored(DeviceRecord current) =>
        _byNode.TryGetValue(current.NodeId, out DeviceRecord? stored) && stored.Revision == current.Revision && stored.EnrollmentId == current.EnrollmentId
            ? stored
            : null;

    // Counters only grow: the sum changes if either does.
    private long RemovalMark(string nodeId, string endorsementKeyId) => _firstMark + CounterOf(nodeId) + CounterOf(endorsementKeyId);

    private ref long CounterOf(string name) => ref _removals[(uint)string.GetHashCode(name, StringComparison.Ordinal) % RemovalCounters];
}
