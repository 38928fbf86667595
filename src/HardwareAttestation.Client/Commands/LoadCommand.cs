using HardwareAttestation.Structures;
using HardwareAttestation.Wire;

namespace HardwareAttestation.Client.Commands;

/// <summary>TPM2_Load (Part 3, section 12.2). Needs the parent's authorisation.</summary>
internal readonly record struct LoadCommand(TpmEntity Parent, ReadOnlyMemory<byte> InPrivate, TpmtPublic InPublic)
    : ITpmCommand<LoadResponse>, INamedTpmCommand
{
    public static TpmCommandCode Code => TpmCommandCode.Load;

    public static bool ReturnsHandle => true;

    public static LoadResponse ReadResponse(TpmHandle handle, ref TpmReader reader) => new(handle, TpmName.Read(ref reader, "TPM2_Load.name"));

    public void WriteHandles(ref TpmWriter writer) => writer.WriteHandle(Parent.Handle);

    public void WriteNames(ref TpmWriter writer) => writer.WriteBytes(Parent.Name.Bytes.Span);

    public void WriteParameters(ref TpmWriter writer)
    {
        writer.WriteSized(InPrivate.Span);
        int publicArea = writer.BeginSized();
        InPublic.Write(ref writer);
        writer.EndSized(publicArea);
    }
}

internal readonly record struct LoadResponse(TpmHandle ObjectHandle, TpmName Name);
