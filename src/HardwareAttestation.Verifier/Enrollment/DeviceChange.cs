namespace HardwareAttestation.Verifier;

/// <summary>What an operator's change of a device came to.</summary>
public enum DeviceChangeOutcome
{
    /// <summary>Nothing.</summary>
    None = 0,

    /// <summary>The device was changed.</summary>
    Changed = 1,

    /// <summary>The device was already as it was asked to be, and nothing was written.</summary>
    Unchanged = 2,

    /// <summary>The node has no device.</summary>
    NoDevice = 3,

    /// <summary>
    /// The device is revoked, which is for good; or its store has lost its status, so that it may have been: then <see cref="DeviceRegistry.RevokeAsync"/> is all that can be done with it.
    /// </summary>
    Revoked = 4,

    /// <summary>Others changed the device again and again meanwhile: try again.</summary>
    Busy = 5,
}

/// <summary>The result of an operator's change of a device.</summary>
public sealed class DeviceChange
{
    internal DeviceChange(DeviceChangeOutcome outcome, DeviceRecord? device)
    {
        Outcome = outcome;
        Device = device;
    }

    /// <summary>What it came to.</summary>
    public DeviceChangeOutcome Outcome { get; }

    /// <summary>Whether the device is now as it was asked to be: <see cref="DeviceChangeOutcome.Changed"/> or <see cref="DeviceChangeOutcome.Unchanged"/>.</summary>
    public bool Succeeded => Outcome is DeviceChangeOutcome.Changed or DeviceChangeOutcome.Unchanged;

    /// <summary>
    /// The device as it is stored now; null if the node has none, or none any more. With <see cref="DeviceChangeOutcome.Busy"/> it is the device as it was when it was last read, which others
    /// have changed since.
    /// </summary>
    public DeviceRecord? Device { get; }
}
