using System.Formats.Asn1;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using HardwareAttestation.Cryptography;
using HardwareAttestation.Structures;
using HardwareAttestation.Verifier;

namespace HardwareAttestation.EndToEnd.Tests;

/// <summary>A maker's certificate authority that certifies any endorsement key, where the emulated machines' own certifies two of each TPM.</summary>
internal sealed class EndorsementAuthority : IDisposable
{
    private const string EndorsementKeyUsage = "2.23.133.8.1";
    private const string SubjectAlternativeName = "2.5.29.17";
    private static readonly DateTimeOffset NotBefore = new(2020, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private static readonly DateTimeOffset NotAfter = new(2120, 1, 1, 0, 0, 0, TimeSpan.Zero);

    private readonly ECDsa _rootKey = ECDsa.Create(ECCurve.NamedCurves.nistP256);
    private readonly ECDsa _issuerKey = ECDsa.Create(ECCurve.NamedCurves.nistP256);

    public EndorsementAuthority()
    {
        X500DistinguishedName name = new("CN=Every Template TPM Root");
        CertificateRequest root = RequestAuthority(name, _rootKey);
        Root = root.CreateSelfSigned(NotBefore, NotAfter);
        using X509Certificate2 issuer = RequestAuthority(new("CN=Every Template TPM Issuer"), _issuerKey).Create(
            name, X509SignatureGenerator.CreateForECDsa(_rootKey), NotBefore, NotAfter, NewSerial());
        Issuer = X509CertificateLoader.LoadCertificate(issuer.RawData);
    }

    public X509Certificate2 Root { get; }

    public X509Certificate2 Issuer { get; }

    /// <summary>A verifier that trusts this authority's root, and knows its issuer.</summary>
    public AttestationVerifier CreateVerifier(IDeviceStore? devices = null)
    {
        AttestationVerifierOptions options = new();
        options.TrustAnchors.Add(Root);
        options.Intermediates.Add(Issuer);
        options.EndorsementCertificates.AllowedTrustClasses.Add(EndorsementTrustClass.SoftwareEmulator);
        return new AttestationVerifier(options, devices);
    }

    /// <summary>A certificate in DER.</summary>
    public byte[] Issue(TpmtPublic endorsementKey)
    {
        CertificateRequest request = new(new X500DistinguishedName(string.Empty), KeyOf(endorsementKey), HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(false, false, 0, critical: true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(
            endorsementKey.Type == TpmAlgId.Rsa ? X509KeyUsageFlags.KeyEncipherment : X509KeyUsageFlags.KeyAgreement, critical: true));
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid(EndorsementKeyUsage)], critical: false));
        request.CertificateExtensions.Add(TpmName());
        using X509Certificate2 certificate = request.Create(
            Issuer.SubjectName, X509SignatureGenerator.CreateForECDsa(_issuerKey), NotBefore, NotAfter, NewSerial());
        return certificate.RawData;
    }

    public void Dispose()
    {
        Root.Dispose();
        Issuer.Dispose();
        _rootKey.Dispose();
        _issuerKey.Dispose();
    }

    private static byte[] NewSerial() => [0x11, .. RandomNumberGenerator.GetBytes(15)];

    private static CertificateRequest RequestAuthority(X500DistinguishedName name, ECDsa key)
    {
        CertificateRequest request = new(name, key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, critical: true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign | X509KeyUsageFlags.CrlSign, critical: true));
        return request;
    }

    private static PublicKey KeyOf(TpmtPublic key)
    {
        if (key.Unique is Tpm2bPublicKeyRsa)
        {
            using RSA rsa = PublicKeys.ImportRSA(key);
            return new PublicKey(rsa);
        }

        using ECDsa ecc = PublicKeys.ImportECDsa(key);
        return new PublicKey(ecc);
    }

    // subjectAltName, critical, with the TPM's manufacturer, model and version (TCG EK Credential Profile 2.5, section 3.2.9).
    private static X509Extension TpmName()
    {
        X500DistinguishedNameBuilder name = new();
        name.Add("2.23.133.2.1", "id:00001014", UniversalTagNumber.UTF8String);
        name.Add("2.23.133.2.2", "swtpm", UniversalTagNumber.UTF8String);
        name.Add("2.23.133.2.3", "id:20191023", UniversalTagNumber.UTF8String);
        AsnWriter writer = new(AsnEncodingRules.DER);
        using (writer.PushSequence())
        using (writer.PushSequence(new Asn1Tag(TagClass.ContextSpecific, 4)))
        {
            writer.WriteEncodedValue(name.Build().RawData);
        }

        return new X509Extension(SubjectAlternativeName, writer.Encode(), critical: true);
    }
}
