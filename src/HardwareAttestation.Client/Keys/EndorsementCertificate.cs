using System.Formats.Asn1;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using HardwareAttestation.Structures;

namespace HardwareAttestation.Client;

/// <summary>Endorsement key certificates as they lie in NV memory.</summary>
internal static class EndorsementCertificate
{
    /// <summary>Takes the certificate out of an NV index' content: indices are often larger than what they hold, and filled up with 0x00 or 0xFF.</summary>
    /// <exception cref="EndorsementKeyException">The content does not begin with a certificate.</exception>
    public static byte[] Extract(ReadOnlySpan<byte> content, TpmHandle index)
    {
        try
        {
            AsnDecoder.ReadSequence(content, AsnEncodingRules.BER, out int contentOffset, out int contentLength, out _);
            return content[..(contentOffset + contentLength)].ToArray();
        }
        catch (AsnContentException exception)
        {
            throw new EndorsementKeyException($"NV index {index} should hold an endorsement key certificate, and does not begin with one.", exception);
        }
    }

    /// <summary>Whether a certificate is of a key.</summary>
    /// <exception cref="EndorsementKeyException">The certificate cannot be read.</exception>
    public static bool IsOf(TpmtPublic key, byte[] certificate)
    {
        try
        {
            using X509Certificate2 parsed = X509CertificateLoader.LoadCertificate(certificate);
            return CertificateKey.IsOf(key, parsed);
        }
        catch (CryptographicException exception)
        {
            throw new EndorsementKeyException("The endorsement key certificate in the TPM cannot be read.", exception);
        }
    }
}
