using HardwareAttestation.Structures;
using HardwareAttestation.Wire;

namespace HardwareAttestation.Client.Commands;

/// <summary>TPM2_StartAuthSession (Part 3, section 11.1) for a policy session that is neither salted nor bound.</summary>
internal readonly record struct StartAuthSessionCommand(ReadOnlyMemory<byte> NonceCaller, TpmAlgId AuthHash) : ITpmCommand<StartAuthSessionResponse>
{
    private const byte PolicySessionType = 0x01;

    public static TpmCommandCode Code => TpmCommandCode.StartAuthSession;

    public static bool ReturnsHandle => true;

    public static StartAuthSessionResponse ReadResponse(TpmHandle handle, ref TpmReader reader) =>
        new(handle, reader.ReadSized("TPM2_StartAuthSession.nonceTPM", TpmHash.MaximumDigestSize).ToArray());

    public void WriteHandles(ref TpmWriter writer)
    {
        writer.WriteHandle(TpmHandle.Null);
        writer.WriteHandle(TpmHandle.Null);
    }

    public void WriteParameters(ref TpmWriter writer)
    {
        writer.WriteSized(NonceCaller.Span);
        writer.WriteSized([]);
        writer.WriteByte(PolicySessionType);
        TpmtSymDef.Null.Write(ref writer);
        writer.WriteAlgorithm(AuthHash);
    }
}

internal readonly record struct StartAuthSessionResponse(TpmHandle SessionHandle, byte[] NonceTpm);
