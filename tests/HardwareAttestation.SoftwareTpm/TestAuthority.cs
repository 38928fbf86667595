using System.Numerics;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace HardwareAttestation.SoftwareTpms;

/// <summary>A certificate authority that issues whatever a test asks for, right or wrong.</summary>
internal sealed class TestAuthority : IDisposable
{
    private readonly AsymmetricAlgorithm _key;
    private readonly X509SignatureGenerator _generator;

    private TestAuthority(X509Certificate2 certificate, AsymmetricAlgorithm key, X509SignatureGenerator generator)
    {
        Certificate = certificate;
        _key = key;
        _generator = generator;
    }

    public X509Certificate2 Certificate { get; }

    public static TestAuthority CreateRoot(string name = "CN=Test TPM Root", CertificateDetails? details = null, AsymmetricAlgorithm? key = null)
    {
        key ??= ECDsa.Create(ECCurve.NamedCurves.nistP256);
        X509SignatureGenerator generator = GeneratorOf(key);
        byte[] certificate = Issue(
            new X500DistinguishedName(name), generator, new PublicKey(key), name, details ?? CertificateDetails.Authority, issuer: null);
        return new TestAuthority(X509CertificateLoader.LoadCertificate(certificate), key, generator);
    }

    public static X509SignatureGenerator GeneratorOf(AsymmetricAlgorithm key) => key switch
    {
        RSA rsa => X509SignatureGenerator.CreateForRSA(rsa, RSASignaturePadding.Pkcs1),
        ECDsa ecdsa => X509SignatureGenerator.CreateForECDsa(ecdsa),
        _ => throw new ArgumentException("The key cannot sign.", nameof(key)),
    };

    public TestAuthority CreateIntermediate(
        string name = "CN=Test TPM Issuer", CertificateDetails? details = null, AsymmetricAlgorithm? key = null, X509SignatureGenerator? generator = null)
    {
        key ??= ECDsa.Create(ECCurve.NamedCurves.nistP256);
        byte[] certificate = Issue(
            Certificate.SubjectName, generator ?? _generator, new PublicKey(key), name, details ?? CertificateDetails.Authority, Certificate);
        return new TestAuthority(X509CertificateLoader.LoadCertificate(certificate), key, GeneratorOf(key));
    }

    /// <summary>A certificate in DER.</summary>
    public byte[] Issue(PublicKey key, CertificateDetails? details = null, string subject = "", X509SignatureGenerator? generator = null) =>
        Issue(Certificate.SubjectName, generator ?? _generator, key, subject, details ?? CertificateDetails.EndorsementKey, Certificate);

    public byte[] Issue(SoftwareEndorsementKey key, CertificateDetails? details = null) => Issue(key.CertifiedKey, details);

    /// <summary>What else signs with this authority's key.</summary>
    public X509SignatureGenerator SignWith(string algorithm) => new OtherSignatureGenerator(_key, algorithm);

    /// <summary>A revocation list in DER.</summary>
    public byte[] Revoke(DateTimeOffset thisUpdate, DateTimeOffset nextUpdate, params byte[][] certificates)
    {
        CertificateRevocationListBuilder builder = new();
        foreach (byte[] certificate in certificates)
        {
            using X509Certificate2 revoked = X509CertificateLoader.LoadCertificate(certificate);
            builder.AddEntry(revoked, thisUpdate);
        }

        X509AuthorityKeyIdentifierExtension identifier = X509AuthorityKeyIdentifierExtension.CreateFromIssuerNameAndSerialNumber(
            Certificate.IssuerName, Certificate.SerialNumberBytes.Span);
        return builder.Build(Certificate.SubjectName, _generator, BigInteger.One, nextUpdate, HashAlgorithmName.SHA256, identifier, thisUpdate);
    }

    /// <summary>The same authority with another certificate, such as another encoding of its root.</summary>
    public TestAuthority With(byte[] certificate) => new(X509CertificateLoader.LoadCertificate(certificate), _key, _generator);

    /// <summary>Signs with the authority's key, by SHA-256.</summary>
    public byte[] Sign(byte[] data) => _generator.SignData(data, HashAlgorithmName.SHA256);

    public byte[] SignatureAlgorithm() => _generator.GetSignatureAlgorithmIdentifier(HashAlgorithmName.SHA256);

    public void Dispose()
    {
        Certificate.Dispose();
        _key.Dispose();
    }

    private static byte[] Issue(
        X500DistinguishedName issuerName,
        X509SignatureGenerator generator,
        PublicKey key,
        string subject,
        CertificateDetails details,
        X509Certificate2? issuer)
    {
        CertificateRequest request = new(new X500DistinguishedName(subject), key, HashAlgorithmName.SHA256);
        if (details.IsAuthority is { } isAuthority)
        {
            request.CertificateExtensions.Add(
                new X509BasicConstraintsExtension(isAuthority, details.PathLength is not null, details.PathLength ?? 0, critical: true));
        }

        if (details.KeyUsage is { } usage)
        {
            request.CertificateExtensions.Add(new X509KeyUsageExtension(usage, critical: true));
        }

        if (details.ExtendedKeyUsages.Length > 0)
        {
            request.CertificateExtensions.Add(
                new X509EnhancedKeyUsageExtension([.. details.ExtendedKeyUsages.Select(oid => new Oid(oid))], critical: false));
        }

        if (details.HasTpmName)
        {
            request.CertificateExtensions.Add(
                new X509Extension("2.5.29.17", details.TpmName ?? TpmNames.OneSetEach(TpmNames.TestMaker, "software", "id:00010002"), critical: true));
        }

        foreach (X509Extension extension in details.OtherExtensions)
        {
            request.CertificateExtensions.Add(extension);
        }

        if (details.HasKeyIdentifiers)
        {
            request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(key, critical: false));
            if (issuer?.Extensions.OfType<X509SubjectKeyIdentifierExtension>().FirstOrDefault() is { } identifier)
            {
                request.CertificateExtensions.Add(X509AuthorityKeyIdentifierExtension.CreateFromSubjectKeyIdentifier(identifier));
            }
        }

        byte[] serial = RandomNumberGenerator.GetBytes(16);
        serial[0] = 0x11;
        using X509Certificate2 certificate = request.Create(issuerName, generator, details.NotBefore, details.NotAfter, serial);
        return certificate.RawData;
    }
}
