using System.Formats.Asn1;

namespace HardwareAttestation.Verifier.Tests;

/// <summary>Certificates that the platform's builder would not write.</summary>
internal static class RawCertificate
{
    /// <summary>The same certificate with other names, signed anew.</summary>
    public static byte[] Rename(byte[] certificate, byte[] issuer, byte[] subject, TestAuthority signer)
    {
        AsnReader body = new AsnReader(certificate, AsnEncodingRules.DER).ReadSequence().ReadSequence();
        AsnWriter renamed = new(AsnEncodingRules.DER);
        using (renamed.PushSequence())
        {
            renamed.WriteEncodedValue(body.ReadEncodedValue().Span); // version
            renamed.WriteEncodedValue(body.ReadEncodedValue().Span); // serialNumber
            body.ReadEncodedValue();
            renamed.WriteEncodedValue(signer.SignatureAlgorithm());
            body.ReadEncodedValue();
            renamed.WriteEncodedValue(issuer);
            renamed.WriteEncodedValue(body.ReadEncodedValue().Span); // validity
            body.ReadEncodedValue();
            renamed.WriteEncodedValue(subject);
            while (body.HasData)
            {
                renamed.WriteEncodedValue(body.ReadEncodedValue().Span);
            }
        }

        byte[] signed = renamed.Encode();
        AsnWriter writer = new(AsnEncodingRules.DER);
        using (writer.PushSequence())
        {
            writer.WriteEncodedValue(signed);
            writer.WriteEncodedValue(signer.SignatureAlgorithm());
            writer.WriteBitString(signer.Sign(signed));
        }

        return writer.Encode();
    }
}
