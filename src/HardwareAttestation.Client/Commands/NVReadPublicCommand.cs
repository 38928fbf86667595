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
