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

    /// <summary>A device of the node or with the endorsement key was removed since the mark was read.</summary>
    RemovedMeanwhile,
}

/// <summary>What replacing a device came to.</summary>
public enum ReplaceDeviceOutcome
{
    /// <summary>Nothing came of it. No store answers this; one that answers nothing does, and the device is refused.</summary>
    None,

    /// <summary>The device was replaced.</summary>
    Replaced,

    /// <summary>The device is gone, was changed or was enrolled anew since it was read.</summary>
    Changed,

    /// <summary>Another node has a device with this endorsement key.</summary>
    EndorsementKeyTaken,

    /// <summary>A device of the node or with the endorsement key was removed since the mark was read.</summary>
    RemovedMeanwhile,
}
