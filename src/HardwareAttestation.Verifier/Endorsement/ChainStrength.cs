using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using HardwareAttestation.Protocol;

namespace HardwareAttestation.Verifier;

/// <summary>Judges the signatures and keys of a chain that holds. The platform accepts old ones.</summary>
internal static class ChainStrength
{
    private const int LongestName = 256;

    /// <summary>Records what it finds.</summary>
    /// <param name="chain">Leaf, issuers, root.</param>
    /// <param name="sha1Issuers">The SHA-256 fingerprints of issuers that may sign, and be signed, with SHA-1.</param>
    /// <param name="findings">Where it is recorded.</param>
    public static void Judge(X509Certificate2[] chain, ISet<string> sha1Issuers, FindingList findings)
    {
        List<string> allowed = [];
        string? weakness = null;
        string? broken = null;
        for (int i = 0; i < chain.Length; i++)
        {
            X509Certificate2 certificate = chain[i];
            string name = PlainText.Of(certificate.Subject, LongestName);
            bool isRoot = i == chain.Length - 1;
            CertificateSignature signature = CertificateSignature.Read(certificate);
            if (!isRoot && !signature.IsStrong)
            {
                string algorithm = certificate.SignatureAlgorithm.FriendlyName ?? certificate.SignatureAlgorithm.Value ?? "an unknown algorithm";
                if (signature.IsSha1 && (IsIn(sha1Issuers, chain[i + 1]) || IsIn(sha1Issuers, certificate)))
                {
                    allowed.Add($"The certificate '{name}' is signed with {algorithm}, which the policy allows for its issuer.");
                }
                else
                {
                    weakness ??= $"The certificate '{name}' is signed with {algorithm}, and only RSA and ECDSA with SHA-256, SHA-384 or SHA-512 are accepted.";
                }
            }

            CertifiedKey key = CertifiedKey.Read(certificate);
            if (key.IsTooShort)
            {
                weakness ??= $"The certificate '{name}' has an {key.Kind} key of {key.Bits} bits, and {key.LeastBits} are the least accepted.";
            }

            if (key is CertifiedRsaKey { IsRoca: true })
            {
                broken ??= $"The certificate '{name}' has an RSA key that was generated with CVE-2017-15361 (ROCA): its private part can be computed.";
            }
        }

        if (weakness is null && allowed.Count > 0)
        {
            findings.Flag(CheckIds.EkCertificateAlgorithms, string.Join(" ", allowed));
        }
        else
        {
            findings.Check(CheckIds.EkCertificateAlgorithms, weakness is null, "No signature or key of the chain is weak.", weakness ?? string.Empty);
        }

        findings.Check(CheckIds.EkCertificateWeakKey, broken is null, "No key of the chain was generated with CVE-2017-15361.", broken ?? string.Empty);
    }

    private static bool IsIn(ISet<string> fingerprints, X509Certificate2 certificate) =>
        fingerprints.Count > 0 && fingerprints.Contains(certificate.GetCertHashString(HashAlgorithmName.SHA256));
}
