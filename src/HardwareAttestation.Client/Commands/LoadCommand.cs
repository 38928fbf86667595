using HardwareAttestation.Structures;
using HardwareAttestation.Wire;

namespace HardwareAttestation.Client.Commands;

/// <summary>TPM2_Load (Part 3, section 12.2). Needs the parent's authorisation.</summary>
internal readonly record struct LoadCommand(TpmHandle ParentHandle, ReadOnlyMemory<byte> InPrivate, TpmtPublic InPublic)
    : ITpmCommand<LoadResponse>
{
    public static TpmCommandCode Code => TpmCommandCode.Load;

    public static bool ReturnsHandle => true;

    public static LoadResponse ReadResponse(TpmHandle handle, ref TpmReader reader) => new(handle, TpmName.Read(ref reader, "TPM2_Load.name"));

    public void WriteHandles(ref TpmWriter writer) => writer.WriteHandle(ParentHandle);

    public void WriteParameters(ref TpmWriter writer)
    {
        writer.WriteSized(InPrivate.Span);
        int publicArea = writer.BeginSized();
        InPublic.Write(ref writer);
        writer.EndSized(publicArea);
    }
}

internal readonly record struct LoadResponse(TpmHandle ObjectHandle, TpmName Name);
