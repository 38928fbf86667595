namespace HardwareAttestation.Verifier;

/// <summary>What an operator's change of a device came to.</summary>
public enum DeviceChangeOutcome
{
    /// <summary>Nothing.</summary>
    None,

    /// <summary>The device was changed, or was so already.</summary>
    Changed,

    /// <summary>The node has no device.</summary>
    NoDevice,

    /// <summary>The device is revoked, or its store has lost its status: all that can be done with it is to remove it.</summary>
    Revoked,

    /// <summary>Others changed the device again and again meanwhile: try again.</summary>
    Busy,
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

    /// <summary>Whether the device is now as it was asked to be.</summary>
    public bool IsChanged => Outcome == DeviceChangeOutcome.Changed;

    /// <summary>The device as it is stored now; null if the node has none.</summary>
    public DeviceRecord? Device { get; }
}
