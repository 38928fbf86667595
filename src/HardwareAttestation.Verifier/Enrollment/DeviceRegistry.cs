using System.Buffers.Text;
using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace HardwareAttestation.Verifier;

/// <summary>
/// What an operator decides of enrolled machines: whether they stay in service, and whether a node may be enrolled anew. No message of a machine leads here: protect the
/// handlers that do.
/// </summary>
/// <remarks>
/// <para>Every decision ends the enrolments of the node that were begun before it and are not completed.</para>
/// <para>Safe to share between threads, and between instances that share a store.</para>
/// </remarks>
public sealed class DeviceRegistry
{
    /// <summary>How many characters a reason has at most.</summary>
    public const int LongestReason = 512;

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
    public DeviceRegistry(IDeviceStore devices, TimeProvider? timeProvider = null, ILogger? logger = null)
    {
        ArgumentNullException.ThrowIfNull(devices);
        _devices = devices;
        _timeProvider = timeProvider ?? TimeProvider.System;
        _logger = logger ?? NullLogger.Instance;
    }

    /// <summary>Finds the device of a node.</summary>
    /// <param name="nodeId">The node.</param>
    /// <param name="cancellationToken">Cancels.</param>
    /// <returns>The device, or null.</returns>
    public Task<DeviceRecord?> FindAsync(string nodeId, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(nodeId);
        return _devices.FindAsync(nodeId, cancellationToken);
    }

    /// <summary>
    /// Lets a node be enrolled anew, once, with the endorsement key that it has: its attestation key was lost, or its TPM was cleared. Until then the enrolment that it has
    /// stays as it is. A device that was retired comes back into service by it.
    /// </summary>
    /// <param name="nodeId">The node.</param>
    /// <param name="lifetime">How long it may: more than zero, at most 30 days.</param>
    /// <param name="cancellationToken">Cancels.</param>
    /// <returns>What it came to. An earlier permission is replaced.</returns>
    public Task<DeviceChange> AllowReenrollmentAsync(string nodeId, TimeSpan lifetime, CancellationToken cancellationToken = default) =>
        AllowAsync(nodeId, EnrollmentGrantKind.SameEndorsementKey, lifetime, cancellationToken);

    /// <summary>
    /// Lets a node be enrolled anew, once, with any endorsement key that is of no other node: its board was changed. Until then the enrolment that it has stays as it is; after it,
    /// the old endorsement key is free for another node. A device that was retired comes back into service by it.
    /// </summary>
    /// <param name="nodeId">The node.</param>
    /// <param name="lifetime">How long it may: more than zero, at most 30 days.</param>
    /// <param name="cancellationToken">Cancels.</param>
    /// <returns>What it came to. An earlier permission is replaced.</returns>
    public Task<DeviceChange> AllowReplacementAsync(string nodeId, TimeSpan lifetime, CancellationToken cancellationToken = default) =>
        AllowAsync(nodeId, EnrollmentGrantKind.AnyEndorsementKey, lifetime, cancellationToken);

    /// <summary>Takes back the permission to enrol a node anew.</summary>
    /// <param name="nodeId">The node.</param>
    /// <param name="cancellationToken">Cancels.</param>
    /// <returns>What it came to.</returns>
    public Task<DeviceChange> WithdrawGrantAsync(string nodeId, CancellationToken cancellationToken = default) =>
        ChangeAsync(nodeId, "Withdrawal of a permission", device => device.With(grant: null), cancellationToken);

    /// <summary>Takes a device out of service: it gets no challenge and its evidence is refused. Its node and its endorsement key stay taken.</summary>
    /// <param name="nodeId">The node.</param>
    /// <param name="reason">Why, for the record; or null.</param>
    /// <param name="cancellationToken">Cancels.</param>
    /// <returns>What it came to.</returns>
    public Task<DeviceChange> RetireAsync(string nodeId, string? reason = null, CancellationToken cancellationToken = default)
    {
        CheckReason(reason);
        return ChangeAsync(nodeId, "Retirement", device => device.With(DeviceStatus.Retired, reason), cancellationToken);
    }

    /// <summary>Takes a device that was retired back into service, with the keys that it has.</summary>
    /// <param name="nodeId">The node.</param>
    /// <param name="cancellationToken">Cancels.</param>
    /// <returns>What it came to.</returns>
    public Task<DeviceChange> ReinstateAsync(string nodeId, CancellationToken cancellationToken = default) =>
        ChangeAsync(nodeId, "Reinstatement", device => device.With(DeviceStatus.Active, reason: null), cancellationToken);

    /// <summary>
    /// Takes a device out of service for good: stolen, or not to be trusted any more. It gets no challenge, its evidence is refused, and as long as the record exists, its
    /// endorsement key is enrolled under no name, and nothing is enrolled under its node's.
    /// </summary>
    /// <param name="nodeId">The node.</param>
    /// <param name="reason">Why, for the record and for the findings.</param>
    /// <param name="cancellationToken">Cancels.</param>
    /// <returns>What it came to. A device that is revoked already keeps its first reason.</returns>
    public Task<DeviceChange> RevokeAsync(string nodeId, string reason, CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(reason);
        CheckReason(reason);
        return ChangeOnceAsync();

        async Task<DeviceChange> ChangeOnceAsync()
        {
            DeviceChange change = await ChangeAsync(
                nodeId, "Revocation", device => device.With(DeviceStatus.Revoked, reason), cancellationToken).ConfigureAwait(false);
            return change.Outcome == DeviceChangeOutcome.Revoked ? new DeviceChange(DeviceChangeOutcome.Changed, change.Device) : change;
        }
    }

    /// <summary>
    /// Forgets the device of a node, revoked or not: the node and the endorsement key can be enrolled again, by whomever the caller of
    /// <see cref="AttestationVerifier.BeginEnrollmentAsync(Protocol.EnrollmentRequest, CancellationToken)"/> lets.
    /// </summary>
    /// <param name="nodeId">The node.</param>
    /// <param name="cancellationToken">Cancels.</param>
    /// <returns>False if the node had no device.</returns>
    public Task<bool> RemoveAsync(string nodeId, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(nodeId);
        return VerifierTelemetry.WatchAsync(
            nameof(RemoveAsync),
            (Registry: this, nodeId, cancellationToken),
            static call => call.Registry.RemoveOnceAsync(call.nodeId, call.cancellationToken),
            static (call, removed) => OperationOutcome.Of(removed ? DeviceChangeOutcome.Changed : DeviceChangeOutcome.NoDevice, call.nodeId));
    }

    private async Task<bool> RemoveOnceAsync(string nodeId, CancellationToken cancellationToken)
    {
        bool removed = await _devices.RemoveAsync(nodeId, cancellationToken).ConfigureAwait(false);
        if (removed)
        {
            VerifierLog.DeviceRemoved(_logger, nodeId);
        }

        return removed;
    }

    private static void CheckReason(string? reason)
    {
        if (reason?.Length > LongestReason)
        {
            throw new ArgumentException($"The reason has {reason.Length} characters: {LongestReason} are allowed.", nameof(reason));
        }
    }

    private Task<DeviceChange> AllowAsync(
        string nodeId, EnrollmentGrantKind kind, TimeSpan lifetime, CancellationToken cancellationToken, [CallerMemberName] string method = "")
    {
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(lifetime, TimeSpan.Zero);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(lifetime, LongestGrant);
        EnrollmentGrant grant = new(
            Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(GrantIdSize)), kind, _timeProvider.GetUtcNow() + lifetime);
        return ChangeAsync(nodeId, "Permission of a new enrolment", device => device.With(grant), cancellationToken, method);
    }

    private Task<DeviceChange> ChangeAsync(
        string nodeId,
        string operation,
        Func<DeviceRecord, DeviceRecord> change,
        CancellationToken cancellationToken,
        [CallerMemberName] string method = "")
    {
        ArgumentNullException.ThrowIfNull(nodeId);
        return VerifierTelemetry.WatchAsync(
            method,
            (Registry: this, nodeId, operation, change, cancellationToken),
            static call => call.Registry.TryChangeAsync(call.nodeId, call.operation, call.change, call.cancellationToken),
            static (call, changed) => OperationOutcome.Of(changed.Outcome, call.nodeId));
    }

    // The verifier changes records, too, at every boot: a change that came too late is made again on what is there now.
    private async Task<DeviceChange> TryChangeAsync(
        string nodeId, string operation, Func<DeviceRecord, DeviceRecord> change, CancellationToken cancellationToken)
    {
        DeviceRecord? device = null;
        for (int attempt = 0; attempt < Attempts; attempt++)
        {
            device = await _devices.FindAsync(nodeId, cancellationToken).ConfigureAwait(false);
            if (device is null)
            {
                return new DeviceChange(DeviceChangeOutcome.NoDevice, null);
            }

            if (device.Status is not (DeviceStatus.Active or DeviceStatus.Retired))
            {
                return new DeviceChange(DeviceChangeOutcome.Revoked, device);
            }

            DeviceRecord changed = change(device);
            if (await _devices.TryUpdateAsync(changed, cancellationToken).ConfigureAwait(false))
            {
                VerifierLog.DeviceChanged(_logger, operation, nodeId, changed.Status);
                return new DeviceChange(DeviceChangeOutcome.Changed, changed);
            }
        }

        return new DeviceChange(DeviceChangeOutcome.Busy, device);
    }
}
