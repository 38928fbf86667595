using System.Security.Cryptography.X509Certificates;

namespace HardwareAttestation.Verifier;

/// <summary>
/// Fetches the issuers of one certificate, level by level. Only certificates that by their signatures lead up from it are used and asked for further addresses: others could name
/// any number.
/// </summary>
internal sealed class IssuerFetching : IDisposable
{
    /// <summary>As many levels as a path may have issuers.</summary>
    private const int MostLevels = EndorsementPaths.MostIntermediates;

    private const string Purpose = "issuer";

    private readonly EndorsementCertificateFetcher _fetcher;
    private readonly FetchPlan _plan;
    private readonly ISet<string> _sha1Issuers;
    private readonly List<(X509Certificate2 Certificate, int Level)> _reached;
    private readonly List<X509Certificate2> _others;
    private readonly List<PresentedIssuers> _fetched = [];
    private readonly HashSet<string> _seen;

    public IssuerFetching(EndorsementCertificateFetcher fetcher, FetchPlan plan, X509Certificate2 leaf, X509Certificate2[] presented, ISet<string> sha1Issuers)
    {
        _fetcher = fetcher;
        _plan = plan;
        _sha1Issuers = sha1Issuers;
        _reached = [(leaf, 0)];
        _others = [.. presented];
        _seen = [.. presented.Append(leaf).Select(ContentOf)];
    }

    /// <summary>What was not fetched.</summary>
    public FetchNotes Notes { get; } = new("An issuer");

    /// <summary>The issuers that were fetched.</summary>
    public IEnumerable<X509Certificate2> Issuers =>
        _reached.Select(reached => reached.Certificate).Intersect(_fetched.SelectMany(fetched => fetched.Certificates), ReferenceEqualityComparer.Instance).Cast<X509Certificate2>();

    /// <summary>Fetches until there is one issuer more, the topmost first.</summary>
    /// <returns>Whether there is.</returns>
    public async Task<bool> FindMoreAsync(CancellationToken cancellationToken)
    {
        Reach();
        foreach ((X509Certificate2 certificate, int level) in _reached.Where(reached => reached.Level < MostLevels).OrderByDescending(reached => reached.Level).ToArray())
        {
            if (EndorsementPaths.Issued(certificate, certificate))
            {
                continue;
            }

            foreach (Uri address in _plan.Choose(CertificateAddresses.OfIssuers(certificate), Purpose, Notes))
            {
                cancellationToken.ThrowIfCancellationRequested();
                FetchResult<IReadOnlyList<ReadOnlyMemory<byte>>> answer = await _fetcher.FetchIssuersAsync(address, cancellationToken).ConfigureAwait(false);
                if (!answer.HasValue)
                {
                    Notes.Add(address.IdnHost, answer.Fault);
                    continue;
                }

                Take(answer.Value);
                if (Reach())
                {
                    return true;
                }

                Notes.Add(address.IdnHost, "no certificate of it is an issuer that was not there already");
            }
        }

        return false;
    }

    public void Dispose() => _fetched.ForEach(fetched => fetched.Dispose());

    private static string ContentOf(X509Certificate2 certificate) => Convert.ToHexString(certificate.RawDataMemory.Span);

    private void Take(IReadOnlyList<ReadOnlyMemory<byte>> certificates)
    {
        PresentedIssuers issuers = PresentedIssuers.Load([.. certificates.Where(bytes => _seen.Add(Convert.ToHexString(bytes.Span)))], _sha1Issuers);
        _fetched.Add(issuers);
        _others.AddRange(issuers.Certificates);
    }

    // Moves over whatever has signed something that was reached.
    private bool Reach()
    {
        int before = _reached.Count;
        for (int i = 0; i < _reached.Count; i++)
        {
            (X509Certificate2 subject, int level) = _reached[i];
            if (level == MostLevels || CertificateSignature.TryRead(subject) is not { } signature)
            {
                continue;
            }

            X509Certificate2[] issuers = [.. _others.Where(other => EndorsementPaths.Issued(other, subject) && signature.IsBy(other))];
            _reached.AddRange(issuers.Select(issuer => (issuer, level + 1)));
            _others.RemoveAll(other => issuers.Contains(other, ReferenceEqualityComparer.Instance));
        }

        return _reached.Count > before;
    }
}
