using HardwareAttestation.Structures;
using HardwareAttestation.Wire;

namespace HardwareAttestation.Client.Commands;

/// <summary>
/// TPM2_EvictControl (Part 3, section 28.5): makes a transient object persistent, or takes a persistent one away, where <paramref name="Object"/> is the one at
/// <paramref name="PersistentHandle"/>. Needs the owner's authorisation.
/// </summary>
internal readonly record struct EvictControlCommand(TpmEntity Object, TpmHandle PersistentHandle) : ITpmCommand<NoResponse>, INamedTpmCommand
{
    public static TpmCommandCode Code => TpmCommandCode.EvictControl;

    public static bool ReturnsHandle => false;

    public static NoResponse ReadResponse(TpmHandle handle, ref TpmReader reader) => default;

    public void WriteHandles(ref TpmWriter writer)
    {
        writer.WriteHandle(TpmHandle.Owner);
        writer.WriteHandle(Object.Handle);
    }

    public void WriteNames(ref TpmWriter writer)
    {
        writer.WriteHandle(TpmHandle.Owner);
        writer.WriteBytes(Object.Name.Bytes.Span);
    }

    public void WriteParameters(ref TpmWriter writer) => writer.WriteHandle(PersistentHandle);
}
