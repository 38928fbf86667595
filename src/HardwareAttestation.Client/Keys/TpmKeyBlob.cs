using System.Security.Cryptography;
using System.Text;
using HardwareAttestation.Structures;
using HardwareAttestation.Wire;

namespace HardwareAttestation.Client;

/// <summary>
/// A signing key outside of the TPM, an attestation key or an application's: what an agent keeps on disk to have the same key after a reboot.
/// </summary>
/// <remarks>
/// <para>
/// The private part is encrypted by the TPM and of use in no other TPM. An authorisation value is not part of the blob.
/// </para>
/// <para>
/// Wire form, big-endian: "HAAK", UINT16 version (2); then, each with its UINT16 size in front, the endorsement key's template id (ASCII), its Name, the storage
/// parent's TPMT_PUBLIC (empty without one); UINT32 persistent handle (zero without one); again with sizes, TPMT_PUBLIC and the TPM2B_PRIVATE's content; and SHA-256
/// over all that. Version 1 had neither storage parent nor persistent handle.
/// </para>
/// </remarks>
public sealed class TpmKeyBlob
{
    private const ushort CurrentVersion = 2;
    private const ushort FirstVersion = 1;
    private const int MaximumTemplateIdSize = 16;

    // A TPM2B_PRIVATE of an RSA 4096 key with all that may be in it has about half.
    private const int MaximumPrivateSize = 2048;
    private readonly byte[] _private;

    /// <summary>Initializes a blob, e.g. from a key that another tool made.</summary>
    /// <param name="endorsementTemplate">The template of the endorsement key that credentials for the key are made for.</param>
    /// <param name="endorsementName">The Name of that endorsement key.</param>
    /// <param name="publicArea">The key's public area.</param>
    /// <param name="privateArea">The content of the key's TPM2B_PRIVATE, without its size, at most 2048 bytes; copied.</param>
    /// <param name="storageParent">The public area of the storage root key that is the key's parent; null if the endorsement key is.</param>
    /// <param name="persistentHandle">The handle where the key is kept in the TPM, if it is.</param>
    /// <exception cref="ArgumentException">
    /// The key is not for signing or has no signature scheme of its own, its private area is longer than a TPM's, the storage parent is not a storage key that stays in its TPM,
    /// or the handle is not one of the owner's persistent handles.
    /// </exception>
    /// <exception cref="TpmFormatException">The key's Name cannot be computed here.</exception>
    public TpmKeyBlob(
        EndorsementKeyTemplate endorsementTemplate,
        TpmName endorsementName,
        TpmtPublic publicArea,
        ReadOnlySpan<byte> privateArea,
        TpmtPublic? storageParent = null,
        TpmHandle? persistentHandle = null)
    {
        ArgumentNullException.ThrowIfNull(endorsementTemplate);
        ArgumentNullException.ThrowIfNull(endorsementName);
        ArgumentNullException.ThrowIfNull(publicArea);
        ThrowIfNotUsable(publicArea, storageParent, persistentHandle);
        if (privateArea.Length > MaximumPrivateSize)
        {
            throw new ArgumentException($"A private area has at most {MaximumPrivateSize} bytes, and {privateArea.Length} were given.", nameof(privateArea));
        }

        EndorsementTemplate = endorsementTemplate;
        EndorsementName = endorsementName;
        Public = publicArea;
        Name = publicArea.ComputeName();
        _private = privateArea.ToArray();
        StorageParent = storageParent;
        PersistentHandle = persistentHandle;
    }

    /// <summary>The template of the endorsement key that credentials for the key are made for; the key's parent, unless <see cref="StorageParent"/> is.</summary>
    public EndorsementKeyTemplate EndorsementTemplate { get; }

    /// <summary>The Name of that endorsement key.</summary>
    public TpmName EndorsementName { get; }

    /// <summary>The public area of the storage root key that is the key's parent; null if the endorsement key is.</summary>
    public TpmtPublic? StorageParent { get; }

    /// <summary>The handle where the key is kept in the TPM besides, or null.</summary>
    public TpmHandle? PersistentHandle { get; }

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
    /// <exception cref="TpmKeyException">The bytes are no such blob, are damaged, or are of a later version.</exception>
    public static TpmKeyBlob Parse(ReadOnlySpan<byte> bytes)
    {
        if (!bytes.StartsWith(Magic))
        {
            string fault = bytes.IsEmpty ? "it is empty" : "it does not begin with 'HAAK'";
            throw new TpmKeyException(
                $"This is not a key blob: {fault}. Restore it from a copy, or remove it and enrol the machine again.", TpmKeyFault.Damaged);
        }

        try
        {
            TpmReader reader = new(bytes);
            reader.ReadBytes("blob.magic", Magic.Length);
            ushort version = reader.ReadUInt16("blob.version");
            if (version is not (FirstVersion or CurrentVersion))
            {
                throw new TpmKeyException(
                    $"The key blob has version {version}, and this library reads versions up to {CurrentVersion}: use the version that wrote it, or a later one.",
                    TpmKeyFault.UnsupportedVersion);
            }

            if (bytes.Length < SHA256.HashSizeInBytes
                || !SHA256.HashData(bytes[..^SHA256.HashSizeInBytes]).AsSpan().SequenceEqual(bytes[^SHA256.HashSizeInBytes..]))
            {
                throw new TpmKeyException(
                    "The key blob is damaged: its checksum is wrong. Restore it from a copy, or remove it and enrol the machine again.", TpmKeyFault.Damaged);
            }

            EndorsementKeyTemplate template = EndorsementKeyTemplate.Parse(
                Encoding.ASCII.GetString(reader.ReadSized("blob.endorsementTemplate", MaximumTemplateIdSize)));
            TpmName endorsementName = TpmName.Read(ref reader, "blob.endorsementName");
            (TpmtPublic? storageParent, TpmHandle? persistentHandle) = version == FirstVersion ? (null, null) : ReadPlaces(ref reader);
            TpmtPublic publicArea = TpmWire.Parse<TpmtPublic>(reader.ReadSized("blob.public"));
            TpmKeyBlob blob = new(template, endorsementName, publicArea, reader.ReadSized("blob.private"), storageParent, persistentHandle);
            reader.ReadBytes("blob.checksum", SHA256.HashSizeInBytes);
            reader.ExpectEnd("The key blob");
            return blob;
        }
        catch (Exception exception) when (exception is TpmFormatException or FormatException or ArgumentException)
        {
            throw new TpmKeyException(
                "The key blob is damaged. Restore it from a copy, or remove it and enrol the machine again.", TpmKeyFault.Damaged, exception);
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
        writer.WriteSized(Encoding.ASCII.GetBytes(EndorsementTemplate.Id));
        writer.WriteSized(EndorsementName.Bytes.Span);
        writer.WriteSized(StorageParent is { } parent ? parent.Encoded.Span : []);
        writer.WriteHandle(PersistentHandle ?? default);
        writer.WriteSized(Public.Encoded.Span);
        writer.WriteSized(_private);
        writer.WriteBytes(SHA256.HashData(writer.Written));
        return writer.Written.ToArray();
    }

    /// <summary>The same key, kept at another place.</summary>
    internal TpmKeyBlob At(TpmHandle? persistentHandle) =>
        new(EndorsementTemplate, EndorsementName, Public, _private, StorageParent, persistentHandle);

    // Who alters the blob shall not choose a storage key to be used or evicted, somebody else's slot to be flushed, or a parent of which he may know the private part.
    private static void ThrowIfNotUsable(TpmtPublic publicArea, TpmtPublic? storageParent, TpmHandle? persistentHandle)
    {
        if (!publicArea.ObjectAttributes.HasFlag(TpmaObject.Sign))
        {
            throw new ArgumentException("The key is not for signing.", nameof(publicArea));
        }

        // Such a key signs only by a scheme that each command names, and the commands here leave that to the key.
        if (publicArea.Scheme.Scheme == TpmAlgId.Null)
        {
            throw new ArgumentException("The key has no signature scheme of its own (TPM_ALG_NULL): make it with one.", nameof(publicArea));
        }

        if (storageParent is not null && !StorageKeyTemplates.IsParent(storageParent))
        {
            throw new ArgumentException("The storage parent is not a storage key that stays in its TPM.", nameof(storageParent));
        }

        if (persistentHandle is { } handle)
        {
            PersistentKeys.ThrowIfNotOwners(handle);
        }
    }

    private static (TpmtPublic? StorageParent, TpmHandle? PersistentHandle) ReadPlaces(ref TpmReader reader)
    {
        ReadOnlySpan<byte> parent = reader.ReadSized("blob.storageParent");
        TpmHandle handle = new(reader.ReadUInt32("blob.persistentHandle"));
        return (parent.IsEmpty ? null : TpmWire.Parse<TpmtPublic>(parent), handle == default ? null : handle);
    }
}
