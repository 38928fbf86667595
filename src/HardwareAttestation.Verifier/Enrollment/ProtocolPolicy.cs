using HardwareAttestation.Structures;

namespace HardwareAttestation.Verifier;

/// <summary>The options of a verifier as they were when it was made: a change later changes nothing.</summary>
internal sealed class ProtocolPolicy
{
    private readonly HashSet<EndorsementTrustClass> _trustClasses;

    public ProtocolPolicy(AttestationVerifierOptions options)
    {
        EnrollmentLifetime = options.EnrollmentChallengeLifetime;
        AttestationLifetime = options.AttestationChallengeLifetime;
        PcrSelection = options.PcrSelection;
        Pcrs = options.PcrPolicy.Copy();
        UnexpectedPcrValues = options.UnexpectedPcrValues;
        OlderBootCounters = options.OlderBootCounters;
        UnsafeClock = options.UnsafeClock;
        AttestationKeys = options.AttestationKeys.Copy();
        TrustOnFirstUse = options.TrustOnFirstUse;
        _trustClasses = [.. options.EndorsementCertificates.AllowedTrustClasses];
    }

    public TimeSpan EnrollmentLifetime { get; }

    public TimeSpan AttestationLifetime { get; }

    public TpmlPcrSelection? PcrSelection { get; }

    public PcrPolicy Pcrs { get; }

    public PolicyAction UnexpectedPcrValues { get; }

    public PolicyAction OlderBootCounters { get; }

    public PolicyAction UnsafeClock { get; }

    public AttestationKeyRequirements AttestationKeys { get; }

    public bool TrustOnFirstUse { get; }

    /// <summary>Whether TPMs of this kind are accepted.</summary>
    public bool Allows(EndorsementTrustClass trustClass) => _trustClasses.Contains(trustClass);
}
