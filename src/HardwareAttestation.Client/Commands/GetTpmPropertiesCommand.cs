using HardwareAttestation.Structures;
using HardwareAttestation.Wire;

namespace HardwareAttestation.Client.Commands;

/// <summary>TPM2_GetCapability (Part 3, section 30.2) for TPM_CAP_TPM_PROPERTIES, from <paramref name="First"/> on.</summary>
internal readonly record struct GetTpmPropertiesCommand(TpmPt First, uint Count) : ITpmCommand<CapabilityResponse<TpmsTaggedProperty>>
{
    /// <summary>MAX_TPM_PROPERTIES: what fits into the 1024 bytes of a capability (Part 2, annex A).</summary>
    public const int MostProperties = 127;
    private const int TaggedPropertySize = 8;

    public static TpmCommandCode Code => TpmCommandCode.GetCapability;

    public static bool ReturnsHandle => false;

    /// <summary>Gives properties that the TPM has: where it lacks the one asked for, those after it, or none.</summary>
    public static CapabilityResponse<TpmsTaggedProperty> ReadResponse(TpmHandle handle, ref TpmReader reader)
    {
        bool more = Capability.ReadHeader(ref reader, TpmCap.TpmProperties);
        var properties = new TpmsTaggedProperty[reader.ReadCount("TPML_TAGGED_TPM_PROPERTY", TaggedPropertySize, MostProperties)];
        for (int i = 0; i < properties.Length; i++)
        {
            properties[i] = new TpmsTaggedProperty(
                (TpmPt)reader.ReadUInt32("TPMS_TAGGED_PROPERTY.property"),
                reader.ReadUInt32("TPMS_TAGGED_PROPERTY.value"));
        }

        return new(properties, more);
    }

    public void WriteHandles(ref TpmWriter writer)
    {
    }

    public void WriteParameters(ref TpmWriter writer) => Capability.WriteRequest(ref writer, TpmCap.TpmProperties, (uint)First, Count);
}

/// <summary>TPMS_TAGGED_PROPERTY (Part 2, section 10.8.2).</summary>
internal readonly record struct TpmsTaggedProperty(TpmPt Property, uint Value);

/// <summary>A part of a list, and whether there is more behind it.</summary>
internal readonly record struct CapabilityResponse<T>(T[] Values, bool HasMore);

/// <summary>TPM_PT: properties of a TPM (Part 2, section 6.13).</summary>
internal enum TpmPt : uint
{
    /// <summary>TPM_PT_FAMILY_INDICATOR: "2.0" in four characters.</summary>
    FamilyIndicator = 0x00000100,

    /// <summary>TPM_PT_REVISION: the specification's version times 100.</summary>
    Revision = 0x00000102,

    /// <summary>TPM_PT_MANUFACTURER: four characters of the TCG Vendor ID Registry.</summary>
    Manufacturer = 0x00000105,

    /// <summary>TPM_PT_VENDOR_STRING_1: four characters; three more properties follow.</summary>
    VendorString1 = 0x00000106,

    /// <summary>TPM_PT_FIRMWARE_VERSION_1: the more significant half.</summary>
    FirmwareVersion1 = 0x0000010B,

    /// <summary>TPM_PT_FIRMWARE_VERSION_2: the less significant half.</summary>
    FirmwareVersion2 = 0x0000010C,

    /// <summary>TPM_PT_INPUT_BUFFER: the largest number of bytes in one parameter, such as what TPM2_Hash hashes.</summary>
    InputBuffer = 0x0000010D,

    /// <summary>TPM_PT_NV_BUFFER_MAX: the largest number of bytes in one TPM2_NV_Read.</summary>
    NVBufferMax = 0x0000012C,

    /// <summary>TPM_PT_PERMANENT: TPMA_PERMANENT.</summary>
    Permanent = 0x00000200,

    /// <summary>TPM_PT_LOCKOUT_COUNTER: failed authorisations that count.</summary>
    LockoutCounter = 0x0000020E,

    /// <summary>TPM_PT_MAX_AUTH_FAIL: how many of them lock the TPM.</summary>
    MaxAuthFail = 0x0000020F,

    /// <summary>TPM_PT_LOCKOUT_INTERVAL: seconds until one of them is forgotten.</summary>
    LockoutInterval = 0x00000210,

    /// <summary>TPM_PT_LOCKOUT_RECOVERY: seconds until the lockout's own authorisation can be tried again.</summary>
    LockoutRecovery = 0x00000211,
}
