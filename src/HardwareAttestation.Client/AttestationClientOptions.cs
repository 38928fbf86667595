namespace HardwareAttestation.Client;

/// <summary>What <c>AddAttestationClient</c> and <c>AddKeyedAttestationClient</c> need to know.</summary>
public sealed class AttestationClientOptions
{
    /// <summary>
    /// The TPM, as <see cref="TpmDevice.Open"/> takes it, e.g. <c>device:/dev/tpmrm0</c>; null for the platform's own. Not used where an
    /// <see cref="ITpmDevice"/> is registered.
    /// </summary>
    public string? Device { get; set; }

    /// <summary>How long the device waits. Not used where an <see cref="ITpmDevice"/> is registered.</summary>
    public TpmDeviceOptions DeviceOptions { get; } = new();

    /// <summary>
    /// The folder of the <see cref="FileTpmKeyStore"/>; null for <c>/var/lib/hardware-attestation</c>, or on Windows
    /// <c>%ProgramData%\HardwareAttestation</c>, and for a client with a service key the folder of that name in there. Not used where an <see cref="ITpmKeyStore"/> is registered.
    /// </summary>
    public string? KeyDirectory { get; set; }

    /// <summary>The TPM's authorisation values, if somebody has set any.</summary>
    public TpmAuthValues? AuthValues { get; set; }
}
