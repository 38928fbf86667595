using System.Formats.Asn1;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace HardwareAttestation.Verifier.Tests;

/// <summary>A revocation list (RFC 5280, section 5.1) with extensions that the platform's builder would not write, and signatures that it would not make.</summary>
internal sealed record RawRevocationList
{
    /// <summary>issuingDistributionPoint: the list is of some certificates alone, or of other issuers' too.</summary>
    public const string IssuingDistributionPoint = "2.5.29.28";

    /// <summary>certificateIssuer: the entry is of another issuer.</summary>
    public const string CertificateIssuer = "2.5.29.29";

    /// <summary>The certificates that it revokes.</summary>
    public byte[][] Revoked { get; init; } = [];

    /// <summary>An extension of the list and whether it is critical.</summary>
    public (string Id, bool IsCritical)? Extension { get; init; }

    /// <summary>An extension of each entry, likewise.</summary>
    public (string Id, bool IsCritical)? EntryExtension { get; init; }

    /// <summary>Writes it, for a day before and after now.</summary>
    /// <param name="authority">Whose list it is.</param>
    /// <param name="generator">What signs it, if not the authority with SHA-256.</param>
    public byte[] Sign(TestAuthority authority, X509SignatureGenerator? generator = null)
    {
        byte[] algorithm = generator?.GetSignatureAlgorithmIdentifier(HashAlgorithmName.SHA256) ?? authority.SignatureAlgorithm();
        byte[] signed = Body(authority.Certificate.SubjectName.RawData, algorithm);
        AsnWriter writer = new(AsnEncodingRules.DER);
        using (writer.PushSequence())
        {
            writer.WriteEncodedValue(signed);
            writer.WriteEncodedValue(algorithm);
            writer.WriteBitString(generator?.SignData(signed, HashAlgorithmName.SHA256) ?? authority.Sign(signed));
        }

        return writer.Encode();
    }

    private byte[] Body(byte[] issuer, byte[] algorithm)
    {
        AsnWriter writer = new(AsnEncodingRules.DER);
        using (writer.PushSequence())
        {
            writer.WriteInteger(1);
            writer.WriteEncodedValue(algorithm);
            writer.WriteEncodedValue(issuer);
            writer.WriteUtcTime(ManualTimeProvider.Start.AddDays(-1));
            writer.WriteUtcTime(ManualTimeProvider.Start.AddDays(1));
            if (Revoked.Length > 0)
            {
                using (writer.PushSequence())
                {
                    Array.ForEach(Revoked, certificate => WriteEntry(writer, certificate));
                }
            }

            if (Extension is { } extension)
            {
                using (writer.PushSequence(new Asn1Tag(TagClass.ContextSpecific, 0)))
                {
                    WriteExtensions(writer, extension);
                }
            }
        }

        return writer.Encode();
    }

    private void WriteEntry(AsnWriter writer, byte[] certificate)
    {
        using X509Certificate2 revoked = X509CertificateLoader.LoadCertificate(certificate);
        using (writer.PushSequence())
        {
            writer.WriteIntegerUnsigned(revoked.SerialNumberBytes.Span);
            writer.WriteUtcTime(ManualTimeProvider.Start.AddDays(-1));
            if (EntryExtension is { } extension)
            {
                WriteExtensions(writer, extension);
            }
        }
    }

    private static void WriteExtensions(AsnWriter writer, (string Id, bool IsCritical) extension)
    {
        using (writer.PushSequence())
        using (writer.PushSequence())
        {
            writer.WriteObjectIdentifier(extension.Id);
            if (extension.IsCritical)
            {
                writer.WriteBoolean(true);
            }

            writer.WriteOctetString([0x30, 0x00]);
        }
    }
}
