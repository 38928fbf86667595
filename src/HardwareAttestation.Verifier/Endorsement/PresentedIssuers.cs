using System.Formats.Asn1;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace HardwareAttestation.Verifier;

/// <summary>
/// Certificates that came along with an endorsement key's. An attacker chose them: what could not be part of a chain that is accepted, or costs more to verify
/// than others, is left out.
/// </summary>
internal sealed class PresentedIssuers : IDisposable
{
    private const int LeastModulusSize = 2048 / 8;
    private const int MostModulusSize = 4096 / 8;
    private const int MostExponentSize = sizeof(uint);

    // NIST P-256, P-384 and P-521.
    private static readonly string[] Curves = ["1.2.840.10045.3.1.7", "1.3.132.0.34", "1.3.132.0.35"];

    private PresentedIssuers(X509Certificate2[] certificates) => Certificates = certificates;

    public X509Certificate2[] Certificates { get; }

    public static PresentedIssuers Load(IReadOnlyList<ReadOnlyMemory<byte>> certificates, ISet<string> sha1Issuers)
    {
        List<X509Certificate2> loaded = [];
        foreach (ReadOnlyMemory<byte> certificate in certificates)
        {
            if (TryLoad(certificate.Span, sha1Issuers) is { } issuer)
            {
                loaded.Add(issuer);
            }
        }

        return new PresentedIssuers([.. loaded]);
    }

    public void Dispose() => Array.ForEach(Certificates, certificate => certificate.Dispose());

    private static X509Certificate2? TryLoad(ReadOnlySpan<byte> bytes, ISet<string> sha1Issuers)
    {
        X509Certificate2? certificate = null;
        try
        {
            if (!EndorsementCertificateValidator.IsOneSequence(bytes))
            {
                return null;
            }

            certificate = X509CertificateLoader.LoadCertificate(bytes);
            CertificateSignature signature = CertificateSignature.Read(certificate);
            bool isAllowed = signature.IsStrong || (signature.IsSha1 && sha1Issuers.Contains(certificate.GetCertHashString(HashAlgorithmName.SHA256)));
            if (isAllowed && HasUsualKey(certificate))
            {
                return certificate;
            }
        }
        catch (Exception exception) when (exception is CryptographicException or AsnContentException)
        {
            // Malformed: it can issue nothing.
        }

        certificate?.Dispose();
        return null;
    }

    // An RSA exponent as long as the modulus makes each verification a hundred times slower, and curves may be anybody's.
    private static bool HasUsualKey(X509Certificate2 certificate) => CertifiedKey.Read(certificate) switch
    {
        CertifiedRsaKey rsa => rsa.Modulus.Length is >= LeastModulusSize and <= MostModulusSize && rsa.Exponent.Length <= MostExponentSize,
        CertifiedEccKey ecc => Curves.Contains(ecc.Curve),
        _ => false,
    };
}
