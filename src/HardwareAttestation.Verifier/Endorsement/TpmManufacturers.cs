namespace HardwareAttestation.Verifier;

/// <summary>The manufacturers of TPMs (TCG TPM Vendor ID Registry), and the names by which issuers of virtual TPMs are known.</summary>
internal static class TpmManufacturers
{
    // Manufacturer ids are four characters, as a number. Where a name stands for chips and for virtual TPMs, it is counted among the virtual: nothing that may be virtual is called hardware.
    private static readonly Dictionary<uint, TpmManufacturer> Rows = new TpmManufacturer[]
    {
        new(0x414D4400, "AMD", EndorsementTrustClass.FirmwareHardware),
        new(0x414E5400, "Ant Group", EndorsementTrustClass.Unknown),
        new(0x41544D4C, "Atmel", EndorsementTrustClass.DiscreteHardware),
        new(0x4252434D, "Broadcom", EndorsementTrustClass.DiscreteHardware),
        new(0x4353434F, "Cisco", EndorsementTrustClass.Unknown),
        new(0x464C5953, "FlySlice Technologies", EndorsementTrustClass.DiscreteHardware),
        new(0x48495349, "HiSilicon", EndorsementTrustClass.FirmwareHardware),
        new(0x48504500, "HPE", EndorsementTrustClass.Unknown),
        new(0x48504900, "HPI", EndorsementTrustClass.Unknown),
        new(0x49465800, "Infineon", EndorsementTrustClass.DiscreteHardware),
        new(0x494E5443, "Intel", EndorsementTrustClass.FirmwareHardware),
        new(0x4C454E00, "Lenovo", EndorsementTrustClass.Unknown),
        new(0x4E534D20, "National Semiconductor", EndorsementTrustClass.DiscreteHardware),
        new(0x4E544300, "Nuvoton", EndorsementTrustClass.DiscreteHardware),
        new(0x4E545A00, "Nationz", EndorsementTrustClass.DiscreteHardware),
        new(0x51434F4D, "Qualcomm", EndorsementTrustClass.FirmwareHardware),
        new(0x524F4343, "Rockchip", EndorsementTrustClass.FirmwareHardware),
        new(0x53454345, "SecEdge", EndorsementTrustClass.FirmwareHardware),
        new(0x534D5343, "SMSC", EndorsementTrustClass.DiscreteHardware),
        new(0x534D534E, "Samsung", EndorsementTrustClass.Unknown),
        new(0x534E5300, "Sinosun", EndorsementTrustClass.DiscreteHardware),
        new(0x53544D20, "STMicroelectronics", EndorsementTrustClass.DiscreteHardware),
        new(0x54584E00, "Texas Instruments", EndorsementTrustClass.DiscreteHardware),
        new(0x57454300, "Winbond", EndorsementTrustClass.DiscreteHardware),
        new(0x414D5A4E, "Amazon", EndorsementTrustClass.CloudVirtual),
        new(0x474F4F47, "Google", EndorsementTrustClass.CloudVirtual),
        new(0x4D534654, "Microsoft", EndorsementTrustClass.CloudVirtual),
        new(0x564D5700, "VMware", EndorsementTrustClass.CloudVirtual),

        // IBM makes no TPM 2.0 chips: these are libtpms, which swtpm runs, and its TPM simulator.
        new(0x00001014, "IBM (swtpm)", EndorsementTrustClass.SoftwareEmulator),
        new(0x49424D00, "IBM", EndorsementTrustClass.SoftwareEmulator),
        new(0x49424D20, "IBM", EndorsementTrustClass.SoftwareEmulator),
        new(0x58434720, "TCG reference implementation", EndorsementTrustClass.SoftwareEmulator),
    }.ToDictionary(row => row.Id);

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

    public static TpmManufacturer? Find(uint id) => Rows.GetValueOrDefault(id);

    /// <summary>What a model or the name of an issuer gives away; the class of discrete hardware if nothing.</summary>
    public static EndorsementTrustClass Classify(string name) => Names
        .Where(row => name.Contains(row.Part, StringComparison.OrdinalIgnoreCase))
        .Select(row => row.Class)
        .DefaultIfEmpty(EndorsementTrustClass.DiscreteHardware)
        .Max();
}

/// <summary>A row of the table.</summary>
/// <param name="Id">The manufacturer's id: four characters, big-endian.</param>
/// <param name="Name">The manufacturer's name.</param>
/// <param name="Class">What kind of TPM it makes.</param>
internal sealed record TpmManufacturer(uint Id, string Name, EndorsementTrustClass Class);
