using HardwareAttestation.Structures;
using HardwareAttestation.Wire;

namespace HardwareAttestation.Client.Commands;

/// <summary>TPM2_GetCapability (Part 3, section 30.2) for TPM_CAP_HANDLES: handles of one type that are in use, from <paramref name="First"/> on.</summary>
internal readonly record struct GetHandlesCommand(TpmHandle First) : ITpmCommand<CapabilityResponse<TpmHandle>>
{
    // MAX_CAP_HANDLES: what fits into the 1024 bytes of a capability (Part 2, annex A).
    private const int MostHandles = 254;

    public static TpmCommandCode Code => TpmCommandCode.GetCapability;

    public static bool ReturnsHandle => false;

    public static CapabilityResponse<TpmHandle> ReadResponse(TpmHandle handle, ref TpmReader reader)
    {
        bool more = Capability.ReadHeader(ref reader, TpmCap.Handles);
        TpmHandle[] handles = new TpmHandle[reader.ReadCount("TPML_HANDLE", sizeof(uint), MostHandles)];
        for (int i = 0; i < handles.Length; i++)
        {
            handles[i] = new TpmHandle(reader.ReadUInt32("TPML_HANDLE.handle"));
            if (i > 0 && handles[i].Value <= handles[i - 1].Value)
            {
                throw new TpmFormatException("TPML_HANDLE is not in ascending order.");
            }
        }

        return new(handles, more);
    }

    public void WriteHandles(ref TpmWriter writer)
    {
    }

    public void WriteParameters(ref TpmWriter writer) => Capability.WriteRequest(ref writer, TpmCap.Handles, First.Value, MostHandles);
}
