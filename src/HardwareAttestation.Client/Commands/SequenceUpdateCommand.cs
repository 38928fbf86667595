using HardwareAttestation.Structures;
using HardwareAttestation.Wire;

namespace HardwareAttestation.Client.Commands;

/// <summary>TPM2_SequenceUpdate (Part 3, section 17.4). Needs the authorisation of the sequence object.</summary>
internal readonly record struct SequenceUpdateCommand(TpmHandle SequenceHandle, ReadOnlyMemory<byte> Buffer) : ITpmCommand<NoResponse>
{
    public static TpmCommandCode Code => TpmCommandCode.SequenceUpdate;

    public static bool ReturnsHandle => false;

    public static NoResponse ReadResponse(TpmHandle handle, ref TpmReader reader) => default;

    public void WriteHandles(ref TpmWriter writer) => writer.WriteHandle(SequenceHandle);

    public void WriteParameters(ref TpmWriter writer) => writer.WriteSized(Buffer.Span);
}
