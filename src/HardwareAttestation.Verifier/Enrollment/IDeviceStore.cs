namespace HardwareAttestation.Verifier;

/// <summary>What adding a device came to.</summary>
public enum AddDeviceOutcome
{
    /// <summary>Nothing came of it. No store answers this; one that answers nothing does, and the device is refused.</summary>
    None,

    /// <summary>The device was added.</summary>
    Added,

    /// <summary>The node has a device already.</summary>
    NodeTaken,

    /// <summary>Another node has a device with this endorsement key.</summary>
    EndorsementKeyTaken,
}

/// <summary>Remembers the enrolled machines.</summary>
/// <remarks>
/// Contract: each method is atomic, whoever calls and from however many instances of a server. A node has at most one device, and an endorsement key is of at most one.
/// Nodes are told apart ordinally: upper and lower case differ.
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

    /// <summary>Adds a device, unless its node or its endorsement key is taken.</summary>
    /// <param name="device">The device.</param>
    /// <param name="cancellationToken">Cancels.</param>
    /// <returns>What it came to.</returns>
    Task<AddDeviceOutcome> TryAddAsync(DeviceRecord device, CancellationToken cancellationToken = default);

    /// <summary>
    /// Puts a record in place of the one that is stored, if that one is still of the revision just before, and of the same enrolment: of the same keys and
    /// <see cref="DeviceRecord.EnrolledAt"/>. A device that was removed and enrolled again begins at revision zero again.
    /// </summary>
    /// <param name="device">The new record; its <see cref="DeviceRecord.Revision"/> is one more than the one it replaces.</param>
    /// <param name="cancellationToken">Cancels.</param>
    /// <returns>False if the device is gone, was changed or was enrolled anew meanwhile.</returns>
    Task<bool> TryUpdateAsync(DeviceRecord device, CancellationToken cancellationToken = default);

    /// <summary>Removes the device of a node, so that the node and the endorsement key can be enrolled again: an operator's decision.</summary>
    /// <param name="nodeId">The node.</param>
    /// <param name="cancellationToken">Cancels.</param>
    /// <returns>False if the node had no device.</returns>
    Task<bool> RemoveAsync(string nodeId, CancellationToken cancellationToken = default);
}
