using System.Security.Cryptography;
using System.Text;
using HardwareAttestation.Structures;
using HardwareAttestation.Wire;

namespace HardwareAttestation.Client;

/// <summary>
/// An attestation key outside of the TPM: what an agent keeps on disk to have the same key after a reboot.
/// </summary>
/// <remarks>
/// The private part is encrypted by the TPM and of use in no other TPM. Wire form, big-endian: "HAAK", UINT16 version (1), then the parent's
/// template id (ASCII), the parent's Name, TPMT_PUBLIC and the TPM2B_PRIVATE's content, each with its UINT16 size in front, and SHA-256 over all that.
/// </remarks>
public sealed class AttestationKeyBlob
{
    private const ushort CurrentVersion = 1;
    private const int MaximumTemplateIdSize = 16;
    private readonly byte[] _private;

    /// <summary>Initializes a blob, e.g. from a key that another tool made under the same endorsement key.</summary>
    /// <param name="parentTemplate">The template of the endorsement key that is the key's parent.</param>
    /// <param name="parentName">The Name of that endorsement key.</param>
    /// <param name="publicArea">The key's public area.</param>
    /// <param name="privateArea">The content of the key's TPM2B_PRIVATE, without its size; copied.</param>
    /// <exception cref="TpmFormatException">The key's Name cannot be computed here.</exception>
    public AttestationKeyBlob(
        EndorsementKeyTemplate parentTemplate, TpmName parentName, TpmtPublic publicArea, ReadOnlySpan<byte> privateArea)
    {
        ArgumentNullException.ThrowIfNull(parentTemplate);
        ArgumentNullException.ThrowIfNull(parentName);
        ArgumentNullException.ThrowIfNull(publicArea);
        ParentTemplate = parentTemplate;
        ParentName = parentName;
        Public = publicArea;
        Name = publicArea.ComputeName();
        _private = privateArea.ToArray();
    }

    /// <summary>The template of the endorsement key that is the key's parent.</summary>
    public EndorsementKeyTemplate ParentTemplate { get; }

    /// <summary>The Name of that endorsement key.</summary>
    public TpmName ParentName { get; }

    /// <summary>The key's public area.</summary>
    public TpmtPublic Public { get; }

    /// <summary>The key's Name, computed from <see cref="Public"/>.</summary>
    public TpmName Name { get; }

    /// <summary>The content of the key's TPM2B_PRIVATE, without its size.</summary>
    public ReadOnlyMemory<byte> Private => _private;

    private static ReadOnlySpan<byte> Magic => "HAAK"u8;

    /// <summary>Reads a blob.</summary>
    /// <param name="bytes">What <see cref="ToArray"/> gave.</param>
    /// <returns>The blob.</returns>
    /// <exception cref="AttestationKeyException">The bytes are no such blob, are damaged, or are of a later version.</exception>
    public static AttestationKeyBlob Parse(ReadOnlySpan<byte> bytes)
    {
        if (!bytes.StartsWith(Magic))
        {
            string fault = bytes.IsEmpty ? "it is empty" : "it does not begin with 'HAAK'";
            throw new AttestationKeyException(
                $"This is not an attestation key blob: {fault}. Restore it from a copy, or remove it and enrol the machine again.");
        }

        try
        {
            TpmReader reader = new(bytes);
            reader.ReadBytes(Magic.Length, "blob.magic");
            ushort version = reader.ReadUInt16("blob.version");
            if (version != CurrentVersion)
            {
                throw new AttestationKeyException(
                    $"The attestation key blob has version {version}, and this library reads version {CurrentVersion}: use the version that wrote it, or a later one.");
            }

            if (bytes.Length < SHA256.HashSizeInBytes
                || !SHA256.HashData(bytes[..^SHA256.HashSizeInBytes]).AsSpan().SequenceEqual(bytes[^SHA256.HashSizeInBytes..]))
            {
                throw new AttestationKeyException(
                    "The attestation key blob is damaged: its checksum is wrong. Restore it from a copy, or enrol the machine again.");
            }

            EndorsementKeyTemplate template = EndorsementKeyTemplate.Parse(
                Encoding.ASCII.GetString(reader.ReadSized("blob.parentTemplate", MaximumTemplateIdSize)));
            TpmName parentName = TpmName.Read(ref reader, "blob.parentName");
            TpmtPublic publicArea = TpmWire.Parse<TpmtPublic>(reader.ReadSized("blob.public"));
            AttestationKeyBlob blob = new(template, parentName, publicArea, reader.ReadSized("blob.private"));
            reader.ReadBytes(SHA256.HashSizeInBytes, "blob.checksum");
            reader.ExpectEnd("The attestation key blob");
            return blob;
        }
        catch (Exception exception) when (exception is TpmFormatException or ArgumentException)
        {
            throw new AttestationKeyException(
                "The attestation key blob is damaged. Restore it from a copy, or enrol the machine again.", exception);
        }
    }

    /// <summary>Writes the blob.</summary>
    /// <returns>Its wire form: a few hundred bytes, not secret, of use in this TPM only.</returns>
    public byte[] ToArray()
    {
        byte[] buffer = new byte[TpmWire.MaximumSize];
        TpmWriter writer = new(buffer);
        writer.WriteBytes(Magic);
        writer.WriteUInt16(CurrentVersion);
        writer.WriteSized(Encoding.ASCII.GetBytes(ParentTemplate.Id));
        writer.WriteSized(ParentName.Bytes.Span);
        writer.WriteSized(Public.Encoded.Span);
        writer.WriteSized(_private);
        writer.WriteBytes(SHA256.HashData(writer.Written));
        return writer.Written.ToArray();
    }
}
