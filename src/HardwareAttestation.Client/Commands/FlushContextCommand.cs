using HardwareAttestation.Structures;
using HardwareAttestation.Wire;

namespace HardwareAttestation.Client.Commands;

/// <summary>TPM2_FlushContext (Part 3, section 28.4): removes a transient object or a session. The handle stands in the parameters.</summary>
internal readonly record struct FlushContextCommand(TpmHandle FlushHandle) : ITpmCommand<NoResponse>
{
    public static TpmCommandCode Code => TpmCommandCode.FlushContext;

    public static bool ReturnsHandle => false;

    public static NoResponse ReadResponse(TpmHandle handle, ref TpmReader reader) => default;

    public void WriteHandles(ref TpmWriter writer)
    {
    }

    public void WriteParameters(ref TpmWriter writer) => writer.WriteHandle(FlushHandle);
}
