using System.Security.Cryptography.X509Certificates;
using HardwareAttestation.Protocol;

namespace HardwareAttestation.Verifier;

/// <summary>What the validation of one certificate fetches: issuers while no chain holds, and lists once one does.</summary>
internal sealed class EndorsementFetching : IDisposable
{
    private readonly IssuerFetching _issuers;
    private readonly ListFetching _lists;
    private readonly List<UnlistedCertificate> _unlisted = [];

    public EndorsementFetching(EndorsementCertificateFetcher fetcher, X509Certificate2 leaf, X509Certificate2[] presented, ISet<string> sha1Issuers)
    {
        FetchPlan plan = new(fetcher);
        _issuers = new IssuerFetching(fetcher, plan, leaf, presented, sha1Issuers);
        _lists = new ListFetching(fetcher, plan);
    }

    /// <summary>The issuers that were fetched so far.</summary>
    public IEnumerable<X509Certificate2> Issuers => _issuers.Issuers;

    /// <summary>The lists of an issuer that were fetched so far.</summary>
    public IReadOnlyList<RevocationList> ListsOf(X509Certificate2 issuer) => _lists.ListsOf(issuer);

    /// <summary>Takes note of certificates in a chain that holds, of which no list tells.</summary>
    public void Want(IEnumerable<UnlistedCertificate> unlisted) => _unlisted.AddRange(unlisted);

    /// <summary>Fetches what the last attempt lacked.</summary>
    /// <param name="holds">Whether a chain held.</param>
    /// <param name="time">When the certificates must not be revoked.</param>
    /// <param name="attempt">What the attempt found. If it stays the last, it says what could not be fetched.</param>
    /// <param name="cancellationToken">Cancels.</param>
    /// <returns>Whether there is more now than for the last attempt.</returns>
    public async Task<bool> FindMoreAsync(bool holds, DateTimeOffset time, FindingList attempt, CancellationToken cancellationToken)
    {
        UnlistedCertificate[] unlisted = [.. _unlisted];
        _unlisted.Clear();
        bool isMore = holds
            ? await _lists.FindMoreAsync(unlisted, time, cancellationToken).ConfigureAwait(false)
            : await _issuers.FindMoreAsync(cancellationToken).ConfigureAwait(false);
        if (!isMore && !holds)
        {
            attempt.Explain(CheckIds.EkCertificateChain, _issuers.Notes.ToString());
        }
        else if (!isMore && unlisted.Length > 0)
        {
            attempt.Explain(CheckIds.EkCertificateRevocation, _lists.Notes.ToString());
        }

        return isMore;
    }

    public void Dispose() => _issuers.Dispose();
}
