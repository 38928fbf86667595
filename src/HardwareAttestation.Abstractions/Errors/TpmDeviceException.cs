namespace HardwareAttestation;

/// <summary>The way to the TPM failed: the device could not be opened, its link broke, or what it answered is not a TPM response.</summary>
public sealed class TpmDeviceException : HardwareAttestationException
{
    /// <summary>Initializes the exception.</summary>
    /// <param name="device">The device's <see cref="ITpmDevice.Name"/>.</param>
    /// <param name="message">What happened and what to do; the device's name is put in front.</param>
    /// <param name="innerException">The cause, if another exception was.</param>
    public TpmDeviceException(string device, string message, Exception? innerException = null)
        : base($"TPM device {device}: {message}", innerException)
    {
        Device = device;
    }

    /// <summary>The <see cref="ITpmDevice.Name"/> of the device.</summary>
    public string Device { get; }
}
