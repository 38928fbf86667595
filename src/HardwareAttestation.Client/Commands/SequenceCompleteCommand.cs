using HardwareAttestation.Structures;
using HardwareAttestation.Wire;

namespace HardwareAttestation.Client.Commands;

/// <summary>
/// TPM2_SequenceComplete (Part 3, section 17.5): hashes the last bytes and, if it succeeds, removes the sequence object. Needs that object's
/// authorisation. The ticket says what the one of <see cref="HashCommand"/> says.
/// </summary>
internal readonly record struct SequenceCompleteCommand(TpmHandle SequenceHandle, ReadOnlyMemory<byte> Buffer, TpmHandle Hierarchy)
    : ITpmCommand<HashResponse>
{
    public static TpmCommandCode Code => TpmCommandCode.SequenceComplete;

    public static bool ReturnsHandle => false;

    public static HashResponse ReadResponse(TpmHandle handle, ref TpmReader reader)
    {
        byte[] result = reader.ReadSized("TPM2_SequenceComplete.result", TpmHash.MaximumDigestSize).ToArray();
        return new(result, TpmtTkHashCheck.Read(ref reader));
    }

    public void WriteHandles(ref TpmWriter writer) => writer.WriteHandle(SequenceHandle);

    public void WriteParameters(ref TpmWriter writer)
    {
        writer.WriteSized(Buffer.Span);
        writer.WriteHandle(Hierarchy);
    }
}
