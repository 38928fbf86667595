using System.Security.Cryptography.X509Certificates;
using HardwareAttestation.Protocol;

namespace HardwareAttestation.Verifier;

/// <summary>
/// What RFC 5280, section 6.1, asks of the last certificate of a path by itself. It is asked here and not of the platform, which builds no chain at all for keys with the identifier
/// id-RSAES-OAEP.
/// </summary>
internal static class LeafCertificate
{
    // Extensions that are judged here, or that only lead to more certificates.
    private static readonly HashSet<string> Understood = new(StringComparer.Ordinal)
    {
        "2.5.29.9", // subjectDirectoryAttributes: the specification that the TPM follows
        "2.5.29.14", // subjectKeyIdentifier
        "2.5.29.15", // keyUsage
        "2.5.29.17", // subjectAltName
        "2.5.29.19", // basicConstraints
        "2.5.29.31", // cRLDistributionPoints
        "2.5.29.32", // certificatePolicies
        "2.5.29.35", // authorityKeyIdentifier
        "2.5.29.37", // extKeyUsage
        "1.3.6.1.5.5.7.1.1", // authorityInfoAccess
    };

    /// <summary>Records what it finds.</summary>
    public static void Judge(X509Certificate2 leaf, DateTimeOffset time, bool allowExpired, FindingList findings)
    {
        X509Extension[] extensions = [.. leaf.Extensions];
        if (extensions.Select(extension => extension.Oid?.Value).Distinct(StringComparer.Ordinal).Count() < extensions.Length)
        {
            findings.Refuse(CheckIds.EkCertificateForm, "The endorsement key certificate has an extension twice.");
        }

        if (Array.Find(extensions, extension => extension.Critical && !Understood.Contains(extension.Oid?.Value ?? string.Empty)) is { } unknown)
        {
            findings.Refuse(CheckIds.EkCertificateForm, $"The endorsement key certificate has the critical extension {unknown.Oid?.Value}, which is not understood here.");
        }

        if (CertificateDates.NotBefore(leaf) is not { } notBefore || CertificateDates.NotAfter(leaf) is not { } notAfter)
        {
            findings.Refuse(CheckIds.EkCertificateValidity, "The certificate is valid from or until a date that no calendar has.");
            return;
        }

        bool isExpired = time > notAfter;
        bool isEarly = time < notBefore;
        if (isExpired && !isEarly && allowExpired)
        {
            findings.Flag(CheckIds.EkCertificateValidity, $"The certificate expired at {notAfter:u}, which the policy allows.");
            return;
        }

        findings.Check(
            CheckIds.EkCertificateValidity,
            !isExpired && !isEarly,
            "The certificate is valid now.",
            isExpired && !isEarly
                ? $"The certificate expired at {notAfter:u}."
                : $"The certificate is not valid before {notBefore:u}.");
    }
}
