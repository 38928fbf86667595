using System.Buffers.Binary;
using System.Formats.Asn1;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using HardwareAttestation.Cryptography;
using HardwareAttestation.Protocol;
using HardwareAttestation.Structures;

namespace HardwareAttestation.Client;

/// <summary>Endorsement key certificates as they lie in NV memory.</summary>
internal static class EndorsementCertificate
{
    private const byte SequenceTag = 0x30;

    // TCG_PCCLIENT_STORED_CERT (TCG PC Client Specific Implementation Specification 1.21, section 7.4.5): UINT16 tag, BYTE type, UINT16 size, big-endian.
    // Then, for a whole certificate, TCG_PCCLIENT_FULL_CERT: UINT16 tag and the certificate. The era of TPM 1.2 left it in some TPMs 2.0.
    private const int StoredCertificateHeaderSize = 5;

    private static ReadOnlySpan<byte> StoredWholeCertificate => [0x10, 0x01, 0x00];

    private static ReadOnlySpan<byte> WholeCertificate => [0x10, 0x02];

    /// <summary>
    /// Takes the certificate out of an NV index' content: indices are often larger than what they hold, and filled up with 0x00 or 0xFF, and some hold a header first.
    /// </summary>
    /// <exception cref="EndorsementKeyException">The content does not begin with a certificate.</exception>
    public static byte[] Extract(ReadOnlySpan<byte> content, TpmHandle index) =>
        TryRead(SkipHeader(content), out int _)
            ?? throw new EndorsementKeyException($"NV index {index} should hold an endorsement key certificate, and does not begin with one.");

    /// <summary>Takes a chain apart: certificates one behind the other, filled up with 0x00 or 0xFF.</summary>
    /// <param name="content">The content of the indices of the chain, one behind the other.</param>
    /// <param name="isWhole">Whether nothing else was there, and not more than an enrolment request may carry.</param>
    /// <returns>The certificates up to where that ends.</returns>
    public static IReadOnlyList<ReadOnlyMemory<byte>> Split(ReadOnlySpan<byte> content, out bool isWhole)
    {
        List<ReadOnlyMemory<byte>> certificates = [];
        int room = EnrollmentRequest.MaximumChainSize;
        ReadOnlySpan<byte> rest = SkipPadding(content);
        while (!rest.IsEmpty
            && certificates.Count < EnrollmentRequest.MaximumChainLength
            && TryRead(rest, out int consumed) is { } certificate
            && certificate.Length <= room)
        {
            certificates.Add(certificate);
            room -= certificate.Length;
            rest = SkipPadding(rest[consumed..]);
        }

        isWhole = rest.IsEmpty;
        return certificates;
    }

    /// <summary>Whether a certificate is of a key.</summary>
    /// <exception cref="EndorsementKeyException">The certificate cannot be read.</exception>
    public static bool IsOf(TpmtPublic key, ReadOnlySpan<byte> certificate)
    {
        try
        {
            using X509Certificate2 parsed = X509CertificateLoader.LoadCertificate(certificate);
            return PublicKeys.IsKeyOf(key, parsed);
        }
        catch (CryptographicException exception)
        {
            throw new EndorsementKeyException("The endorsement key certificate cannot be read: it is malformed.", exception);
        }
    }

    private static ReadOnlySpan<byte> SkipHeader(ReadOnlySpan<byte> content)
    {
        if (!content.StartsWith(StoredWholeCertificate) || content.Length < StoredCertificateHeaderSize)
        {
            return content;
        }

        // The certificate says itself how long it is.
        content = content[StoredCertificateHeaderSize..];
        return content.StartsWith(WholeCertificate) ? content[WholeCertificate.Length..] : content;
    }

    private static ReadOnlySpan<byte> SkipPadding(ReadOnlySpan<byte> content) => content.TrimStart([(byte)0x00, (byte)0xFF]);

    /// <summary>Reads one SEQUENCE. Its own length, which no signature is over, is written anew, in DER's form.</summary>
    /// <returns>The SEQUENCE, or null if there is none.</returns>
    private static byte[]? TryRead(ReadOnlySpan<byte> content, out int consumed)
    {
        try
        {
            AsnDecoder.ReadSequence(content, AsnEncodingRules.BER, out int offset, out int length, out consumed);
            return [SequenceTag, .. EncodeLength(length), .. content.Slice(offset, length)];
        }
        catch (AsnContentException)
        {
            consumed = 0;
            return null;
        }
    }

    private static byte[] EncodeLength(int length)
    {
        if (length < 0x80)
        {
            return [(byte)length];
        }

        byte[] bytes = new byte[sizeof(int)];
        BinaryPrimitives.WriteInt32BigEndian(bytes, length);
        ReadOnlySpan<byte> shortest = bytes.AsSpan().TrimStart((byte)0);
        return [(byte)(0x80 | shortest.Length), .. shortest];
    }
}
