using HardwareAttestation.Structures;
using HardwareAttestation.Wire;

namespace HardwareAttestation.Client.Commands;

/// <summary>
/// TPM2_Certify (Part 3, section 18.2) by the signing key's own scheme. Needs the authorisation of both, that of the certified object first and in the
/// ADMIN role: its authorisation value, unless the object has adminWithPolicy.
/// </summary>
internal readonly record struct CertifyCommand(TpmEntity Certified, TpmEntity Sign, ReadOnlyMemory<byte> QualifyingData)
    : ITpmCommand<AttestResponse>, INamedTpmCommand
{
    public static TpmCommandCode Code => TpmCommandCode.Certify;

    public static bool ReturnsHandle => false;

    public static AttestResponse ReadResponse(TpmHandle handle, ref TpmReader reader) => AttestResponse.Read(ref reader, "TPM2_Certify.certifyInfo");

    public void WriteHandles(ref TpmWriter writer)
    {
        writer.WriteHandle(Certified.Handle);
        writer.WriteHandle(Sign.Handle);
    }

    public void WriteNames(ref TpmWriter writer)
    {
        writer.WriteBytes(Certified.Name.Bytes.Span);
        writer.WriteBytes(Sign.Name.Bytes.Span);
    }

    public void WriteParameters(ref TpmWriter writer)
    {
        writer.WriteSized(QualifyingData.Span);
        TpmtScheme.Null.Write(ref writer);
    }
}
