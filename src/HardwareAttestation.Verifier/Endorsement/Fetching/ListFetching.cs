using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace HardwareAttestation.Verifier;

/// <summary>A certificate of which no list tells, with the issuer whose list would.</summary>
internal sealed record UnlistedCertificate(X509Certificate2 Certificate, X509Certificate2 Issuer);

/// <summary>Fetches the revocation lists for the chains of one certificate.</summary>
internal sealed class ListFetching(EndorsementCertificateFetcher fetcher, FetchPlan plan)
{
    // By the content of the issuer, who has signed them.
    private readonly Dictionary<string, List<RevocationList>> _lists = new(StringComparer.Ordinal);

    /// <summary>What was not fetched.</summary>
    public FetchNotes Notes { get; } = new("A revocation list");

    /// <summary>The lists that were fetched and that an issuer has signed.</summary>
    public IReadOnlyList<RevocationList> ListsOf(X509Certificate2 issuer) => _lists.GetValueOrDefault(IdOf(issuer), []);

    /// <summary>Fetches for each certificate until a list tells of it.</summary>
    /// <returns>Whether there is a list more.</returns>
    public async Task<bool> FindMoreAsync(IEnumerable<UnlistedCertificate> wanted, DateTimeOffset time, CancellationToken cancellationToken)
    {
        bool isMore = false;
        foreach ((X509Certificate2 certificate, X509Certificate2 issuer) in wanted)
        {
            foreach (Uri address in plan.Choose(CertificateAddresses.OfLists(certificate), IdOf(issuer), Notes))
            {
                cancellationToken.ThrowIfCancellationRequested();
                FetchResult<RevocationList> answer = await fetcher.FetchListAsync(address, issuer, cancellationToken).ConfigureAwait(false);
                if (!answer.HasValue)
                {
                    Notes.Add(address.IdnHost, answer.Fault);
                    continue;
                }

                if (!_lists.TryGetValue(IdOf(issuer), out List<RevocationList>? lists))
                {
                    _lists.Add(IdOf(issuer), lists = []);
                }

                lists.Add(answer.Value);
                isMore = true;
                if (answer.Value.StatusOf(certificate, issuer, time) != RevocationStatus.Unknown)
                {
                    break;
                }

                Notes.Add(address.IdnHost, "the list there has expired, is not valid yet, or is of a kind that is not understood here");
            }
        }

        return isMore;
    }

    private static string IdOf(X509Certificate2 issuer) => issuer.GetCertHashString(HashAlgorithmName.SHA256);
}
