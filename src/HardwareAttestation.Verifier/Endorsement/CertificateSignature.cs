using System.Formats.Asn1;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace HardwareAttestation.Verifier;

/// <summary>The signature on a certificate or a revocation list (RFC 5280, sections 4.1.1 and 5.1.1): by which hash, and whether a key made it. The platform's chain builder asks neither.</summary>
internal sealed class CertificateSignature
{
    private const string RsaPss = "1.2.840.113549.1.1.10";

    /// <summary>The algorithms that are known here, with their hash. RSASSA-PSS names its own in its parameters.</summary>
    private static readonly Dictionary<string, HashAlgorithmName> Hashes = new(StringComparer.Ordinal)
    {
        ["1.2.840.113549.1.1.5"] = HashAlgorithmName.SHA1,
        ["1.2.840.113549.1.1.11"] = HashAlgorithmName.SHA256,
        ["1.2.840.113549.1.1.12"] = HashAlgorithmName.SHA384,
        ["1.2.840.113549.1.1.13"] = HashAlgorithmName.SHA512,
        ["1.2.840.10045.4.1"] = HashAlgorithmName.SHA1,
        ["1.2.840.10045.4.3.2"] = HashAlgorithmName.SHA256,
        ["1.2.840.10045.4.3.3"] = HashAlgorithmName.SHA384,
        ["1.2.840.10045.4.3.4"] = HashAlgorithmName.SHA512,
        ["1.3.14.3.2.26"] = HashAlgorithmName.SHA1,
        ["2.16.840.1.101.3.4.2.1"] = HashAlgorithmName.SHA256,
        ["2.16.840.1.101.3.4.2.2"] = HashAlgorithmName.SHA384,
        ["2.16.840.1.101.3.4.2.3"] = HashAlgorithmName.SHA512,
    };

    private readonly ReadOnlyMemory<byte> _signed;
    private readonly byte[] _value;
    private readonly string _algorithm;
    private readonly HashAlgorithmName? _hash;

    private CertificateSignature(ReadOnlyMemory<byte> signed, byte[] value, string algorithm, HashAlgorithmName? hash)
    {
        _signed = signed;
        _value = value;
        _algorithm = algorithm;
        _hash = hash;
    }

    /// <summary>Whether the hash is SHA-256, SHA-384 or SHA-512. MD5, SHA-1 and all that is not known here are not.</summary>
    public bool IsStrong => _hash is { } hash && hash != HashAlgorithmName.SHA1;

    /// <summary>Whether the hash is SHA-1.</summary>
    public bool IsSha1 => _hash == HashAlgorithmName.SHA1;

    /// <exception cref="AsnContentException">The certificate is malformed.</exception>
    public static CertificateSignature Read(X509Certificate2 certificate) => Read(certificate.RawDataMemory);

    /// <summary>Reads it; null if the certificate is malformed.</summary>
    public static CertificateSignature? TryRead(X509Certificate2 certificate)
    {
        try
        {
            return Read(certificate);
        }
        catch (AsnContentException)
        {
            return null;
        }
    }

    /// <summary>Reads it from a certificate or a revocation list, which have the same outer form.</summary>
    /// <exception cref="AsnContentException">The bytes are malformed.</exception>
    public static CertificateSignature Read(ReadOnlyMemory<byte> signedStructure)
    {
        AsnReader fields = new AsnReader(signedStructure, AsnEncodingRules.BER).ReadSequence();
        ReadOnlyMemory<byte> signed = fields.ReadEncodedValue();
        ReadOnlyMemory<byte> identified = fields.PeekEncodedValue();
        AsnReader identifier = fields.ReadSequence();
        string algorithm = identifier.ReadObjectIdentifier();
        string hash = algorithm == RsaPss ? ReadPssHash(identifier) : algorithm;
        byte[] value = fields.ReadBitString(out int unusedBits);
        fields.ThrowIfNotEmpty();
        if (unusedBits != 0 || !identified.Span.SequenceEqual(ReadSignedAlgorithm(signed).Span))
        {
            throw new AsnContentException("The signature names another algorithm than the one that is signed, or is not of whole bytes.");
        }

        return new CertificateSignature(
            signed, value, algorithm, Hashes.TryGetValue(hash, out HashAlgorithmName name) ? name : null);
    }

    /// <summary>Whether the signature was made with a certificate's key; false also for an algorithm that is not known here.</summary>
    public bool IsBy(X509Certificate2 issuer)
    {
        using CertificatePublicKey? key = _hash is null ? null : CertificatePublicKey.TryGet(issuer);
        return key is not null && IsBy(key);
    }

    /// <summary>Whether the signature was made with a key; false also for an algorithm that is not known here.</summary>
    public bool IsBy(CertificatePublicKey key)
    {
        if (_hash is not { } hash)
        {
            return false;
        }

        try
        {
            RSASignaturePadding padding = _algorithm == RsaPss ? RSASignaturePadding.Pss : RSASignaturePadding.Pkcs1;
            return key.Rsa?.VerifyData(_signed.Span, _value, hash, padding)
                ?? key.Ecdsa?.VerifyData(_signed.Span, _value, hash, DSASignatureFormat.Rfc3279DerSequence)
                ?? false;
        }
        catch (CryptographicException)
        {
            return false;
        }
    }

    /// <summary>Whether the signature is certainly not by a certificate's key. Salts of RSASSA-PSS and algorithms that are not accepted leave that open.</summary>
    public bool RulesOut(X509Certificate2 issuer) => IsStrong && _algorithm != RsaPss && !IsBy(issuer);

    // The algorithm stands in the signed part too, after the version, and the serial number of a certificate, and must be the same (RFC 5280, sections 4.1.1.2 and 5.1.1.2).
    private static ReadOnlyMemory<byte> ReadSignedAlgorithm(ReadOnlyMemory<byte> signed)
    {
        AsnReader body = new AsnReader(signed, AsnEncodingRules.BER).ReadSequence();
        while (body.PeekTag() != Asn1Tag.Sequence)
        {
            body.ReadEncodedValue();
        }

        return body.ReadEncodedValue();
    }

    // RSASSA-PSS-params (RFC 8017, annex A.2.3): the hash is the first field, and SHA-1 where it is left out.
    private static string ReadPssHash(AsnReader identifier)
    {
        const string Sha1 = "1.3.14.3.2.26";
        Asn1Tag hashField = new(TagClass.ContextSpecific, 0);
        if (!identifier.HasData)
        {
            return Sha1;
        }

        AsnReader parameters = identifier.ReadSequence();
        return parameters.HasData && parameters.PeekTag().HasSameClassAndValue(hashField)
            ? parameters.ReadSequence(hashField).ReadSequence().ReadObjectIdentifier()
            : Sha1;
    }
}
