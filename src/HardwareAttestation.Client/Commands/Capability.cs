using HardwareAttestation.Wire;

namespace HardwareAttestation.Client.Commands;

/// <summary>TPM_CAP: the lists that TPM2_GetCapability gives (Part 2, section 6.12).</summary>
internal enum TpmCap : uint
{
    /// <summary>TPM_CAP_ALGS: TPML_ALG_PROPERTY.</summary>
    Algorithms = 0x00000000,

    /// <summary>TPM_CAP_HANDLES: TPML_HANDLE.</summary>
    Handles = 0x00000001,

    /// <summary>TPM_CAP_PCRS: TPML_PCR_SELECTION.</summary>
    Pcrs = 0x00000005,

    /// <summary>TPM_CAP_TPM_PROPERTIES: TPML_TAGGED_TPM_PROPERTY.</summary>
    TpmProperties = 0x00000006,

    /// <summary>TPM_CAP_ECC_CURVES: TPML_ECC_CURVE.</summary>
    EccCurves = 0x00000008,
}

/// <summary>What every TPM2_GetCapability asks and answers (Part 3, section 30.2).</summary>
internal static class Capability
{
    public static void WriteRequest(ref TpmWriter writer, TpmCap capability, uint first, uint count)
    {
        writer.WriteUInt32((uint)capability);
        writer.WriteUInt32(first);
        writer.WriteUInt32(count);
    }

    /// <summary>Reads what stands in front of the list.</summary>
    /// <returns>Whether there is more behind it.</returns>
    public static bool ReadHeader(ref TpmReader reader, TpmCap capability)
    {
        bool more = reader.ReadYesNo("TPM2_GetCapability.moreData");
        uint answered = reader.ReadUInt32("TPM2_GetCapability.capability");
        return answered == (uint)capability
            ? more
            : throw new TpmFormatException($"TPM2_GetCapability answered capability 0x{answered:X8}, and 0x{(uint)capability:X8} was asked for.");
    }
}
