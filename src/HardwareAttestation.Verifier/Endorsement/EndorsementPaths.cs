using System.Security.Cryptography.X509Certificates;

namespace HardwareAttestation.Verifier;

/// <summary>A way from a leaf to an anchor as the names tell it: no signature of it is verified yet.</summary>
internal sealed record EndorsementPath(X509Certificate2[] Intermediates, X509Certificate2 Anchor);

/// <summary>
/// Finds the ways from a leaf to the anchors. Given two issuers of one name, the platform takes one and does not come back for the other: so each way is
/// tried by itself.
/// </summary>
internal static class EndorsementPaths
{
    /// <summary>TPM makers have up to three issuers between root and leaf.</summary>
    private const int MostIntermediates = 6;

    /// <summary>Bounds the search where many certificates have the same names.</summary>
    private const int MostSteps = 1024;

    /// <summary>Whether a certificate could have issued another, by their names.</summary>
    public static bool Issued(X509Certificate2 issuer, X509Certificate2 subject) =>
        issuer.SubjectName.RawData.AsSpan().SequenceEqual(subject.IssuerName.RawData);

    /// <summary>Finds them, the shortest first.</summary>
    public static IEnumerable<EndorsementPath> Find(X509Certificate2 leaf, X509Certificate2[] intermediates, X509Certificate2[] anchors)
    {
        Queue<X509Certificate2[]> beginnings = new([[]]);
        for (int step = 0; step < MostSteps && beginnings.TryDequeue(out X509Certificate2[]? path); step++)
        {
            X509Certificate2 last = path.Length == 0 ? leaf : path[^1];
            foreach (X509Certificate2 anchor in anchors.Where(anchor => Issued(anchor, last)))
            {
                yield return new EndorsementPath(path, anchor);
            }

            if (path.Length < MostIntermediates)
            {
                // By reference: the platform calls certificates equal that have the same issuer and serial number.
                foreach (X509Certificate2 issuer in intermediates.Where(
                    issuer => Issued(issuer, last) && !path.Contains(issuer, ReferenceEqualityComparer.Instance)))
                {
                    beginnings.Enqueue([.. path, issuer]);
                }
            }
        }
    }
}
