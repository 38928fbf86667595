using HardwareAttestation.Structures;
using HardwareAttestation.Wire;

namespace HardwareAttestation.Client.Commands;

/// <summary>
/// TPM2_ActivateCredential (Part 3, section 12.5): opens a credential that was wrapped for <paramref name="Key"/> (the EK)
/// and the Name of <paramref name="Activate"/> (the AK). Needs the authorisation of both, the AK's first.
/// </summary>
internal readonly record struct ActivateCredentialCommand(
    TpmEntity Activate,
    TpmEntity Key,
    TpmsIdObject CredentialBlob,
    ReadOnlyMemory<byte> Secret) : ITpmCommand<byte[]>, INamedTpmCommand
{
    public static TpmCommandCode Code => TpmCommandCode.ActivateCredential;

    public static bool ReturnsHandle => false;

    public static byte[] ReadResponse(TpmHandle handle, ref TpmReader reader) =>
        reader.ReadSized("TPM2_ActivateCredential.certInfo", TpmHash.MaximumDigestSize).ToArray();

    public void WriteHandles(ref TpmWriter writer)
    {
        writer.WriteHandle(Activate.Handle);
        writer.WriteHandle(Key.Handle);
    }

    public void WriteNames(ref TpmWriter writer)
    {
        writer.WriteBytes(Activate.Name.Bytes.Span);
        writer.WriteBytes(Key.Name.Bytes.Span);
    }

    public void WriteParameters(ref TpmWriter writer)
    {
        int idObject = writer.BeginSized();
        CredentialBlob.Write(ref writer);
        writer.EndSized(idObject);
        writer.WriteSized(Secret.Span);
    }
}
