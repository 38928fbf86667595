using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using HardwareAttestation.Protocol;

namespace HardwareAttestation.Verifier;

/// <summary>Builds chains from an endorsement key certificate to a trust anchor, one attempt for each path that the names allow.</summary>
internal sealed class EndorsementChainBuilder
{
    private const int LongestName = 256;

    // Each costs the verification of some signatures, and a forged leaf has them all made.
    private const int MostAttempts = 64;

    // Whoever sends issuers chose all of them: false ones hide no chain but his own.
    private const int MostAttemptsWithPresented = 8;

    private readonly EndorsementPaths _known;
    private readonly HashSet<string> _knownContents;
    private readonly ISet<string> _anchorKeys;

    /// <summary>Initializes the builder.</summary>
    /// <param name="anchors">Self-signed certificates.</param>
    /// <param name="intermediates">Others.</param>
    /// <param name="anchorKeys">SHA-256 fingerprints of keys whose self-signed certificates are anchors too.</param>
    /// <param name="timeProvider">For the lifetime of what is remembered.</param>
    /// <exception cref="ArgumentException">There is no anchor, or one of them is not self-signed.</exception>
    public EndorsementChainBuilder(X509Certificate2[] anchors, X509Certificate2[] intermediates, ISet<string> anchorKeys, TimeProvider timeProvider)
    {
        if (anchors.Length == 0 && anchorKeys.Count == 0)
        {
            throw new ArgumentException("There is no trust anchor: name at least one root certificate of a TPM maker.", nameof(anchors));
        }

        if (anchors.Select(FindFaultOfAnchor).FirstOrDefault(fault => fault is not null) is { } fault)
        {
            throw new ArgumentException(fault, nameof(anchors));
        }

        // A bundle given as both, or twice, would multiply the ways to try.
        _anchorKeys = anchorKeys;
        X509Certificate2[] allAnchors = [.. anchors.Concat(intermediates.Where(HasAnchorKey)).DistinctBy(Bytes)];
        X509Certificate2[] others = [.. intermediates.DistinctBy(Bytes).ExceptBy(allAnchors.Select(Bytes), Bytes)];
        _known = new EndorsementPaths(others, allAnchors);
        _knownContents = [.. allAnchors.Concat(others).Select(Bytes)];
        Validated = new ValidatedAuthorities(timeProvider);
    }

    public ValidatedAuthorities Validated { get; }

    /// <summary>Says why a certificate cannot be an anchor.</summary>
    /// <returns>A sentence, or null if it can.</returns>
    public static string? FindFaultOfAnchor(X509Certificate2 anchor)
    {
        if (!EndorsementPaths.Issued(anchor, anchor))
        {
            return $"The trust anchor '{anchor.Subject}' is not self-signed: put its root here, and it among the intermediates.";
        }

        // The platform does not verify a root's own signature: a file that was damaged or tampered with would pass.
        return CertificateSignature.TryRead(anchor)?.IsBy(anchor) == true
            ? null
            : $"The trust anchor '{anchor.Subject}' is not self-signed: its signature is not by its own key, or by an algorithm that is not known "
                + "here. Get the maker's root anew, and put cross-signed certificates among the intermediates.";
    }

    /// <summary>Records whether a chain holds that is not refused for anything else; if there is none, what the first that holds is refused for.</summary>
    /// <param name="leaf">The certificate at the chain's beginning.</param>
    /// <param name="presented">Issuers that came along with it, which are tried when those known here do not do.</param>
    /// <param name="time">When the authorities must be valid.</param>
    /// <param name="judge">Judges a chain that holds.</param>
    /// <param name="findings">Where it is recorded.</param>
    /// <returns>The chain, leaf first; empty if none holds.</returns>
    public X509Certificate2[] Build(
        X509Certificate2 leaf, X509Certificate2[] presented, DateTimeOffset time, Action<X509Certificate2[], FindingList> judge, FindingList findings)
    {
        (X509Certificate2[] Chain, FindingList Findings)? refused = null;
        string issuer = PlainText.Of(leaf.Issuer, LongestName);
        string reason = _known.KnowsIssuerOf(leaf)
            ? $"Its signature was not made by any issuer '{issuer}' that is known here, or none of them leads to an anchor: the certificate is false, or "
                + "the maker's root is missing from the trust anchors."
            : $"No trust anchor has issued it, nor an issuer of '{issuer}' that is known here: if the TPM's maker has such an issuer, add its certificate "
                + "from the maker to the intermediates, and the root above it to the trust anchors.";
        foreach (EndorsementPath path in FindPaths(leaf, presented))
        {
            if (Validated.Validate(path, time) is { } fault)
            {
                reason = fault;
                continue;
            }

            X509Certificate2[] chain = [leaf, .. path.Authorities];
            FindingList judged = new();
            judged.Check(CheckIds.EkCertificateChain, true, $"The certificate was issued under the trust anchor '{path.Anchor.Subject}'.", string.Empty);
            judge(chain, judged);
            if (!judged.HasRefusal)
            {
                findings.Append(judged);
                return chain;
            }

            // An authority may have a newer certificate, without the fault.
            refused ??= (chain, judged);
        }

        if (refused is { } first)
        {
            findings.Append(first.Findings);
            return first.Chain;
        }

        findings.Refuse(CheckIds.EkCertificateChain, $"The certificate '{PlainText.Of(leaf.Subject, LongestName)}' leads to no trust anchor. {reason}");
        return [];
    }

    private static string Bytes(X509Certificate2 certificate) => Convert.ToHexString(certificate.RawDataMemory.Span);

    // Each list by itself, so that nothing that came along takes an attempt away from what is known here.
    private IEnumerable<EndorsementPath> FindPaths(X509Certificate2 leaf, X509Certificate2[] presented)
    {
        IEnumerable<EndorsementPath> paths = _known.Find(leaf, [], []).Take(MostAttempts);
        X509Certificate2[] others = [.. presented.DistinctBy(Bytes).Where(certificate => !_knownContents.Contains(Bytes(certificate)))];
        if (others.Length == 0)
        {
            return paths;
        }

        X509Certificate2[] anchors = Array.FindAll(others, HasAnchorKey);
        return paths.Concat(_known.Find(leaf, [.. others.Except(anchors, ReferenceEqualityComparer.Instance).Cast<X509Certificate2>()], anchors)
            .Where(path => path.Authorities.Intersect(others, ReferenceEqualityComparer.Instance).Any())
            .Take(MostAttemptsWithPresented));
    }

    private bool HasAnchorKey(X509Certificate2 certificate) =>
        _anchorKeys.Count > 0
        && _anchorKeys.Contains(Convert.ToHexString(SHA256.HashData(certificate.PublicKey.ExportSubjectPublicKeyInfo())))
        && FindFaultOfAnchor(certificate) is null;
}
