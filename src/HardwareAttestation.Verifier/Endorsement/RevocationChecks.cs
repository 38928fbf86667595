using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

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
    /// <param name="findings">Where it is recorded.</param>
    public void Judge(X509Certificate2[] chain, DateTimeOffset time, FindingList findings)
    {
        List<string> unknown = [];
        for (int i = 0; i < chain.Length - 1; i++)
        {
            string name = PlainText.Of(chain[i].Subject, 256);
            switch (StatusOf(chain[i], chain[i + 1], time))
            {
                case RevocationStatus.Revoked:
                    findings.Refuse(CheckIds.EkCertificateRevocation, $"The certificate '{name}' was revoked by its issuer.");
                    return;
                case RevocationStatus.Unknown:
                    unknown.Add($"'{name}'");
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
            $"Whether {string.Join(" and ", unknown)} is revoked is not known: there is no list of the issuer that holds now.");
    }

    private RevocationStatus StatusOf(X509Certificate2 certificate, X509Certificate2 issuer, DateTimeOffset time)
    {
        RevocationStatus status = RevocationStatus.Unknown;
        for (int i = 0; i < _lists.Length && status != RevocationStatus.Revoked; i++)
        {
            if (_lists[i].IsFor(certificate) && IsSigned(i, issuer))
            {
                // Who has a certificate without the right to sign lists, besides one with it, does not make a revoked certificate unknown by it.
                RevocationStatus told = _lists[i].StatusOf(certificate, time);
                status = told == RevocationStatus.Good && !_lists[i].ClearsFor(issuer) ? status : (RevocationStatus)Math.Max((int)status, (int)told);
            }
        }

        return status;
    }

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
