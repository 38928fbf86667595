using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using System.Security.Cryptography.X509Certificates;

namespace HardwareAttestation.Verifier;

/// <summary>A way from a leaf to an anchor as the names tell it. The leaf's signature is by the first of it, and the other signatures are verified later.</summary>
/// <param name="Intermediates">The issuers, the leaf's own first.</param>
/// <param name="Anchor">The anchor.</param>
internal sealed record EndorsementPath(X509Certificate2[] Intermediates, X509Certificate2 Anchor)
{
    /// <summary>The issuers and the anchor.</summary>
    public X509Certificate2[] Authorities => [.. Intermediates, Anchor];
}

/// <summary>
/// Finds the ways from a leaf to the anchors. Given two issuers of one name, the platform takes one and does not come back for the other: so each way is
/// tried by itself. Safe to share between threads.
/// </summary>
internal sealed class EndorsementPaths
{
    /// <summary>TPM makers have up to five issuers between root and leaf: Intel has three on the die, and two above them.</summary>
    internal const int MostIntermediates = 6;

    /// <summary>Bounds the search where many certificates have the same names.</summary>
    private const int MostSteps = 1024;

    /// <summary>Bounds it where a stranger chose some of them.</summary>
    private const int MostStepsWithOthers = 128;

    private readonly ILookup<string, X509Certificate2> _intermediates;
    private readonly ILookup<string, X509Certificate2> _anchors;
    private readonly Dictionary<object, AuthorityKey> _known = new(ReferenceEqualityComparer.Instance);

    // Signatures between certificates of one name that are known here, each verified once. As many as there are such pairs.
    private readonly ConcurrentDictionary<Link, bool> _ruledOut = new();

    public EndorsementPaths(IEnumerable<X509Certificate2> intermediates, IEnumerable<X509Certificate2> anchors)
    {
        _intermediates = intermediates.ToLookup(SubjectOf, StringComparer.Ordinal);
        _anchors = anchors.ToLookup(SubjectOf, StringComparer.Ordinal);
        foreach (X509Certificate2 authority in _intermediates.Concat(_anchors).SelectMany(ofName => ofName))
        {
            _known.TryAdd(authority, new AuthorityKey(authority));
        }
    }

    /// <summary>Whether a certificate could have issued another, by their names.</summary>
    public static bool Issued(X509Certificate2 issuer, X509Certificate2 subject) =>
        issuer.SubjectName.RawData.AsSpan().SequenceEqual(subject.IssuerName.RawData);

    /// <summary>Whether an issuer of the leaf's issuer's name is known.</summary>
    public bool KnowsIssuerOf(X509Certificate2 leaf) => _anchors.Contains(IssuerOf(leaf)) || _intermediates.Contains(IssuerOf(leaf));

    /// <summary>Finds them, the shortest first.</summary>
    /// <param name="leaf">The certificate at the beginning.</param>
    /// <param name="others">Intermediates of this one search.</param>
    /// <param name="otherAnchors">Anchors of this one search.</param>
    public IEnumerable<EndorsementPath> Find(X509Certificate2 leaf, X509Certificate2[] others, X509Certificate2[] otherAnchors)
    {
        Dictionary<Link, bool> ruledOut = [];
        Dictionary<string, X509Certificate2[]> othersByName = ByName(others);
        Dictionary<string, X509Certificate2[]> otherAnchorsByName = ByName(otherAnchors);
        CertificateSignature signature = CertificateSignature.Read(leaf);
        Queue<X509Certificate2[]> beginnings = new([[]]);
        int mostSteps = others.Length + otherAnchors.Length == 0 ? MostSteps : MostStepsWithOthers;
        for (int step = 0; step < mostSteps && beginnings.TryDequeue(out X509Certificate2[]? path); step++)
        {
            bool isLeaf = path.Length == 0;
            X509Certificate2 last = isLeaf ? leaf : path[^1];
            string name = IssuerOf(last);
            X509Certificate2[] anchors = [.. _anchors[name], .. otherAnchorsByName.GetValueOrDefault(name, [])];
            X509Certificate2[] issuers = path.Length == MostIntermediates ? [] :
            [
                .. _intermediates[name].Concat(othersByName.GetValueOrDefault(name, [])).Where(issuer => !path.Contains(issuer, ReferenceEqualityComparer.Instance)),
            ];
            if (isLeaf)
            {
                anchors = Array.FindAll(anchors, issuer => IsBy(issuer, signature));
                issuers = Array.FindAll(issuers, issuer => IsBy(issuer, signature));
            }
            else if (anchors.Length + issuers.Length > 1)
            {
                // Twins of an issuer are told from it by its signature, before they lead anywhere.
                anchors = Array.FindAll(anchors, issuer => !IsRuledOut(last, issuer, ruledOut));
                issuers = Array.FindAll(issuers, issuer => !IsRuledOut(last, issuer, ruledOut));
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

    private static string SubjectOf(X509Certificate2 certificate) => Convert.ToHexString(certificate.SubjectName.RawData);

    private static string IssuerOf(X509Certificate2 certificate) => Convert.ToHexString(certificate.IssuerName.RawData);

    private static Dictionary<string, X509Certificate2[]> ByName(X509Certificate2[] certificates) => certificates
        .GroupBy(SubjectOf, StringComparer.Ordinal)
        .ToDictionary(group => group.Key, group => group.ToArray(), StringComparer.Ordinal);

    private bool IsRuledOut(X509Certificate2 subject, X509Certificate2 issuer, Dictionary<Link, bool> ofThisSearch)
    {
        Link link = new(subject, issuer);
        if (IsKnown(subject) && IsKnown(issuer))
        {
            return _ruledOut.GetOrAdd(link, Verify);
        }

        if (!ofThisSearch.TryGetValue(link, out bool isRuledOut))
        {
            isRuledOut = Verify(link);
            ofThisSearch.Add(link, isRuledOut);
        }

        return isRuledOut;

        static bool Verify(Link link) => CertificateSignature.TryRead(link.Subject)?.RulesOut(link.Issuer) != false;
    }

    private bool IsBy(X509Certificate2 issuer, CertificateSignature signature) =>
        _known.TryGetValue(issuer, out AuthorityKey? key) ? key.Made(signature) : signature.IsBy(issuer);

    private bool IsKnown(X509Certificate2 certificate) => _known.ContainsKey(certificate);

    // By reference: the platform calls certificates equal that have the same issuer and serial number.
    private readonly struct Link(X509Certificate2 subject, X509Certificate2 issuer) : IEquatable<Link>
    {
        public X509Certificate2 Subject { get; } = subject;

        public X509Certificate2 Issuer { get; } = issuer;

        public bool Equals(Link other) => ReferenceEquals(Subject, other.Subject) && ReferenceEquals(Issuer, other.Issuer);

        public override bool Equals(object? obj) => obj is Link other && Equals(other);

        public override int GetHashCode() => HashCode.Combine(RuntimeHelpers.GetHashCode(Subject), RuntimeHelpers.GetHashCode(Issuer));
    }
}
