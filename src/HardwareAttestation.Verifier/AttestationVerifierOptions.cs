using System.Security.Cryptography.X509Certificates;
using HardwareAttestation.Structures;

namespace HardwareAttestation.Verifier;

/// <summary>What a verifier trusts and asks for.</summary>
/// <remarks>The certificates are used as long as the verifier is, and stay their owner's: do not dispose of them before.</remarks>
public sealed class AttestationVerifierOptions
{
    private static readonly TimeSpan LongestLifetime = TimeSpan.FromHours(24);

    /// <summary>Root certificates of TPM makers that are trusted, each self-signed. At least one is needed.</summary>
    public X509Certificate2Collection TrustAnchors { get; } = [];

    /// <summary>Certificates of issuers between the roots and the endorsement keys; not trusted by themselves.</summary>
    public X509Certificate2Collection Intermediates { get; } = [];

    /// <summary>How long an enrolment challenge is accepted. An RSA key in a slow TPM needs seconds; the default is 5 minutes.</summary>
    public TimeSpan EnrollmentChallengeLifetime { get; set; } = TimeSpan.FromMinutes(5);

    /// <summary>How long a boot challenge is accepted. The default is 2 minutes.</summary>
    public TimeSpan AttestationChallengeLifetime { get; set; } = TimeSpan.FromMinutes(2);

    /// <summary>The PCRs that a boot challenge asks to be quoted, by default SHA-256 PCRs 0 to 7; null to ask for a plain signature instead of a quote,
    /// which says nothing of PCRs and boot counters.</summary>
    public TpmlPcrSelection? PcrSelection { get; set; } = new(new TpmsPcrSelection(TpmAlgId.Sha256, 0, 1, 2, 3, 4, 5, 6, 7));

    /// <summary>Says what is wrong with the options.</summary>
    /// <returns>A sentence for each fault; none if all is well.</returns>
    internal IEnumerable<string> FindFaults()
    {
        if (TrustAnchors.Count == 0)
        {
            yield return $"{nameof(TrustAnchors)} is empty: name at least one root certificate of a TPM maker.";
        }

        foreach (X509Certificate2 anchor in TrustAnchors)
        {
            if (EndorsementChainBuilder.FindFaultOfAnchor(anchor) is { } fault)
            {
                yield return $"{nameof(TrustAnchors)}: {fault}";
            }
        }

        if (EnrollmentChallengeLifetime <= TimeSpan.Zero || EnrollmentChallengeLifetime > LongestLifetime)
        {
            yield return $"{nameof(EnrollmentChallengeLifetime)} is {EnrollmentChallengeLifetime}: more than zero and at most a day is allowed.";
        }

        if (AttestationChallengeLifetime <= TimeSpan.Zero || AttestationChallengeLifetime > LongestLifetime)
        {
            yield return $"{nameof(AttestationChallengeLifetime)} is {AttestationChallengeLifetime}: more than zero and at most a day is allowed.";
        }

        if (PcrSelection is { } selection && (selection.Count == 0 || selection.Any(bank => bank.Count == 0)))
        {
            yield return $"{nameof(PcrSelection)} selects no PCR: select some, or set it to null to ask for a plain signature.";
        }

        if (PcrSelection is { } banks && banks.DistinctBy(bank => bank.Hash).Count() < banks.Count)
        {
            yield return $"{nameof(PcrSelection)} names a bank twice.";
        }

        if (PcrSelection?.Any(bank => bank.Hash is not (TpmAlgId.Sha256 or TpmAlgId.Sha384 or TpmAlgId.Sha512)) == true)
        {
            yield return $"{nameof(PcrSelection)} has a bank that is not SHA-256, SHA-384 or SHA-512.";
        }
    }
}
