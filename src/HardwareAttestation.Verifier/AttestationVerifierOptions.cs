using System.Security.Cryptography.X509Certificates;
using HardwareAttestation.Structures;

namespace HardwareAttestation.Verifier;

/// <summary>What a verifier trusts and asks for.</summary>
/// <remarks>A verifier copies them: the certificates stay their owner's.</remarks>
public sealed class AttestationVerifierOptions
{
    private static readonly TimeSpan LongestLifetime = TimeSpan.FromHours(24);
    private readonly List<EndorsementTrustFault> _trustFaults = [];

    /// <summary>Root certificates of TPM makers that are trusted, each self-signed. At least one is needed, or a key of one in
    /// <see cref="EndorsementCertificateOptions.AnchorKeyFingerprints"/>.</summary>
    public X509Certificate2Collection TrustAnchors { get; } = [];

    /// <summary>Certificates of issuers between the roots and the endorsement keys; not trusted by themselves.</summary>
    public X509Certificate2Collection Intermediates { get; } = [];

    /// <summary>What is accepted of endorsement key certificates besides; by default nothing that is not right by itself.</summary>
    public EndorsementCertificateOptions EndorsementCertificates { get; } = new();

    /// <summary>How long an enrolment challenge is accepted. An RSA key in a slow TPM needs seconds; the default is 5 minutes.</summary>
    public TimeSpan EnrollmentChallengeLifetime { get; set; } = TimeSpan.FromMinutes(5);

    /// <summary>How long a boot challenge is accepted. The default is 2 minutes.</summary>
    public TimeSpan AttestationChallengeLifetime { get; set; } = TimeSpan.FromMinutes(2);

    /// <summary>The PCRs that a boot challenge asks to be quoted, by default SHA-256 PCRs 0 to 7; null to ask for a plain signature instead of a quote,
    /// which says nothing of PCRs and boot counters.</summary>
    public TpmlPcrSelection? PcrSelection { get; set; } = new(new TpmsPcrSelection(TpmAlgId.Sha256, 0, 1, 2, 3, 4, 5, 6, 7));

    /// <summary>Which values the PCRs of <see cref="PcrSelection"/> may have. By default nothing is said of any, and the relying party judges <see cref="AttestationResult.PcrValues"/>.
    /// Where not all machines are alike, give the verifier an <see cref="IPcrPolicyProvider"/>, which takes this policy's place.</summary>
    public PcrPolicy PcrPolicy { get; } = new();

    /// <summary>What becomes of PCR values that <see cref="PcrPolicy"/> does not allow. The default is to refuse.</summary>
    public PolicyAction UnexpectedPcrValues { get; set; } = PolicyAction.Refuse;

    /// <summary>What becomes of a quote whose boot counters or clock are lower than those of the last one that was verified. The default is to refuse.</summary>
    public PolicyAction OlderBootCounters { get; set; } = PolicyAction.Refuse;

    /// <summary>What becomes of a quote whose clock may have gone back, as after each loss of power without TPM2_Shutdown. The default is to flag.</summary>
    public PolicyAction UnsafeClock { get; set; } = PolicyAction.Flag;

    /// <summary>Which attestation keys are accepted.</summary>
    public AttestationKeyRequirements AttestationKeys { get; } = new();

    /// <summary>
    /// Whether a TPM without an endorsement certificate may be enrolled, and is trusted from then on to be the same one, whatever it is: a program can say that it is a TPM. Verdicts
    /// on it are flagged, at enrolment and at every boot. The default is false; set back to false, it refuses those that were enrolled meanwhile.
    /// </summary>
    public bool TrustOnFirstUse { get; set; }

    /// <summary>
    /// Adds anchors, intermediates and revocation lists, for instance those that <see cref="EndorsementTrust.Load"/> has read. What could not be read is a fault of the options: with a damaged
    /// revocation list left out, a TPM that was revoked would be accepted.
    /// </summary>
    /// <param name="trust">What to trust.</param>
    /// <param name="ignoreFaults">Whether to go on without what could not be read. <see cref="EndorsementTrust.Faults"/> are the caller's to look at then.</param>
    /// <exception cref="ArgumentNullException"><paramref name="trust"/> is null.</exception>
    public void AddTrust(EndorsementTrust trust, bool ignoreFaults = false)
    {
        ArgumentNullException.ThrowIfNull(trust);
        if (!ignoreFaults)
        {
            _trustFaults.AddRange(trust.Faults);
        }

        TrustAnchors.AddRange(trust.Anchors.ToArray());
        Intermediates.AddRange(trust.Intermediates.ToArray());
        foreach (ReadOnlyMemory<byte> list in trust.RevocationLists)
        {
            EndorsementCertificates.RevocationLists.Add(list);
        }
    }

    /// <summary>Trusts the roots of TPM makers that come with this package, <see cref="VendorRoots"/>. Makers' issuers below them have to be added, or come along with a request.</summary>
    public void UseVendorRoots() => AddTrust(VendorRoots.Trust);

    /// <summary>Says what is wrong with the options.</summary>
    /// <returns>A sentence for each fault; none if all is well.</returns>
    internal IEnumerable<string> FindFaults()
    {
        foreach (string fault in EndorsementCertificates.FindFaults())
        {
            yield return $"{nameof(EndorsementCertificates)}.{fault}";
        }

        foreach (EndorsementTrustFault fault in _trustFaults)
        {
            yield return $"{nameof(AddTrust)}: '{fault.Path}' cannot be used. {fault.Reason} Mend it or take it away, or call {nameof(AddTrust)} with ignoreFaults to go on without it.";
        }

        if (TrustAnchors.Count == 0 && EndorsementCertificates.AnchorKeyFingerprints.Count == 0)
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

        foreach (string pcr in FindPcrsNotAskedFor())
        {
            yield return $"{nameof(PcrPolicy)} speaks of {pcr}, which {nameof(PcrSelection)} does not ask for.";
        }

        foreach (string fault in PolicyActions.FindFaults(
            (nameof(UnexpectedPcrValues), UnexpectedPcrValues), (nameof(OlderBootCounters), OlderBootCounters), (nameof(UnsafeClock), UnsafeClock)))
        {
            yield return fault;
        }

        foreach (string fault in AttestationKeys.FindFaults())
        {
            yield return $"{nameof(AttestationKeys)}.{fault}";
        }
    }

    private IEnumerable<string> FindPcrsNotAskedFor() => PcrPolicy.Pcrs
        .Where(pcr => PcrSelection?.Any(bank => bank.Hash == pcr.Bank && bank.Contains(pcr.Pcr)) != true)
        .Select(pcr => $"{TpmHash.ToToolName(pcr.Bank)}:{pcr.Pcr}");
}
