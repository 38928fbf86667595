namespace HardwareAttestation.Client.Testing;

/// <summary>What a <see cref="RecordingTpmDevice"/> records, and what is disposed of with it.</summary>
public sealed class RecordingTpmDeviceOptions
{
    /// <summary>Whether to record what a replay of sessions needs, and with it everything that they protect.</summary>
    public bool RecordSecrets { get; init; }

    /// <summary>Whether the device that is recorded, and the output that was given, stay open when the recording device is disposed of.</summary>
    public bool LeaveOpen { get; init; }
}
