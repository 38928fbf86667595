namespace HardwareAttestation.Verifier;

/// <summary>What kind of TPM a certificate is for, as its issuer says. The numbers are kept as they are and say nothing of better or worse.</summary>
public enum EndorsementTrustClass
{
    /// <summary>Not known: the certificate names no manufacturer, or one that is not in the table.</summary>
    Unknown = 0,

    /// <summary>A chip of its own.</summary>
    DiscreteHardware = 1,

    /// <summary>Firmware in a protected part of a processor.</summary>
    FirmwareHardware = 2,

    /// <summary>Provided by a cloud or a hypervisor.</summary>
    CloudVirtual = 3,

    /// <summary>A process that whoever runs it can read.</summary>
    SoftwareEmulator = 4,
}
