using HardwareAttestation.Structures;
using HardwareAttestation.Wire;

namespace HardwareAttestation.Client.Commands;

/// <summary>TPM2_NV_ReadPublic (Part 3, section 31.6).</summary>
internal readonly record struct NVReadPublicCommand(TpmHandle NVIndex) : ITpmCommand<TpmsNVPublic>
{
    public static TpmCommandCode Code => TpmCommandCode.NV_ReadPublic;

    public static bool ReturnsHandle => false;

    public static TpmsNVPublic ReadResponse(TpmHandle handle, ref TpmReader reader)
    {
        TpmsNVPublic nvPublic = TpmWire.Parse<TpmsNVPublic>(reader.ReadSized("TPM2_NV_ReadPublic.nvPublic"));
        TpmName.Read(ref reader, "TPM2_NV_ReadPublic.nvName");
        return nvPublic;
    }

    public void WriteHandles(ref TpmWriter writer) => writer.WriteHandle(NVIndex);

    public void WriteParameters(ref TpmWriter writer)
    {
    }
}

/// <summary>TPMS_NV_PUBLIC (Part 2, section 13.5), as far as reading needs it.</summary>
internal readonly record struct TpmsNVPublic(TpmHandle NVIndex, TpmAlgId NameAlg, TpmaNV Attributes, byte[] AuthPolicy, ushort DataSize)
    : ITpmStructure<TpmsNVPublic>
{
    public static TpmsNVPublic Read(ref TpmReader reader) => new(
        new TpmHandle(reader.ReadUInt32("TPMS_NV_PUBLIC.nvIndex")),
        reader.ReadAlgorithm("TPMS_NV_PUBLIC.nameAlg"),
        (TpmaNV)reader.ReadUInt32("TPMS_NV_PUBLIC.attributes"),
        reader.ReadSized("TPMS_NV_PUBLIC.authPolicy", TpmHash.MaximumDigestSize).ToArray(),
        reader.ReadUInt16("TPMS_NV_PUBLIC.dataSize"));

    public void Write(ref TpmWriter writer)
    {
        writer.WriteHandle(NVIndex);
        writer.WriteAlgorithm(NameAlg);
        writer.WriteUInt32((uint)Attributes);
        writer.WriteSized(AuthPolicy);
        writer.WriteUInt16(DataSize);
    }
}

/// <summary>TPMA_NV: attributes of an NV index (Part 2, section 13.4), those that reading needs.</summary>
[Flags]
internal enum TpmaNV : uint
{
    None = 0,

    /// <summary>TPMA_NV_OWNERREAD: the owner's authorisation allows reading.</summary>
    OwnerRead = 1u << 17,

    /// <summary>TPMA_NV_AUTHREAD: the index' own authorisation value allows reading.</summary>
    AuthRead = 1u << 18,

    /// <summary>TPMA_NV_WRITTEN: something was written.</summary>
    Written = 1u << 29,
}
