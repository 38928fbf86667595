namespace HardwareAttestation.Verifier;

/// <summary>What kind of TPM the manufacturers make (TCG TPM Vendor ID Registry), and the names by which issuers of virtual TPMs are known.</summary>
internal static class TpmManufacturers
{
    // Manufacturer ids are four characters, as a number. Where a name stands for chips and for virtual TPMs, it is counted among the virtual: nothing that may be virtual is called hardware.
    private static readonly Dictionary<uint, EndorsementTrustClass> Classes = new()
    {
        [0x414D4400] = EndorsementTrustClass.FirmwareHardware, // AMD
        [0x41544D4C] = EndorsementTrustClass.DiscreteHardware, // Atmel
        [0x4252434D] = EndorsementTrustClass.DiscreteHardware, // Broadcom
        [0x464C5953] = EndorsementTrustClass.DiscreteHardware, // FlySlice Technologies
        [0x48495349] = EndorsementTrustClass.FirmwareHardware, // HiSilicon
        [0x49465800] = EndorsementTrustClass.DiscreteHardware, // Infineon
        [0x494E5443] = EndorsementTrustClass.FirmwareHardware, // Intel
        [0x4E534D20] = EndorsementTrustClass.DiscreteHardware, // National Semiconductor
        [0x4E544300] = EndorsementTrustClass.DiscreteHardware, // Nuvoton
        [0x4E545A00] = EndorsementTrustClass.DiscreteHardware, // Nationz
        [0x51434F4D] = EndorsementTrustClass.FirmwareHardware, // Qualcomm
        [0x524F4343] = EndorsementTrustClass.FirmwareHardware, // Rockchip
        [0x53454345] = EndorsementTrustClass.FirmwareHardware, // SecEdge
        [0x534D5343] = EndorsementTrustClass.DiscreteHardware, // SMSC
        [0x534E5300] = EndorsementTrustClass.DiscreteHardware, // Sinosun
        [0x53544D20] = EndorsementTrustClass.DiscreteHardware, // STMicroelectronics
        [0x54584E00] = EndorsementTrustClass.DiscreteHardware, // Texas Instruments
        [0x57454300] = EndorsementTrustClass.DiscreteHardware, // Winbond
        [0x414D5A4E] = EndorsementTrustClass.CloudVirtual, // Amazon
        [0x474F4F47] = EndorsementTrustClass.CloudVirtual, // Google
        [0x4D534654] = EndorsementTrustClass.CloudVirtual, // Microsoft
        [0x564D5700] = EndorsementTrustClass.CloudVirtual, // VMware

        // IBM makes no TPM 2.0 chips: these are libtpms, which swtpm runs, and its TPM simulator.
        [0x00001014] = EndorsementTrustClass.SoftwareEmulator, // IBM (swtpm)
        [0x49424D00] = EndorsementTrustClass.SoftwareEmulator, // IBM
        [0x49424D20] = EndorsementTrustClass.SoftwareEmulator, // IBM
        [0x58434720] = EndorsementTrustClass.SoftwareEmulator, // TCG reference implementation
    };

    /// <summary>Models and parts of issuers' names that say more than the manufacturer's id, which whoever sets up an emulator may choose.</summary>
    private static readonly (string Part, EndorsementTrustClass Class)[] Names =
    [
        ("swtpm", EndorsementTrustClass.SoftwareEmulator),
        ("libtpms", EndorsementTrustClass.SoftwareEmulator),
        ("simulator", EndorsementTrustClass.SoftwareEmulator),
        ("emulator", EndorsementTrustClass.SoftwareEmulator),
        ("vTPM", EndorsementTrustClass.CloudVirtual),
        ("Virtual TPM", EndorsementTrustClass.CloudVirtual),
        ("Hyper-V", EndorsementTrustClass.CloudVirtual),
        ("VMware", EndorsementTrustClass.CloudVirtual),
        ("Google Cloud", EndorsementTrustClass.CloudVirtual),
        ("tpm_ek_v1_cloud", EndorsementTrustClass.CloudVirtual),
        ("NitroTPM", EndorsementTrustClass.CloudVirtual),
    ];

    /// <summary>What kind of TPM a manufacturer makes.</summary>
    public static EndorsementTrustClass Classify(uint id) => Classes.GetValueOrDefault(id, EndorsementTrustClass.Unknown);

    /// <summary>What a model or the name of an issuer gives away; the class of discrete hardware if nothing.</summary>
    public static EndorsementTrustClass Classify(string name) => Names
        .Where(row => name.Contains(row.Part, StringComparison.OrdinalIgnoreCase))
        .Select(row => row.Class)
        .DefaultIfEmpty(EndorsementTrustClass.DiscreteHardware)
        .Worst();
}
