using System.Security.Cryptography.X509Certificates;
using HardwareAttestation.Protocol;

namespace HardwareAttestation.Verifier;

/// <summary>What an endorsement key certificate itself must say. The platform's chain builder asks for none of it.</summary>
internal static class EndorsementCertificatePolicy
{
    /// <summary>tcg-kp-EKCertificate.</summary>
    private const string EkCertificateUsage = "2.23.133.8.1";

    public static void Judge(X509Certificate2 leaf, FindingList findings)
    {
        findings.Check(
            CheckIds.EkCertificateUsage,
            HasEkUsage(leaf) && AllowsEncryption(leaf),
            "The certificate is for an endorsement key.",
            $"The certificate is not for an endorsement key: its extended key usage lacks {EkCertificateUsage}, or its key usage is not for encryption.");
        findings.Check(
            CheckIds.EkCertificateNotCa,
            !leaf.Extensions.OfType<X509BasicConstraintsExtension>().Any(constraints => constraints.CertificateAuthority),
            "The certificate is not a CA's.",
            "The certificate is a CA's, and cannot be an endorsement key's.");
    }

    private static bool HasEkUsage(X509Certificate2 leaf) => leaf.Extensions
        .OfType<X509EnhancedKeyUsageExtension>()
        .Any(usage => usage.EnhancedKeyUsages.Cast<System.Security.Cryptography.Oid>().Any(oid => oid.Value == EkCertificateUsage));

    // The TCG profile asks for keyEncipherment in RSA certificates and keyAgreement in ECC ones; makers have mixed them up, but none lets the key sign.
    private static bool AllowsEncryption(X509Certificate2 leaf)
    {
        const X509KeyUsageFlags Encryption = X509KeyUsageFlags.KeyEncipherment | X509KeyUsageFlags.KeyAgreement;
        const X509KeyUsageFlags Signing = X509KeyUsageFlags.KeyCertSign | X509KeyUsageFlags.CrlSign;
        return leaf.Extensions.OfType<X509KeyUsageExtension>().All(
            usage => (usage.KeyUsages & Encryption) != 0 && (usage.KeyUsages & Signing) == 0);
    }
}
