using HardwareAttestation.Protocol;
using HardwareAttestation.Structures;

namespace HardwareAttestation.Verifier;

/// <summary>The result of beginning an enrolment.</summary>
public sealed class EnrollmentOffer
{
    internal EnrollmentOffer(Verdict verdict, EndorsementCertificateResult? endorsementCertificate, CredentialChallenge? challenge)
    {
        Verdict = verdict;
        EndorsementCertificate = endorsementCertificate;
        Challenge = challenge;
    }

    /// <summary>The verdict on the request. Verified means that it is worth a challenge, and not yet that the machine is what it says. What it flags comes again in <see cref="EnrollmentResult.Verdict"/>.</summary>
    public Verdict Verdict { get; }

    /// <summary>
    /// What the endorsement key's certificate says of the TPM, also if the request was refused: its maker and model for a log. Its own verdict is part of <see cref="Verdict"/>. Null if there
    /// was no certificate, or no cause to look at it.
    /// </summary>
    public EndorsementCertificateResult? EndorsementCertificate { get; }

    /// <summary>The challenge to send to the agent; null if the request was refused.</summary>
    public CredentialChallenge? Challenge { get; }
}

/// <summary>The result of completing an enrolment.</summary>
public sealed class EnrollmentResult
{
    internal EnrollmentResult(Verdict verdict, string? nodeId, DeviceRecord? device)
    {
        Verdict = verdict;
        NodeId = nodeId;
        Device = device;
    }

    /// <summary>The verdict on the enrolment: what was flagged when it was begun, and what was found at its end.</summary>
    public Verdict Verdict { get; }

    /// <summary>
    /// The node that the challenge was issued to, so that a refusal can be put down to it; null if the answer was to no challenge that could still be answered. It proves nothing of who sent
    /// the answer.
    /// </summary>
    public string? NodeId { get; }

    /// <summary>The device as it was stored; null if it was refused.</summary>
    public DeviceRecord? Device { get; }
}

/// <summary>The result of asking for a boot challenge.</summary>
public sealed class ChallengeOffer
{
    internal ChallengeOffer(Verdict verdict, AttestationChallenge? challenge)
    {
        Verdict = verdict;
        Challenge = challenge;
    }

    /// <summary>The verdict: refused for a node that has no device.</summary>
    public Verdict Verdict { get; }

    /// <summary>The challenge to send to the agent; null if there is none.</summary>
    public AttestationChallenge? Challenge { get; }
}

/// <summary>The result of verifying a machine's answer to a boot challenge.</summary>
public sealed class AttestationResult
{
    internal AttestationResult(Verdict verdict, string? nodeId, DeviceRecord? device, TpmsAttest? attested, IReadOnlyList<PcrValue> pcrValues)
    {
        Verdict = verdict;
        NodeId = nodeId;
        Device = device;
        Attested = attested;
        PcrValues = pcrValues;
    }

    /// <summary>The verdict.</summary>
    public Verdict Verdict { get; }

    /// <summary>
    /// The node that the challenge was issued to, so that a refusal can be put down to it; null if the answer was to no challenge that could still be answered. It proves nothing of who sent
    /// the answer.
    /// </summary>
    public string? NodeId { get; }

    /// <summary>The device that has proved to be itself, as it is stored now; null if it was refused.</summary>
    public DeviceRecord? Device { get; }

    /// <summary>What the TPM signed, with its clock and boot counters; null if it was refused, or only a signature was asked for.</summary>
    public TpmsAttest? Attested { get; }

    /// <summary>The values of exactly the PCRs that were asked for; empty if it was refused, or only a signature was asked for.</summary>
    public IReadOnlyList<PcrValue> PcrValues { get; }
}
