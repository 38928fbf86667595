using HardwareAttestation.Structures;
using HardwareAttestation.Wire;

namespace HardwareAttestation.Client.Commands;

/// <summary>TPM2_GetCapability (Part 3, section 30.2) for TPM_CAP_PCRS: the PCRs that each bank has, which may be none.</summary>
internal readonly record struct GetPcrBanksCommand : ITpmCommand<TpmlPcrSelection>
{
    public static TpmCommandCode Code => TpmCommandCode.GetCapability;

    public static bool ReturnsHandle => false;

    public static TpmlPcrSelection ReadResponse(TpmHandle handle, ref TpmReader reader)
    {
        Capability.ReadHeader(ref reader, TpmCap.Pcrs);
        return TpmlPcrSelection.Read(ref reader);
    }

    public void WriteHandles(ref TpmWriter writer)
    {
    }

    public void WriteParameters(ref TpmWriter writer) => Capability.WriteRequest(ref writer, TpmCap.Pcrs, 0, (uint)TpmlPcrSelection.MaximumBanks);
}
