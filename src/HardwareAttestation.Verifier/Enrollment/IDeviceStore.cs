namespace HardwareAttestation.Verifier;

/// <summary>Remembers the enrolled machines.</summary>
/// <remarks>
/// <para>Contract: each method is atomic, whoever calls and from however many instances of a server. A node has at most one device, and an endorsement key is of at most one,
/// whatever their status. Nodes, endorsement keys and enrolments are told apart ordinally: upper and lower case differ. A record is given back as it was stored.</para>
/// <para>An enrolment takes two messages, and an operator may remove a device between them, so that the node is as free as it was when the enrolment was begun. So a store also
/// counts removals: <see cref="GetRemovalMarkAsync"/> is read before, and given with what is added.</para>
/// <para><see cref="Testing.DeviceStoreContract"/> runs all of this over any store. Methods that later versions add have an implementation in this interface, so that a store stays one.</para>
/// </remarks>
public interface IDeviceStore
{
    /// <summary>Finds the device of a node.</summary>
    /// <param name="nodeId">The node.</param>
    /// <param name="cancellationToken">Cancels.</param>
    /// <returns>The device, or null.</returns>
    Task<DeviceRecord?> FindAsync(string nodeId, CancellationToken cancellationToken = default);

    /// <summary>Finds the device that has an endorsement key.</summary>
    /// <param name="endorsementKeyId">The <see cref="DeviceRecord.EndorsementKeyId"/>.</param>
    /// <param name="cancellationToken">Cancels.</param>
    /// <returns>The device, or null.</returns>
    Task<DeviceRecord?> FindByEndorsementKeyAsync(string endorsementKeyId, CancellationToken cancellationToken = default);

    /// <summary>
    /// Gives a number that is another one after every removal of the node's device or of the device with the endorsement key, and after every replacement that takes the endorsement
    /// key from its node; and that stays as it is as long as no device is removed or replaced at all. It may change with other nodes' removals too: one
    /// counter for the whole store is right, and costs enrolments that are under way at that moment a second try.
    /// </summary>
    /// <param name="nodeId">The node.</param>
    /// <param name="endorsementKeyId">The endorsement key.</param>
    /// <param name="cancellationToken">Cancels.</param>
    /// <returns>The number; compared for equality alone.</returns>
    Task<long> GetRemovalMarkAsync(string nodeId, string endorsementKeyId, CancellationToken cancellationToken = default);

    /// <summary>Adds a device, unless its node or its endorsement key is taken, or a device of either was removed since the mark was read.</summary>
    /// <param name="device">The device.</param>
    /// <param name="removalMark">What <see cref="GetRemovalMarkAsync"/> gave for the device's node and endorsement key.</param>
    /// <param name="cancellationToken">Cancels.</param>
    /// <returns>What it came to; where several things hold, the one that is listed first in <see cref="AddDeviceOutcome"/>.</returns>
    Task<AddDeviceOutcome> TryAddAsync(DeviceRecord device, long removalMark, CancellationToken cancellationToken = default);

    /// <summary>
    /// Puts a record in place of the one that is stored, if that one is of the same node, <see cref="DeviceRecord.EnrollmentId"/> and endorsement key, and of the revision just
    /// before.
    /// </summary>
    /// <param name="device">The new record; its <see cref="DeviceRecord.Revision"/> is one more than the one it replaces.</param>
    /// <param name="cancellationToken">Cancels.</param>
    /// <returns>False if the device is gone, was changed or was enrolled anew meanwhile.</returns>
    Task<bool> TryUpdateAsync(DeviceRecord device, CancellationToken cancellationToken = default);

    /// <summary>
    /// Puts a new enrolment of a node in place of the one that is stored, if that one is still of the enrolment and revision of <paramref name="current"/>, if the replacement's
    /// endorsement key is of no other node, and if no device with it was removed since the mark was read. An endorsement key that the node does not have any more is free.
    /// </summary>
    /// <param name="current">The record that was read.</param>
    /// <param name="replacement">The new enrolment, of the same node; its revision is one more.</param>
    /// <param name="removalMark">What <see cref="GetRemovalMarkAsync"/> gave for the replacement's node and endorsement key.</param>
    /// <param name="cancellationToken">Cancels.</param>
    /// <returns>What it came to; where several things hold, the one that is listed first in <see cref="ReplaceDeviceOutcome"/>.</returns>
    Task<ReplaceDeviceOutcome> TryReplaceAsync(
        DeviceRecord current, DeviceRecord replacement, long removalMark, CancellationToken cancellationToken = default);

    /// <summary>
    /// Removes a device, if the one that is stored is still of the enrolment and revision of <paramref name="current"/>, so that the node and the endorsement key can be enrolled again: an
    /// operator's decision.
    /// </summary>
    /// <param name="current">The record that was read.</param>
    /// <param name="cancellationToken">Cancels.</param>
    /// <returns>False if the device is gone, was changed or was enrolled anew since.</returns>
    Task<bool> TryRemoveAsync(DeviceRecord current, CancellationToken cancellationToken = default);

    /// <summary>
    /// Lists the devices, each once, in the ordinal order of their nodes. A device that is there all the time is listed; what is added, changed or removed meanwhile is listed as it was before
    /// or as it is after. A store need not keep all of them in memory at once.
    /// </summary>
    /// <param name="afterNodeId">Only nodes after this one, whether it has a device or not; null for all.</param>
    /// <param name="cancellationToken">Cancels.</param>
    /// <returns>The devices.</returns>
    IAsyncEnumerable<DeviceRecord> ListAsync(string? afterNodeId = null, CancellationToken cancellationToken = default);
}
