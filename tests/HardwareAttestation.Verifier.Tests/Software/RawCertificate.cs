using System.Formats.Asn1;
using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace HardwareAttestation.Verifier.Tests;

/// <summary>Certificates that the platform's builder would not write.</summary>
internal static class RawCertificate
{
    /// <summary>The same certificate with other dates, signed anew: the end may be before the beginning.</summary>
    public static byte[] Redate(byte[] certificate, DateTimeOffset notBefore, DateTimeOffset notAfter, TestAuthority signer)
    {
        AsnWriter validity = new(AsnEncodingRules.DER);
        using (validity.PushSequence())
        {
            validity.WriteUtcTime(notBefore);
            validity.WriteUtcTime(notAfter);
        }

        return Change(certificate, null, validity.Encode(), null, signer);
    }

    /// <summary>The same certificate with texts for dates (UTCTime), signed anew.</summary>
    public static byte[] Redate(byte[] certificate, string notBefore, string notAfter, TestAuthority signer)
    {
        AsnWriter validity = new(AsnEncodingRules.DER);
        using (validity.PushSequence())
        {
            validity.WriteEncodedValue(UtcTime(notBefore));
            validity.WriteEncodedValue(UtcTime(notAfter));
        }

        return Change(certificate, null, validity.Encode(), null, signer);

        static byte[] UtcTime(string text) => [0x17, (byte)text.Length, .. Encoding.ASCII.GetBytes(text)];
    }

    /// <summary>The same certificate, in whose signed part another signature algorithm stands than behind it, signed anew.</summary>
    public static byte[] Mislabel(byte[] certificate, byte[] algorithm, TestAuthority signer) => Change(certificate, null, null, null, signer, algorithm);

    /// <summary>The same certificate with other names, signed anew.</summary>
    public static byte[] Rename(byte[] certificate, byte[] issuer, byte[] subject, TestAuthority signer) => Change(certificate, issuer, null, subject, signer);

    /// <summary>The same certificate with one more extension behind the others, whether it has such a one or not, signed anew.</summary>
    public static byte[] Append(byte[] certificate, X509Extension extension, TestAuthority signer)
    {
        Asn1Tag extensionsTag = new(TagClass.ContextSpecific, 3);
        AsnReader body = new AsnReader(certificate, AsnEncodingRules.DER).ReadSequence().ReadSequence();
        AsnWriter writer = new(AsnEncodingRules.DER);
        using (writer.PushSequence())
        {
            while (body.HasData && !body.PeekTag().HasSameClassAndValue(extensionsTag))
            {
                writer.WriteEncodedValue(body.ReadEncodedValue().Span);
            }

            AsnReader extensions = body.ReadSequence(extensionsTag).ReadSequence();
            using (writer.PushSequence(extensionsTag))
            using (writer.PushSequence())
            {
                while (extensions.HasData)
                {
                    writer.WriteEncodedValue(extensions.ReadEncodedValue().Span);
                }

                using (writer.PushSequence())
                {
                    writer.WriteObjectIdentifier(extension.Oid!.Value!);
                    writer.WriteOctetString(extension.RawData);
                }
            }
        }

        return Sign(writer.Encode(), signer);
    }

    private static byte[] Sign(byte[] signed, TestAuthority signer)
    {
        AsnWriter writer = new(AsnEncodingRules.DER);
        using (writer.PushSequence())
        {
            writer.WriteEncodedValue(signed);
            writer.WriteEncodedValue(signer.SignatureAlgorithm());
            writer.WriteBitString(signer.Sign(signed));
        }

        return writer.Encode();
    }

    private static byte[] Change(byte[] certificate, byte[]? issuer, byte[]? validity, byte[]? subject, TestAuthority signer, byte[]? algorithm = null)
    {
        AsnReader body = new AsnReader(certificate, AsnEncodingRules.DER).ReadSequence().ReadSequence();
        AsnWriter changed = new(AsnEncodingRules.DER);
        using (changed.PushSequence())
        {
            changed.WriteEncodedValue(body.ReadEncodedValue().Span); // version
            changed.WriteEncodedValue(body.ReadEncodedValue().Span); // serialNumber
            body.ReadEncodedValue();
            changed.WriteEncodedValue(algorithm ?? signer.SignatureAlgorithm());
            Write(issuer);
            Write(validity);
            Write(subject);
            while (body.HasData)
            {
                changed.WriteEncodedValue(body.ReadEncodedValue().Span);
            }
        }

        return Sign(changed.Encode(), signer);

        void Write(byte[]? other)
        {
            ReadOnlyMemory<byte> own = body.ReadEncodedValue();
            changed.WriteEncodedValue(other ?? own.Span);
        }
    }
}
