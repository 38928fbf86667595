using System.Formats.Asn1;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace HardwareAttestation.SoftwareTpms;

/// <summary>Signs certificates with algorithms that the platform's own generators do not offer.</summary>
internal sealed class OtherSignatureGenerator : X509SignatureGenerator
{
    private readonly AsymmetricAlgorithm _key;
    private readonly string _algorithm;

    /// <param name="key">The issuer's key.</param>
    /// <param name="algorithm">"md5", "sha1", "pss-sha1" or "pss-sha256".</param>
    public OtherSignatureGenerator(AsymmetricAlgorithm key, string algorithm)
    {
        _key = key;
        _algorithm = algorithm;
    }

    public override byte[] GetSignatureAlgorithmIdentifier(HashAlgorithmName hashAlgorithm)
    {
        AsnWriter writer = new(AsnEncodingRules.DER);
        using (writer.PushSequence())
        {
            switch (_algorithm, _key)
            {
                case ("sha1", RSA):
                    writer.WriteObjectIdentifier("1.2.840.113549.1.1.5");
                    writer.WriteNull();
                    break;
                case ("md5", RSA):
                    writer.WriteObjectIdentifier("1.2.840.113549.1.1.4");
                    writer.WriteNull();
                    break;
                case ("sha1", ECDsa):
                    writer.WriteObjectIdentifier("1.2.840.10045.4.1");
                    break;
                case ("pss-sha1", RSA):
                    // RSASSA-PSS-params with every field at its default: SHA-1, MGF1 with SHA-1, 20 bytes of salt (RFC 8017, annex A.2.3).
                    writer.WriteObjectIdentifier("1.2.840.113549.1.1.10");
                    writer.PushSequence();
                    writer.PopSequence();
                    break;
                case ("pss-sha256", RSA rsa):
                    return CreateForRSA(rsa, RSASignaturePadding.Pss).GetSignatureAlgorithmIdentifier(HashAlgorithmName.SHA256);
                default:
                    throw new InvalidOperationException($"There is no {_algorithm} for this key.");
            }
        }

        return writer.Encode();
    }

    public override byte[] SignData(byte[] data, HashAlgorithmName hashAlgorithm) => (_algorithm, _key) switch
    {
        ("md5", RSA rsa) => rsa.SignData(data, HashAlgorithmName.MD5, RSASignaturePadding.Pkcs1),
        ("sha1", RSA rsa) => rsa.SignData(data, HashAlgorithmName.SHA1, RSASignaturePadding.Pkcs1),
        ("sha1", ECDsa ecdsa) => ecdsa.SignData(data, HashAlgorithmName.SHA1, DSASignatureFormat.Rfc3279DerSequence),
        ("pss-sha1", RSA rsa) => rsa.SignData(data, HashAlgorithmName.SHA1, RSASignaturePadding.Pss),
        (_, RSA rsa) => rsa.SignData(data, HashAlgorithmName.SHA256, RSASignaturePadding.Pss),
        _ => throw new InvalidOperationException($"There is no {_algorithm} for this key."),
    };

    protected override PublicKey BuildPublicKey() => new(_key);
}
