using System.Formats.Asn1;
using System.Security.Cryptography;
using System.Text;

namespace HardwareAttestation.Verifier;

/// <summary>
/// Reads what servers of TPM makers answer: a certificate, a revocation list, or certificates in PKCS #7 without a signature (RFC 5280, section 4.2.2.1), in DER or PEM. What it is is told
/// by content; the type in the headers is often wrong.
/// </summary>
internal static class FetchedContent
{
    private const string SignedData = "1.2.840.113549.1.7.2";

    // Each beginning without an end costs a search through the rest.
    private const int MostPemBlocks = 16;

    private static readonly Asn1Tag First = new(TagClass.ContextSpecific, 0);

    /// <summary>Finds the certificates.</summary>
    /// <returns>Their bytes; nothing of them is verified.</returns>
    public static IReadOnlyList<ReadOnlyMemory<byte>> ReadCertificates(byte[] content, int most)
    {
        List<ReadOnlyMemory<byte>> found = [];
        foreach (ReadOnlyMemory<byte> value in Unwrap(content))
        {
            try
            {
                found.AddRange(IsSignedData(value) ? ReadSignedData(value) : [value]);
            }
            catch (AsnContentException)
            {
                // Another block may be right.
            }
        }

        return [.. found.Where(IsSigned).Take(most)];
    }

    /// <summary>Finds a revocation list.</summary>
    /// <returns>The first, or null if there is none. Its signature is not verified.</returns>
    public static RevocationList? ReadList(byte[] content) => Unwrap(content)
        .Select(RevocationList.TryParse)
        .FirstOrDefault(list => list is not null);

    private static List<ReadOnlyMemory<byte>> Unwrap(byte[] content)
    {
        if (TryReadValue(content, out ReadOnlyMemory<byte> value))
        {
            return [value];
        }

        string text = Encoding.Latin1.GetString(content);
        return text.AsSpan().Count("-----BEGIN ") > MostPemBlocks ? [] : ReadPem(text);
    }

    private static List<ReadOnlyMemory<byte>> ReadPem(string text)
    {
        List<ReadOnlyMemory<byte>> values = [];
        ReadOnlySpan<char> rest = text;
        while (PemEncoding.TryFind(rest, out PemFields fields))
        {
            if (TryReadValue(Convert.FromBase64String(rest[fields.Base64Data].ToString()), out ReadOnlyMemory<byte> value))
            {
                values.Add(value);
            }

            rest = rest[fields.Location.End..];
        }

        return values;
    }

    private static bool TryReadValue(byte[] bytes, out ReadOnlyMemory<byte> value)
    {
        value = default;
        try
        {
            if (!AsnDecoder.TryReadEncodedValue(bytes, AsnEncodingRules.BER, out Asn1Tag tag, out _, out _, out int consumed) || tag != Asn1Tag.Sequence)
            {
                return false;
            }

            value = bytes.AsMemory(0, consumed);
            return true;
        }
        catch (AsnContentException)
        {
            // An indefinite length without an end is not answered with false.
            return false;
        }
    }

    private static bool IsSigned(ReadOnlyMemory<byte> value)
    {
        try
        {
            CertificateSignature.Read(value);
            return true;
        }
        catch (AsnContentException)
        {
            return false;
        }
    }

    private static bool IsSignedData(ReadOnlyMemory<byte> value)
    {
        AsnReader fields = new AsnReader(value, AsnEncodingRules.BER).ReadSequence();
        return fields.HasData && fields.PeekTag() == Asn1Tag.ObjectIdentifier && fields.ReadObjectIdentifier() == SignedData;
    }

    // SignedData (RFC 5652, section 5.1): version, digest algorithms and content come before the certificates.
    private static List<ReadOnlyMemory<byte>> ReadSignedData(ReadOnlyMemory<byte> value)
    {
        AsnReader fields = new AsnReader(value, AsnEncodingRules.BER).ReadSequence();
        fields.ReadObjectIdentifier();
        AsnReader data = fields.ReadSequence(First).ReadSequence();
        data.ReadInteger();
        data.ReadEncodedValue();
        data.ReadEncodedValue();
        List<ReadOnlyMemory<byte>> certificates = [];
        if (data.HasData && data.PeekTag().HasSameClassAndValue(First))
        {
            AsnReader set = data.ReadSetOf(First);
            while (set.HasData)
            {
                certificates.Add(set.ReadEncodedValue());
            }
        }

        return certificates;
    }
}
