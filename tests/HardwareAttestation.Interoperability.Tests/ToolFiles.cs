using HardwareAttestation.Structures;
using HardwareAttestation.Verifier;
using HardwareAttestation.Wire;

namespace HardwareAttestation.Interoperability.Tests;

/// <summary>The files of tpm2-tools.</summary>
internal static class ToolFiles
{
    private const uint CredentialMagic = 0xBADCC0DE;
    private const uint CredentialVersion = 1;

    /// <summary>A credential: magic, version, TPM2B_ID_OBJECT, TPM2B_ENCRYPTED_SECRET.</summary>
    /// <param name="idObject">TPM2B_ID_OBJECT, size included.</param>
    /// <param name="encryptedSecret">TPM2B_ENCRYPTED_SECRET, size included.</param>
    public static byte[] WriteCredential(ReadOnlySpan<byte> idObject, ReadOnlySpan<byte> encryptedSecret)
    {
        TpmWriter writer = new(new byte[TpmWire.MaximumSize]);
        writer.WriteUInt32(CredentialMagic);
        writer.WriteUInt32(CredentialVersion);
        writer.WriteBytes(idObject);
        writer.WriteBytes(encryptedSecret);
        return writer.Written.ToArray();
    }

    /// <inheritdoc cref="WriteCredential(ReadOnlySpan{byte}, ReadOnlySpan{byte})"/>
    public static byte[] WriteCredential(Credential credential)
    {
        TpmWriter writer = new(new byte[TpmWire.MaximumSize]);
        writer.WriteSized(credential.EncryptedSecret.Span);
        return WriteCredential(credential.CredentialBlob.EncodeSized(), writer.Written);
    }

    public static (TpmsIdObject CredentialBlob, byte[] EncryptedSecret) ReadCredential(byte[] file)
    {
        TpmReader reader = new(file);
        reader.ReadUInt32("magic").Should().Be(CredentialMagic);
        reader.ReadUInt32("version").Should().Be(CredentialVersion);
        TpmsIdObject blob = TpmWire.Parse<TpmsIdObject>(reader.ReadSized("TPM2B_ID_OBJECT"));
        byte[] secret = reader.ReadSized("TPM2B_ENCRYPTED_SECRET").ToArray();
        reader.ExpectEnd("credential");
        return (blob, secret);
    }

    /// <summary>PCR values in the form "values": the bare digests one after the other, in the order of the selection.</summary>
    public static PcrValue[] ReadPcrValues(byte[] file, TpmlPcrSelection selection)
    {
        List<PcrValue> values = [];
        int position = 0;
        foreach (TpmsPcrSelection bank in selection)
        {
            TpmHash.TryGetDigestSize(bank.Hash, out int size);
            foreach (int pcr in bank.Pcrs)
            {
                values.Add(new PcrValue(bank.Hash, pcr, file.AsMemory(position, size)));
                position += size;
            }
        }

        position.Should().Be(file.Length);
        return [.. values];
    }

    public static byte[] WritePcrValues(IEnumerable<PcrValue> values) => [.. values.SelectMany(value => value.Digest.ToArray())];
}
