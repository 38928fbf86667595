using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace HardwareAttestation.Verifier;

/// <summary>Validates the authorities of a path, from the leaf's issuer to the anchor: by the platform, and by what the platform does not see because the leaf is not in its chain.</summary>
internal static class AuthorityPath
{
    private const string NameConstraints = "2.5.29.30";
    private const string EkCertificateUsage = "2.23.133.8.1";
    private const string AnyUsage = "2.5.29.37.0";

    /// <summary>Says why a path does not hold.</summary>
    /// <returns>A sentence, or null if it does.</returns>
    public static string? FindFault(EndorsementPath path, DateTimeOffset time)
    {
        try
        {
            return FindFaultOfConstraints(path.Authorities) ?? FindFaultOfUsage(path.Intermediates) ?? FindFaultOfPlatform(path, time);
        }
        catch (CryptographicException exception)
        {
            return $"The platform cannot build a chain of these authorities: {exception.Message}";
        }
    }

    private static string? FindFaultOfConstraints(X509Certificate2[] authorities)
    {
        // Authorities below the one that is looked at, without those that issued to themselves (RFC 5280, section 4.2.1.9).
        int below = 0;
        foreach (X509Certificate2 authority in authorities)
        {
            string name = PlainText.Of(authority.Subject, 256);
            X509BasicConstraintsExtension? constraints = authority.Extensions.OfType<X509BasicConstraintsExtension>().FirstOrDefault();
            if (CertificateSignature.TryRead(authority) is null)
            {
                return $"'{name}' is malformed.";
            }

            if (constraints?.CertificateAuthority != true)
            {
                return $"'{name}' is not an authority's.";
            }

            if (authority.Extensions.OfType<X509KeyUsageExtension>().Any(usage => !usage.KeyUsages.HasFlag(X509KeyUsageFlags.KeyCertSign)))
            {
                return $"'{name}' may not sign certificates.";
            }

            if (constraints.HasPathLengthConstraint && below > constraints.PathLengthConstraint)
            {
                return $"'{name}' may have {constraints.PathLengthConstraint} authorities below it, and has {below}.";
            }

            if (authority.Extensions.Any(extension => extension.Oid?.Value == NameConstraints))
            {
                return $"'{name}' constrains the names of what it issues, which is not supported here.";
            }

            below += EndorsementPaths.Issued(authority, authority) ? 0 : 1;
        }

        return null;
    }

    // An issuer's extended key usage limits what it may issue for, as platforms understand it: an issuer of servers' certificates below a maker's root issues no endorsement keys'.
    // The anchor's own does not count: its owner chose it for this.
    private static string? FindFaultOfUsage(X509Certificate2[] intermediates) => Array.Find(intermediates, IsForOtherUses) is { } other
        ? $"'{PlainText.Of(other.Subject, 256)}' issues certificates for other uses than that of an endorsement key."
        : null;

    private static bool IsForOtherUses(X509Certificate2 authority) => authority.Extensions
        .OfType<X509EnhancedKeyUsageExtension>()
        .Any(usage => !usage.EnhancedKeyUsages.Cast<Oid>().Any(oid => oid.Value is EkCertificateUsage or AnyUsage));

    private static string? FindFaultOfPlatform(EndorsementPath path, DateTimeOffset time)
    {
        using X509Chain chain = new();
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.CustomTrustStore.Add(path.Anchor);
        chain.ChainPolicy.ExtraStore.AddRange(path.Intermediates);
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        chain.ChainPolicy.DisableCertificateDownloads = true;
        chain.ChainPolicy.VerificationTimeIgnored = false;
        chain.ChainPolicy.VerificationTime = time.UtcDateTime;
        X509Certificate2 first = path.Authorities[0];
        bool built = chain.Build(first);
        try
        {
            bool isThis = chain.ChainElements.Count == path.Authorities.Length
                && chain.ChainElements.Zip(path.Authorities).All(pair => pair.First.Certificate.RawDataMemory.Span.SequenceEqual(pair.Second.RawDataMemory.Span));
            if (built && chain.ChainStatus.Length == 0 && isThis)
            {
                return null;
            }

            string[] statuses = [.. chain.ChainStatus.Select(status => status.StatusInformation.Trim()).Distinct()];
            return $"The platform says: {(statuses.Length == 0 ? "it found another chain" : string.Join("; ", statuses))}.";
        }
        finally
        {
            foreach (X509ChainElement element in chain.ChainElements.Where(element => !ReferenceEquals(element.Certificate, first)))
            {
                element.Certificate.Dispose();
            }
        }
    }
}
