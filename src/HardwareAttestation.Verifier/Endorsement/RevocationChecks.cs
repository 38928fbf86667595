using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using HardwareAttestation.Protocol;

namespace HardwareAttestation.Verifier;

/// <summary>Looks certificates up in revocation lists. Safe to share between threads.</summary>
internal sealed class RevocationChecks
{
    private readonly RevocationList[] _lists;
    private readonly PolicyAction _unknown;

    // Which issuer has signed which list, by the list's index and the issuer's content. Only those that have: as many as there are lists, but for certificates of one key.
    private readonly ConcurrentDictionary<(int List, string Issuer), bool> _signed = new();

    public RevocationChecks(IEnumerable<RevocationList> lists, PolicyAction unknown)
    {
        _lists = [.. lists];
        _unknown = unknown;
    }

    /// <summary>Records whether one of the chain's certificates is revoked.</summary>
    /// <param name="chain">Leaf, issuers, root. A root is not looked up: who trusts it decides.</param>
    /// <param name="time">When it must not be.</param>
    /// <param name="fetched">Gives the lists that were fetched and that an issuer has signed. They are asked where those at hand do not tell.</param>
    /// <param name="findings">Where it is recorded.</param>
    /// <returns>The certificates of which no list tells; none if one is revoked.</returns>
    public IReadOnlyList<UnlistedCertificate> Judge(
        X509Certificate2[] chain, DateTimeOffset time, Func<X509Certificate2, IReadOnlyList<RevocationList>> fetched, FindingList findings)
    {
        List<UnlistedCertificate> unknown = [];
        for (int i = 0; i < chain.Length - 1; i++)
        {
            switch (StatusOf(chain[i], chain[i + 1], time, fetched))
            {
                case RevocationStatus.Revoked:
                    findings.Refuse(CheckIds.EkCertificateRevocation, $"The certificate {NameOf(chain[i])} was revoked by its issuer.");
                    return [];
                case RevocationStatus.Unknown:
                    unknown.Add(new UnlistedCertificate(chain[i], chain[i + 1]));
                    break;
                default:
                    break;
            }
        }

        findings.Check(
            CheckIds.EkCertificateRevocation,
            unknown.Count == 0,
            _unknown,
            "No certificate of the chain is revoked.",
            $"Whether {string.Join(" and ", unknown.Select(unlisted => NameOf(unlisted.Certificate)))} is revoked is not known: there is no list of the issuer that holds now.");
        return unknown;
    }

    private static string NameOf(X509Certificate2 certificate) => $"'{PlainText.Of(certificate.Subject, 256)}'";

    private RevocationStatus StatusOf(
        X509Certificate2 certificate, X509Certificate2 issuer, DateTimeOffset time, Func<X509Certificate2, IReadOnlyList<RevocationList>> fetched)
    {
        RevocationStatus status = RevocationStatus.Unknown;
        for (int i = 0; i < _lists.Length && status != RevocationStatus.Revoked; i++)
        {
            if (_lists[i].IsFor(certificate) && IsSigned(i, issuer))
            {
                status = Max(status, _lists[i].StatusOf(certificate, issuer, time));
            }
        }

        return status != RevocationStatus.Unknown ? status : fetched(issuer).Aggregate(status, (told, list) => Max(told, list.StatusOf(certificate, issuer, time)));
    }

    private static RevocationStatus Max(RevocationStatus one, RevocationStatus other) => (RevocationStatus)Math.Max((int)one, (int)other);

    private bool IsSigned(int list, X509Certificate2 issuer)
    {
        (int, string) key = (list, issuer.GetCertHashString(HashAlgorithmName.SHA256));
        if (_signed.ContainsKey(key))
        {
            return true;
        }

        bool isSigned = _lists[list].IsBy(issuer);
        if (isSigned)
        {
            _signed.TryAdd(key, true);
        }

        return isSigned;
    }
}
