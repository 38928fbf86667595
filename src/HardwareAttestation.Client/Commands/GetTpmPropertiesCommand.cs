using HardwareAttestation.Structures;
using HardwareAttestation.Wire;

namespace HardwareAttestation.Client.Commands;

/// <summary>TPM2_GetCapability (Part 3, section 30.2) for one property of TPM_CAP_TPM_PROPERTIES.</summary>
internal readonly record struct GetTpmPropertyCommand(TpmPt Property) : ITpmCommand<TpmsTaggedProperty?>
{
    private const uint TpmCapTpmProperties = 0x00000006;
    private const int TaggedPropertySize = 8;

    public static TpmCommandCode Code => TpmCommandCode.GetCapability;

    public static bool ReturnsHandle => false;

    /// <summary>Gives the first property that the TPM answered: the one asked for or, where the TPM lacks it, one after it, or none.</summary>
    public static TpmsTaggedProperty? ReadResponse(TpmHandle handle, ref TpmReader reader)
    {
        reader.ReadYesNo("TPM2_GetCapability.moreData");
        uint capability = reader.ReadUInt32("TPM2_GetCapability.capability");
        if (capability != TpmCapTpmProperties)
        {
            throw new TpmFormatException($"TPM2_GetCapability answered capability 0x{capability:X8}, and TPM properties were asked for.");
        }

        const int AskedFor = 1;
        return reader.ReadCount("TPML_TAGGED_TPM_PROPERTY", TaggedPropertySize, AskedFor) == 0
            ? null
            : new TpmsTaggedProperty(
                (TpmPt)reader.ReadUInt32("TPMS_TAGGED_PROPERTY.property"),
                reader.ReadUInt32("TPMS_TAGGED_PROPERTY.value"));
    }

    public void WriteHandles(ref TpmWriter writer)
    {
    }

    public void WriteParameters(ref TpmWriter writer)
    {
        writer.WriteUInt32(TpmCapTpmProperties);
        writer.WriteUInt32((uint)Property);
        writer.WriteUInt32(1);
    }
}

/// <summary>TPMS_TAGGED_PROPERTY (Part 2, section 10.8.2).</summary>
internal readonly record struct TpmsTaggedProperty(TpmPt Property, uint Value);

/// <summary>TPM_PT: properties of a TPM (Part 2, section 6.13).</summary>
internal enum TpmPt : uint
{
    /// <summary>TPM_PT_MANUFACTURER: four characters of the TCG Vendor ID Registry.</summary>
    Manufacturer = 0x00000105,

    /// <summary>TPM_PT_INPUT_BUFFER: the largest number of bytes in one parameter, such as what TPM2_Hash hashes.</summary>
    InputBuffer = 0x0000010D,

    /// <summary>TPM_PT_NV_BUFFER_MAX: the largest number of bytes in one TPM2_NV_Read.</summary>
    NVBufferMax = 0x0000012C,
}
