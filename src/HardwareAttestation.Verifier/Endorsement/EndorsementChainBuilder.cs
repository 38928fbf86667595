using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace HardwareAttestation.Verifier;

/// <summary>Builds chains from an endorsement key certificate to a trust anchor, one attempt for each path that the names allow.</summary>
internal sealed class EndorsementChainBuilder
{
    private const int LeastRsaBits = 2048;
    private const int LeastEccBits = 256;
    private const int LongestName = 256;

    // Each costs the verification of some signatures, and a forged leaf has them all made.
    private const int MostAttempts = 64;

    private readonly X509Certificate2[] _anchors;
    private readonly X509Certificate2[] _intermediates;

    public EndorsementChainBuilder(X509Certificate2[] anchors, X509Certificate2[] intermediates)
    {
        if (anchors.Length == 0)
        {
            throw new ArgumentException("There is no trust anchor: name at least one root certificate of a TPM maker.", nameof(anchors));
        }

        if (anchors.Select(FindFaultOfAnchor).FirstOrDefault(fault => fault is not null) is { } fault)
        {
            throw new ArgumentException(fault, nameof(anchors));
        }

        // A bundle given as both, or twice, would multiply the ways to try.
        _anchors = [.. anchors.DistinctBy(Bytes)];
        _intermediates = [.. intermediates.DistinctBy(Bytes).ExceptBy(_anchors.Select(Bytes), Bytes)];
    }

    /// <summary>Says why a certificate cannot be an anchor.</summary>
    /// <returns>A sentence, or null if it can.</returns>
    public static string? FindFaultOfAnchor(X509Certificate2 anchor)
    {
        if (!EndorsementPaths.Issued(anchor, anchor))
        {
            return $"The trust anchor '{anchor.Subject}' is not self-signed: put its root here, and it among the intermediates.";
        }

        // The platform does not verify a root's own signature: a file that was damaged or tampered with would pass.
        return CertificateSignature.Read(anchor).IsBy(anchor)
            ? null
            : $"The trust anchor '{anchor.Subject}' is not self-signed: its signature is not by its own key, or by an algorithm that is not known "
                + "here. Get the maker's root anew, and put cross-signed certificates among the intermediates.";
    }

    /// <summary>Records whether a chain holds.</summary>
    /// <param name="leaf">The certificate at the chain's beginning.</param>
    /// <param name="presented">Issuers that came along with it, which are tried when those known here do not do.</param>
    /// <param name="time">When all of them must be valid.</param>
    /// <param name="findings">Where it is recorded.</param>
    /// <returns>The subjects of the chain, leaf first; empty if none holds.</returns>
    public IReadOnlyList<string> Build(X509Certificate2 leaf, X509Certificate2[] presented, DateTimeOffset time, FindingList findings)
    {
        string reason = $"No trust anchor has issued it, nor an issuer of '{PlainText.Of(leaf.Issuer, LongestName)}' that is known here.";
        foreach (EndorsementPath path in FindPaths(leaf, presented))
        {
            using X509Chain chain = new();
            chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
            chain.ChainPolicy.CustomTrustStore.Add(path.Anchor);
            chain.ChainPolicy.ExtraStore.AddRange(path.Intermediates);
            chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
            chain.ChainPolicy.DisableCertificateDownloads = true;
            chain.ChainPolicy.VerificationTimeIgnored = false;
            chain.ChainPolicy.VerificationTime = time.UtcDateTime;
            bool built = chain.Build(leaf);
            try
            {
                if (built && chain.ChainStatus.Length == 0 && EndsIn(chain, path.Anchor))
                {
                    string[] subjects = [.. chain.ChainElements.Select(element => element.Certificate.Subject)];
                    findings.Check(
                        CheckIds.EkCertificateChain, true, $"The certificate was issued under the trust anchor '{path.Anchor.Subject}'.", string.Empty);
                    string? weakness = FindWeakness(chain);
                    findings.Check(
                        CheckIds.EkCertificateAlgorithms,
                        weakness is null,
                        "No signature or key of the chain is weak.",
                        weakness ?? string.Empty);
                    return subjects;
                }

                reason = $"The platform says: {string.Join("; ", chain.ChainStatus.Select(status => status.StatusInformation.Trim()).Distinct())}.";
            }
            finally
            {
                foreach (X509ChainElement element in chain.ChainElements)
                {
                    element.Certificate.Dispose();
                }
            }
        }

        findings.Refuse(CheckIds.EkCertificateChain, $"The certificate '{PlainText.Of(leaf.Subject, LongestName)}' leads to no trust anchor. {reason}");
        return [];
    }

    // Each list by itself, so that nothing that came along takes an attempt away from what is known here.
    private IEnumerable<EndorsementPath> FindPaths(X509Certificate2 leaf, X509Certificate2[] presented)
    {
        IEnumerable<EndorsementPath> paths = new EndorsementPaths(_intermediates, _anchors).Find(leaf).Take(MostAttempts);
        X509Certificate2[] others = [.. presented.DistinctBy(Bytes).ExceptBy(_anchors.Concat(_intermediates).Select(Bytes), Bytes)];
        return others.Length == 0 ? paths : paths.Concat(new EndorsementPaths([.. _intermediates, .. others], _anchors).Find(leaf)
            .Where(path => path.Intermediates.Intersect(others, ReferenceEqualityComparer.Instance).Any())
            .Take(MostAttempts));
    }

    private static string Bytes(X509Certificate2 certificate) => Convert.ToHexString(certificate.RawDataMemory.Span);

    private static bool EndsIn(X509Chain chain, X509Certificate2 anchor) =>
        chain.ChainElements[^1].Certificate.RawDataMemory.Span.SequenceEqual(anchor.RawDataMemory.Span);

    private static string? FindWeakness(X509Chain chain)
    {
        for (int i = 0; i < chain.ChainElements.Count; i++)
        {
            X509Certificate2 certificate = chain.ChainElements[i].Certificate;
            bool isRoot = i == chain.ChainElements.Count - 1;
            if (!isRoot && !CertificateSignature.Read(certificate).IsStrong)
            {
                return $"The certificate '{certificate.Subject}' is signed with {certificate.SignatureAlgorithm.FriendlyName ?? certificate.SignatureAlgorithm.Value}, "
                    + "and only RSA and ECDSA with SHA-256, SHA-384 or SHA-512 are accepted.";
            }

            using RSA? rsa = certificate.GetRSAPublicKey();
            if (rsa?.KeySize < LeastRsaBits)
            {
                return $"The certificate '{certificate.Subject}' has an RSA key of {rsa.KeySize} bits, and {LeastRsaBits} are the least accepted.";
            }

            using ECDsa? ecdsa = certificate.GetECDsaPublicKey();
            if (ecdsa?.KeySize < LeastEccBits)
            {
                return $"The certificate '{certificate.Subject}' has an ECC key of {ecdsa.KeySize} bits, and {LeastEccBits} are the least accepted.";
            }
        }

        return null;
    }
}
