using HardwareAttestation.Structures;
using HardwareAttestation.Wire;

namespace HardwareAttestation.Client.Commands;

/// <summary>
/// TPM2_GetTime (Part 3, section 18.7) by the signing key's own scheme. Needs the authorisation of the endorsement hierarchy, which is the privacy
/// administrator, and then of the key.
/// </summary>
internal readonly record struct GetTimeCommand(TpmEntity Sign, ReadOnlyMemory<byte> QualifyingData) : ITpmCommand<AttestResponse>, INamedTpmCommand
{
    public static TpmCommandCode Code => TpmCommandCode.GetTime;

    public static bool ReturnsHandle => false;

    public static AttestResponse ReadResponse(TpmHandle handle, ref TpmReader reader) => AttestResponse.Read(ref reader, "TPM2_GetTime.timeInfo");

    public void WriteHandles(ref TpmWriter writer)
    {
        writer.WriteHandle(TpmHandle.Endorsement);
        writer.WriteHandle(Sign.Handle);
    }

    // The Name of a hierarchy is its handle (Part 1, section 16).
    public void WriteNames(ref TpmWriter writer)
    {
        writer.WriteHandle(TpmHandle.Endorsement);
        writer.WriteBytes(Sign.Name.Bytes.Span);
    }

    public void WriteParameters(ref TpmWriter writer)
    {
        writer.WriteSized(QualifyingData.Span);
        TpmtScheme.Null.Write(ref writer);
    }
}
