using HardwareAttestation.Structures;
using HardwareAttestation.Verifier;
using HardwareAttestation.Wire;

namespace HwAttest.Files;

/// <summary>A credential as tpm2_makecredential writes it: a magic number, a version, TPM2B_ID_OBJECT and TPM2B_ENCRYPTED_SECRET, big-endian.</summary>
internal sealed record CredentialFile(TpmsIdObject CredentialBlob, byte[] EncryptedSecret)
{
    private const uint Magic = 0xBADCC0DE;
    private const uint Version = 1;

    public static byte[] Write(Credential credential)
    {
        byte[] buffer = new byte[TpmWire.MaximumSize];
        TpmWriter writer = new(buffer);
        writer.WriteUInt32(Magic);
        writer.WriteUInt32(Version);
        writer.WriteBytes(credential.CredentialBlob.EncodeSized());
        writer.WriteSized(credential.EncryptedSecret.Span);
        return writer.Written.ToArray();
    }

    public static CredentialFile Read(string path) => InputFile.Parse(path, "a credential as 'hwattest credential make' and tpm2_makecredential write it", bytes =>
    {
        TpmReader reader = new(bytes);
        if (reader.ReadUInt32("magic") != Magic || reader.ReadUInt32("version") != Version)
        {
            throw new FormatException("It does not begin with BADCC0DE and version 1.");
        }

        TpmsIdObject credentialBlob = TpmWire.Parse<TpmsIdObject>(reader.ReadSized("TPM2B_ID_OBJECT"));
        byte[] encryptedSecret = reader.ReadSized("TPM2B_ENCRYPTED_SECRET").ToArray();
        reader.ExpectEnd("The credential");
        return new CredentialFile(credentialBlob, encryptedSecret);
    });
}
