using HardwareAttestation.Protocol;
using HardwareAttestation.Structures;

namespace HardwareAttestation.Verifier;

/// <summary>Judges the answer to a boot challenge against what was enrolled and what was asked.</summary>
internal static class EvidenceChecks
{
    /// <summary>Whether the enrolled key answers this challenge: records what it finds.</summary>
    /// <returns>What the TPM attested, if a quote was asked for and its signature holds.</returns>
    public static TpmsAttest? Judge(
        PendingChallenge pending,
        AttestationState state,
        DeviceRecord device,
        AttestationEvidence evidence,
        FindingList findings)
    {
        TpmtPublic attestationKey = device.GetAttestationKey();
        return state.PcrSelection is { } selection
            ? JudgeQuote(state.Nonce, selection, attestationKey, device, evidence, findings)
            : JudgeSignature(pending, state, attestationKey, evidence, findings);
    }

    /// <summary>Whether what the enrolled key says of the machine is good: records what it finds.</summary>
    /// <param name="attested">What <see cref="Judge"/> gave.</param>
    /// <param name="evidence">The answer, whose PCR values are the quoted ones.</param>
    /// <param name="device">The device as it was last seen.</param>
    /// <param name="policy">The options.</param>
    /// <param name="pcrs">
    /// The values that are good. A verifier with other options may have issued the challenge, over the same stores: what is wanted of PCRs is not met by saying nothing of them.
    /// </param>
    /// <param name="findings">Where it is recorded.</param>
    public static void JudgeMachine(
        TpmsAttest? attested, AttestationEvidence evidence, DeviceRecord device, ProtocolPolicy policy, PcrPolicy pcrs, FindingList findings)
    {
        pcrs.Judge(attested is null ? [] : evidence.PcrValues ?? [], policy.UnexpectedPcrValues, findings);
        if (attested is not null)
        {
            ClockCheck.Verify(
                attested.ClockInfo,
                device.LastClockInfo,
                CheckIds.QuoteClock,
                CheckIds.QuoteClockSafe,
                findings,
                policy.OlderBootCounters,
                policy.UnsafeClock);
        }
    }

    private static TpmsAttest? JudgeSignature(
        PendingChallenge pending,
        AttestationState state,
        TpmtPublic attestationKey,
        AttestationEvidence evidence,
        FindingList findings)
    {
        byte[] signed = new AttestationChallenge
        {
            ChallengeId = pending.ChallengeId,
            NodeId = pending.NodeId,
            Nonce = state.Nonce,
            ExpiresAt = pending.ExpiresAt,
        }.GetSignedBytes();
        using SignatureKey key = new(attestationKey);
        EvidenceVerifier.VerifySignature(key, signed, evidence.Signature.Span, findings);
        return null;
    }

    private static TpmsAttest? JudgeQuote(
        ReadOnlyMemory<byte> nonce,
        TpmlPcrSelection selection,
        TpmtPublic attestationKey,
        DeviceRecord device,
        AttestationEvidence evidence,
        FindingList findings)
    {
        QuoteExpectation expectation = new()
        {
            AttestationKey = attestationKey,
            Nonce = nonce,
            PcrSelection = selection,
            QualifiedSigner = device.GetQualifiedSigner(attestationKey),
        };
        using SignatureKey key = new(attestationKey);
        return EvidenceVerifier.VerifyQuote(
            expectation, key, evidence.Attest.Span, evidence.Signature.Span, evidence.PcrValues ?? [], findings);
    }
}
