namespace HardwareAttestation.Client;

/// <summary>What <c>AddAttestationClient</c> needs to know.</summary>
public sealed class AttestationClientOptions
{
    private static readonly TpmDeviceOptions DeviceDefaults = new();

    /// <summary>
    /// The TPM, as <see cref="TpmDevice.Open"/> takes it, e.g. <c>device:/dev/tpmrm0</c>; null for the platform's own. Not used where an
    /// <see cref="ITpmDevice"/> is registered.
    /// </summary>
    public string? Device { get; set; }

    /// <summary>How long the TPM may take for one command: <see cref="TpmDeviceOptions.CommandTimeout"/>. Not used where an <see cref="ITpmDevice"/> is registered.</summary>
    public TimeSpan CommandTimeout { get; set; } = DeviceDefaults.CommandTimeout;

    /// <summary>How long connecting to it may take: <see cref="TpmDeviceOptions.ConnectTimeout"/>. Not used where an <see cref="ITpmDevice"/> is registered.</summary>
    public TimeSpan ConnectTimeout { get; set; } = DeviceDefaults.ConnectTimeout;

    /// <summary>
    /// The folder of the <see cref="FileTpmKeyStore"/>; null for <c>/var/lib/hardware-attestation</c>, or on Windows
    /// <c>%ProgramData%\HardwareAttestation</c>, and for a client with a name the folder of that name in there. Not used where an <see cref="ITpmKeyStore"/> is registered.
    /// </summary>
    public string? KeyDirectory { get; set; }

    /// <summary>The TPM's authorisation values, if somebody has set any.</summary>
    public TpmAuthValues? AuthValues { get; set; }
}
