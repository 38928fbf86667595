using HardwareAttestation.Structures;
using HardwareAttestation.Wire;

namespace HardwareAttestation.Client.Commands;

/// <summary>
/// TPM2_NV_Certify (Part 3, section 31.16) by the signing key's own scheme. Needs the key's authorisation, and then that of
/// <paramref name="Authorizing"/>, which is the index itself or the owner. A size and an offset of zero would ask newer TPMs for a digest.
/// </summary>
internal readonly record struct NVCertifyCommand(
    TpmEntity Sign,
    TpmEntity Authorizing,
    TpmEntity NVIndex,
    ReadOnlyMemory<byte> QualifyingData,
    ushort Size,
    ushort Offset) : ITpmCommand<AttestResponse>, INamedTpmCommand
{
    public static TpmCommandCode Code => TpmCommandCode.NV_Certify;

    public static bool ReturnsHandle => false;

    public static AttestResponse ReadResponse(TpmHandle handle, ref TpmReader reader) => AttestResponse.Read(ref reader, "TPM2_NV_Certify.certifyInfo");

    public void WriteHandles(ref TpmWriter writer)
    {
        writer.WriteHandle(Sign.Handle);
        writer.WriteHandle(Authorizing.Handle);
        writer.WriteHandle(NVIndex.Handle);
    }

    public void WriteNames(ref TpmWriter writer)
    {
        writer.WriteBytes(Sign.Name.Bytes.Span);
        writer.WriteBytes(Authorizing.Name.Bytes.Span);
        writer.WriteBytes(NVIndex.Name.Bytes.Span);
    }

    public void WriteParameters(ref TpmWriter writer)
    {
        writer.WriteSized(QualifyingData.Span);
        TpmtScheme.Null.Write(ref writer);
        writer.WriteUInt16(Size);
        writer.WriteUInt16(Offset);
    }
}
