using System.Formats.Asn1;

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

    /// <summary>The same certificate with other names, signed anew.</summary>
    public static byte[] Rename(byte[] certificate, byte[] issuer, byte[] subject, TestAuthority signer) => Change(certificate, issuer, null, subject, signer);

    private static byte[] Change(byte[] certificate, byte[]? issuer, byte[]? validity, byte[]? subject, TestAuthority signer)
    {
        AsnReader body = new AsnReader(certificate, AsnEncodingRules.DER).ReadSequence().ReadSequence();
        AsnWriter changed = new(AsnEncodingRules.DER);
        using (changed.PushSequence())
        {
            changed.WriteEncodedValue(body.ReadEncodedValue().Span); // version
            changed.WriteEncodedValue(body.ReadEncodedValue().Span); // serialNumber
            body.ReadEncodedValue();
            changed.WriteEncodedValue(signer.SignatureAlgorithm());
            Write(issuer);
            Write(validity);
            Write(subject);
            while (body.HasData)
            {
                changed.WriteEncodedValue(body.ReadEncodedValue().Span);
            }
        }

        byte[] signed = changed.Encode();
        AsnWriter writer = new(AsnEncodingRules.DER);
        using (writer.PushSequence())
        {
            writer.WriteEncodedValue(signed);
            writer.WriteEncodedValue(signer.SignatureAlgorithm());
            writer.WriteBitString(signer.Sign(signed));
        }

        return writer.Encode();

        void Write(byte[]? other)
        {
            ReadOnlyMemory<byte> own = body.ReadEncodedValue();
            changed.WriteEncodedValue(other ?? own.Span);
        }
    }
}
