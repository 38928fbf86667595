using System.Formats.Asn1;
using System.Security.Cryptography;
using System.Text;
using HardwareAttestation.Client;
using HardwareAttestation.Structures;
using HardwareAttestation.Wire;

namespace HwAttest.Files;

/// <summary>A key as OpenSSL's TPM providers keep it: PEM "TSS2 PRIVATE KEY" ("ASN.1 Specification for TPM 2.0 Key Files").</summary>
internal sealed record Tss2PrivateKeyFile(TpmtPublic Public, byte[] Private, uint Parent)
{
    private const string Label = "TSS2 PRIVATE KEY";
    private const string LoadableKey = "2.23.133.10.1.3";
    private static readonly TpmHandle StorageRootKey = new(0x81000001);
    private static readonly Asn1Tag EmptyAuth = new(TagClass.ContextSpecific, 0, isConstructed: true);

    /// <summary>Whether the parent is the storage root key, kept or made anew.</summary>
    public bool IsUnderStorageRootKey => Parent == StorageRootKey.Value || Parent == TpmHandle.Owner.Value;

    /// <summary>
    /// Writes a blob. An endorsement key above it is told by the handle where it usually is; an ECC storage root key by the owner hierarchy, which means that it is to be made
    /// anew; another one by the handle where it usually is.
    /// </summary>
    public static byte[] Write(TpmKeyBlob blob)
    {
        TpmHandle parent = blob.StorageParent switch
        {
            null => blob.EndorsementTemplate.PersistentHandles[0],
            { Type: TpmAlgId.Ecc } => TpmHandle.Owner,
            _ => StorageRootKey,
        };
        AsnWriter writer = new(AsnEncodingRules.DER);
        using (writer.PushSequence())
        {
            writer.WriteObjectIdentifier(LoadableKey);
            using (writer.PushSequence(EmptyAuth))
            {
                writer.WriteBoolean(true);
            }

            writer.WriteInteger(parent.Value);
            writer.WriteOctetString(blob.Public.EncodeSized());
            writer.WriteOctetString(WithSize(blob.Private.Span));
        }

        return Encoding.ASCII.GetBytes(PemEncoding.WriteString(Label, writer.Encode()) + "\n");
    }

    public static Tss2PrivateKeyFile Read(string path) => InputFile.Parse(path, $"a PEM file '{Label}'", bytes =>
    {
        string text = Encoding.ASCII.GetString(bytes);
        if (!PemEncoding.TryFind(text, out PemFields fields) || text[fields.Label] != Label)
        {
            throw new FormatException($"It does not begin with '-----BEGIN {Label}-----'.");
        }

        AsnReader outer = new(Convert.FromBase64String(text[fields.Base64Data]), AsnEncodingRules.BER);
        AsnReader key = outer.ReadSequence();
        outer.ThrowIfNotEmpty();
        string kind = key.ReadObjectIdentifier();
        if (kind != LoadableKey)
        {
            throw new FormatException($"It is of the kind {kind}, and only loadable keys ({LoadableKey}) can be used.");
        }

        // Whether the key has an authorisation value, which tools have told the wrong way round, and policies that only say how to use it.
        while (key.PeekTag().TagClass == TagClass.ContextSpecific)
        {
            key.ReadEncodedValue();
        }

        uint parent = (uint)(key.ReadInteger() & uint.MaxValue);
        TpmtPublic publicArea = TpmWire.ParseSized<TpmtPublic>(key.ReadOctetString());
        return new Tss2PrivateKeyFile(publicArea, InputFile.ParsePrivate(key.ReadOctetString()), parent);
    });

    public static byte[] WithSize(ReadOnlySpan<byte> content)
    {
        byte[] sized = new byte[sizeof(ushort) + content.Length];
        TpmWriter writer = new(sized);
        writer.WriteSized(content);
        return sized;
    }
}
