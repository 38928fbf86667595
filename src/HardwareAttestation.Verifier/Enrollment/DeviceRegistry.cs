using System.Buffers.Text;
using System.Security.Cryptography;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace HardwareAttestation.Verifier;

/// <summary>
/// What an operator decides of enrolled machines: whether they stay in service, and whether a node may be enrolled anew. No message of a machine leads here: protect the
/// handlers that do.
/// </summary>
/// <remarks>
/// <para>Every decision that changes anything ends the enrolments of the node that were begun before it and are not completed. One that finds the device as it is asked to be writes
/// nothing.</para>
/// <para>Safe to share between threads, and between instances that share a store.</para>
/// </remarks>
public sealed class DeviceRegistry
{
    private const int GrantIdSize = 16;
    private const int Attempts = 16;
    private static readonly TimeSpan LongestGrant = TimeSpan.FromDays(30);
    private readonly IDeviceStore _devices;
    private readonly TimeProvider _timeProvider;
    private readonly ILogger _logger;

    /// <summary>Initializes the registry.</summary>
    /// <param name="devices">The store that the verifier has, too.</param>
    /// <param name="timeProvider">The clock; null for the system's.</param>
    /// <param name="logger">Where to log, if anywhere.</param>
    public DeviceRegistry(IDeviceStore devices, TimeProvider? timeProvider = null, ILogger<DeviceRegistry>? logger = null)
        : this(devices, timeProvider, (ILogger?)logger)
    {
    }

    internal DeviceRegistry(IDeviceStore devices, TimeProvider? timeProvider, ILogger? logger)
    {
        ArgumentNullException.ThrowIfNull(devices);
        _devices = devices;
        _timeProvider = timeProvider ?? TimeProvider.System;
        _logger = logger ?? NullLogger.Instance;
    }

    /// <summary>How many characters a reason has at most: 512.</summary>
    public static int MaximumReasonLength => 512;

    /// <summary>Finds the device of a node.</summary>
    /// <param name="nodeId">The node.</param>
    /// <param name="cancellationToken">Cancels.</param>
    /// <returns>The device, or null.</returns>
    public Task<DeviceRecord?> FindAsync(string nodeId, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(nodeId);
        return _devices.FindAsync(nodeId, cancellationToken);
    }

    /// <summary>Finds the device that has an endorsement key.</summary>
    /// <param name="endorsementKeyId">The <see cref="DeviceRecord.EndorsementKeyId"/>.</param>
    /// <param name="cancellationToken">Cancels.</param>
    /// <returns>The device, or null.</returns>
    public Task<DeviceRecord?> FindByEndorsementKeyAsync(string endorsementKeyId, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(endorsementKeyId);
        return _devices.FindByEndorsementKeyAsync(endorsementKeyId, cancellationToken);
    }

    /// <summary>Lists the devices in the ordinal order of their nodes: to judge their certificates again, for instance.</summary>
    /// <param name="afterNodeId">Only nodes after this one, whether it has a device or not; null for all.</param>
    /// <param name="cancellationToken">Cancels.</param>
    /// <returns>The devices. What changes meanwhile is listed as it was before or as it is after.</returns>
    public IAsyncEnumerable<DeviceRecord> ListAsync(string? afterNodeId = null, CancellationToken cancellationToken = default) =>
        _devices.ListAsync(afterNodeId, cancellationToken);

    /// <summary>
    /// Grants that a node is enrolled anew, once, with the endorsement key that it has: its attestation key was lost, or its TPM was cleared. Until then the enrolment that it has
    /// stays as it is. A device that was retired comes back into service by it.
    /// </summary>
    /// <param name="nodeId">The node.</param>
    /// <param name="lifetime">How long it may: more than zero, at most 30 days.</param>
    /// <param name="cancellationToken">Cancels.</param>
    /// <returns>What it came to. An earlier grant is replaced.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The lifetime is not more than zero, or more than 30 days.</exception>
    public Task<DeviceChange> GrantReenrollmentAsync(string nodeId, TimeSpan lifetime, CancellationToken cancellationToken = default) =>
        GrantAsync(nodeId, "grant_reenrollment", EnrollmentGrantKind.SameEndorsementKey, lifetime, cancellationToken);

    /// <summary>
    /// Grants that a node is enrolled anew, once, with any endorsement key that is of no other node: its board was changed. Until then the enrolment that it has stays as it is; after it,
    /// the old endorsement key is free for another node. A device that was retired comes back into service by it.
    /// </summary>
    /// <param name="nodeId">The node.</param>
    /// <param name="lifetime">How long it may: more than zero, at most 30 days.</param>
    /// <param name="cancellationToken">Cancels.</param>
    /// <returns>What it came to. An earlier grant is replaced.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The lifetime is not more than zero, or more than 30 days.</exception>
    public Task<DeviceChange> GrantReplacementAsync(string nodeId, TimeSpan lifetime, CancellationToken cancellationToken = default) =>
        GrantAsync(nodeId, "grant_replacement", EnrollmentGrantKind.AnyEndorsementKey, lifetime, cancellationToken);

    /// <summary>Takes back the grant that a node is enrolled anew.</summary>
    /// <param name="nodeId">The node.</param>
    /// <param name="cancellationToken">Cancels.</param>
    /// <returns>What it came to.</returns>
    public Task<DeviceChange> WithdrawGrantAsync(string nodeId, CancellationToken cancellationToken = default) => ChangeAsync(
        nodeId, "withdraw_grant", device => CanChange(device) ? device.EnrollmentGrant is null ? device : device.With(grant: null) : null, cancellationToken);

    /// <summary>Takes a device out of service: it gets no challenge and its evidence is refused. Its node and its endorsement key stay taken.</summary>
    /// <param name="nodeId">The node.</param>
    /// <param name="reason">Why, for the record; or null. At most <see cref="MaximumReasonLength"/> characters.</param>
    /// <param name="cancellationToken">Cancels.</param>
    /// <returns>What it came to. A grant ends with it. A device that is retired already keeps its first reason.</returns>
    /// <exception cref="ArgumentException">The reason is too long.</exception>
    public Task<DeviceChange> RetireAsync(string nodeId, string? reason = null, CancellationToken cancellationToken = default)
    {
        CheckReason(reason);
        return ChangeAsync(
            nodeId,
            "retire",
            device => CanChange(device) ? device is { Status: DeviceStatus.Retired, EnrollmentGrant: null } ? device : device.With(DeviceStatus.Retired, device.Status == DeviceStatus.Retired ? device.StatusReason : reason) : null,
            cancellationToken);
    }

    /// <summary>Takes a device that was retired back into service, with the keys that it has.</summary>
    /// <param name="nodeId">The node.</param>
    /// <param name="cancellationToken">Cancels.</param>
    /// <returns>What it came to.</returns>
    public Task<DeviceChange> ReinstateAsync(string nodeId, CancellationToken cancellationToken = default) => ChangeAsync(
        nodeId,
        "reinstate",
        device => CanChange(device) ? device.Status == DeviceStatus.Active ? device : device.With(DeviceStatus.Active, reason: null) : null,
        cancellationToken);

    /// <summary>
    /// Takes a device out of service for good: stolen, or not to be trusted any more. It gets no challenge, its evidence is refused, its endorsement key is enrolled under no name, and
    /// nothing is enrolled under its node's.
    /// </summary>
    /// <param name="nodeId">The node.</param>
    /// <param name="reason">Why, for the record. At most <see cref="MaximumReasonLength"/> characters.</param>
    /// <param name="cancellationToken">Cancels.</param>
    /// <returns>What it came to. A device that is revoked already keeps its first reason.</returns>
    /// <exception cref="ArgumentException">The reason is empty or too long.</exception>
    public Task<DeviceChange> RevokeAsync(string nodeId, string reason, CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(reason);
        CheckReason(reason);
        return ChangeAsync(
            nodeId, "revoke", device => device.Status == DeviceStatus.Revoked ? device : device.With(DeviceStatus.Revoked, reason), cancellationToken);
    }

    /// <summary>
    /// Forgets the device of a node: the node and the endorsement key can be enrolled again, by whomever the caller of
    /// <see cref="AttestationVerifier.BeginEnrollmentAsync(Protocol.EnrollmentRequest, CancellationToken)"/> lets.
    /// </summary>
    /// <remarks>
    /// A revoked device is not forgotten, since it would not be revoked any more. Who is sure takes it out of the store itself, with <see cref="IDeviceStore.TryRemoveAsync"/>.
    /// </remarks>
    /// <param name="nodeId">The node.</param>
    /// <param name="cancellationToken">Cancels.</param>
    /// <returns>What it came to: <see cref="DeviceChangeOutcome.Changed"/> if the device is forgotten.</returns>
    public Task<DeviceChange> RemoveAsync(string nodeId, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(nodeId);
        return VerifierTelemetry.WatchAsync(
            "remove",
            (Registry: this, nodeId, cancellationToken),
            static call => call.Registry.TryRemoveAsync(call.nodeId, call.cancellationToken),
            static (call, changed) => OperationOutcome.Of(changed.Outcome, call.nodeId));
    }

    // Of a status that the store has lost nobody knows whether it was this.
    private static bool CanChange(DeviceRecord device) => device.Status is DeviceStatus.Active or DeviceStatus.Retired;

    private static void CheckReason(string? reason)
    {
        if (reason?.Length > MaximumReasonLength)
        {
            throw new ArgumentException($"The reason has {reason.Length} characters: {MaximumReasonLength} are allowed.", nameof(reason));
        }
    }

    private Task<DeviceChange> GrantAsync(string nodeId, string operation, EnrollmentGrantKind kind, TimeSpan lifetime, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(lifetime, TimeSpan.Zero);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(lifetime, LongestGrant);
        EnrollmentGrant grant = new(
            Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(GrantIdSize)), kind, _timeProvider.GetUtcNow() + lifetime);
        return ChangeAsync(nodeId, operation, device => CanChange(device) ? device.With(grant) : null, cancellationToken);
    }

    /// <param name="nodeId">The node.</param>
    /// <param name="operation">The operation, as it is watched and logged.</param>
    /// <param name="change">Gives the device as it should be: the same if it is so already; null if it may not be changed any more.</param>
    /// <param name="cancellationToken">Cancels.</param>
    private Task<DeviceChange> ChangeAsync(string nodeId, string operation, Func<DeviceRecord, DeviceRecord?> change, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(nodeId);
        return VerifierTelemetry.WatchAsync(
            operation,
            (Registry: this, nodeId, operation, change, cancellationToken),
            static call => call.Registry.TryChangeAsync(call.nodeId, call.operation, call.change, call.cancellationToken),
            static (call, changed) => OperationOutcome.Of(changed.Outcome, call.nodeId));
    }

    // The verifier changes records, too, at every boot: a change that came too late is made again on what is there now.
    private async Task<DeviceChange> TryChangeAsync(
        string nodeId, string operation, Func<DeviceRecord, DeviceRecord?> change, CancellationToken cancellationToken)
    {
        DeviceRecord? device = null;
        for (int attempt = 0; attempt < Attempts; attempt++)
        {
            device = await _devices.FindAsync(nodeId, cancellationToken).ConfigureAwait(false);
            if (device is null)
            {
                return new DeviceChange(DeviceChangeOutcome.NoDevice, null);
            }

            DeviceRecord? changed = change(device);
            if (changed is null || ReferenceEquals(changed, device))
            {
                return new DeviceChange(changed is null ? DeviceChangeOutcome.Revoked : DeviceChangeOutcome.Unchanged, device);
            }

            if (await _devices.TryUpdateAsync(changed, cancellationToken).ConfigureAwait(false))
            {
                VerifierLog.DeviceChanged(_logger, operation, nodeId, changed.Status);
                return new DeviceChange(DeviceChangeOutcome.Changed, changed);
            }
        }

        return new DeviceChange(DeviceChangeOutcome.Busy, device);
    }

    private async Task<DeviceChange> TryRemoveAsync(string nodeId, CancellationToken cancellationToken)
    {
        DeviceRecord? device = null;
        for (int attempt = 0; attempt < Attempts; attempt++)
        {
            device = await _devices.FindAsync(nodeId, cancellationToken).ConfigureAwait(false);
            if (device is null)
            {
                return new DeviceChange(DeviceChangeOutcome.NoDevice, null);
            }

            if (!CanChange(device))
            {
                return new DeviceChange(DeviceChangeOutcome.Revoked, device);
            }

            if (await _devices.TryRemoveAsync(device, cancellationToken).ConfigureAwait(false))
            {
                VerifierLog.DeviceRemoved(_logger, nodeId);
                return new DeviceChange(DeviceChangeOutcome.Changed, null);
            }
        }

        return new DeviceChange(DeviceChangeOutcome.Busy, device);
    }
}
