using System.Security.Cryptography.X509Certificates;

namespace HardwareAttestation.Verifier;

/// <summary>A way from a leaf to an anchor as the names tell it: its signatures are verified later.</summary>
internal sealed record EndorsementPath(X509Certificate2[] Intermediates, X509Certificate2 Anchor);

/// <summary>
/// Finds the ways from a leaf to the anchors. Given two issuers of one name, the platform takes one and does not come back for the other: so each way is
/// tried by itself.
/// </summary>
internal sealed class EndorsementPaths
{
    /// <summary>TPM makers have up to five issuers between root and leaf: Intel has three on the die, and two above them.</summary>
    private const int MostIntermediates = 6;

    /// <summary>Bounds the search where many certificates have the same names.</summary>
    private const int MostSteps = 1024;

    private readonly X509Certificate2[] _intermediates;
    private readonly X509Certificate2[] _anchors;

    // Signatures between certificates of one name, each verified once. By reference: the platform calls certificates equal that have the same issuer and serial number.
    private readonly Dictionary<X509Certificate2, HashSet<X509Certificate2>> _ruledOut = new(ReferenceEqualityComparer.Instance);

    public EndorsementPaths(X509Certificate2[] intermediates, X509Certificate2[] anchors)
    {
        _intermediates = intermediates;
        _anchors = anchors;
    }

    /// <summary>Whether a certificate could have issued another, by their names.</summary>
    public static bool Issued(X509Certificate2 issuer, X509Certificate2 subject) =>
        issuer.SubjectName.RawData.AsSpan().SequenceEqual(subject.IssuerName.RawData);

    /// <summary>Finds them, the shortest first.</summary>
    public IEnumerable<EndorsementPath> Find(X509Certificate2 leaf)
    {
        Queue<X509Certificate2[]> beginnings = new([[]]);
        for (int step = 0; step < MostSteps && beginnings.TryDequeue(out X509Certificate2[]? path); step++)
        {
            X509Certificate2 last = path.Length == 0 ? leaf : path[^1];
            X509Certificate2[] anchors = [.. _anchors.Where(anchor => Issued(anchor, last))];
            X509Certificate2[] issuers = path.Length == MostIntermediates ? [] :
            [
                .. _intermediates.Where(issuer => Issued(issuer, last) && !path.Contains(issuer, ReferenceEqualityComparer.Instance)),
            ];
            if (anchors.Length + issuers.Length > 1)
            {
                // Twins of an issuer are told from it by its signature, before they lead anywhere.
                HashSet<X509Certificate2> ruledOut = RuledOut(last);
                anchors = [.. anchors.Where(anchor => !ruledOut.Contains(anchor))];
                issuers = [.. issuers.Where(issuer => !ruledOut.Contains(issuer))];
            }

            foreach (X509Certificate2 anchor in anchors)
            {
                yield return new EndorsementPath(path, anchor);
            }

            foreach (X509Certificate2 issuer in issuers)
            {
                beginnings.Enqueue([.. path, issuer]);
            }
        }
    }

    private HashSet<X509Certificate2> RuledOut(X509Certificate2 subject)
    {
        if (!_ruledOut.TryGetValue(subject, out HashSet<X509Certificate2>? ruledOut))
        {
            CertificateSignature signature = CertificateSignature.Read(subject);
            ruledOut = new(
                _anchors.Concat(_intermediates).Where(issuer => Issued(issuer, subject) && signature.RulesOut(issuer)), ReferenceEqualityComparer.Instance);
            _ruledOut.Add(subject, ruledOut);
        }

        return ruledOut;
    }
}
