namespace HardwareAttestation.Verifier;

/// <summary>What kind of TPM a certificate is for, as its issuer says. The higher the number, the less the TPM's keys are protected from its host.</summary>
public enum EndorsementTrustClass
{
    /// <summary>A chip of its own.</summary>
    DiscreteHardware,

    /// <summary>Firmware in a protected part of a processor.</summary>
    FirmwareHardware,

    /// <summary>Not known: the certificate names no manufacturer, or one that is not in the table.</summary>
    Unknown,

    /// <summary>Provided by a cloud or a hypervisor.</summary>
    CloudVirtual,

    /// <summary>A process that whoever runs it can read.</summary>
    SoftwareEmulator,
}
