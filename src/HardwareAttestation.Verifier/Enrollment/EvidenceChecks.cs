using HardwareAttestation.Protocol;
using HardwareAttestation.Structures;

namespace HardwareAttestation.Verifier;

/// <summary>Judges the answer to a boot challenge against what was enrolled and what was asked.</summary>
internal static class EvidenceChecks
{
    /// <summary>Records what it finds.</summary>
    /// <returns>What the TPM attested, if a quote was asked for and its signature holds.</returns>
    public static TpmsAttest? Judge(
        PendingChallenge pending,
        AttestationState state,
        DeviceRecord device,
        AttestationEvidence evidence,
        ProtocolPolicy policy,
        PcrPolicy pcrs,
        FindingList findings)
    {
        TpmtPublic attestationKey = device.GetAttestationKey();
        return state.PcrSelection is { } selection
            ? JudgeQuote(state.Nonce, selection, attestationKey, device, evidence, policy, pcrs, findings)
            : JudgeSignature(pending, state, attestationKey, evidence, policy, pcrs, findings);
    }

    private static TpmsAttest? JudgeSignature(
        PendingChallenge pending,
        AttestationState state,
        TpmtPublic attestationKey,
        AttestationEvidence evidence,
        ProtocolPolicy policy,
        PcrPolicy pcrs,
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

        // A verifier with other options may have issued the challenge, over the same stores: what is wanted here of PCRs is not met by saying nothing of them.
        pcrs.Judge([], policy.UnexpectedPcrValues, findings);
        return null;
    }

    private static TpmsAttest? JudgeQuote(
        ReadOnlyMemory<byte> nonce,
        TpmlPcrSelection selection,
        TpmtPublic attestationKey,
        DeviceRecord device,
        AttestationEvidence evidence,
        ProtocolPolicy policy,
        PcrPolicy pcrs,
        FindingList findings)
    {
        QuoteExpectation expectation = new()
        {
            AttestationKey = attestationKey,
            Nonce = nonce,
            PcrSelection = selection,
            QualifiedSigner = device.GetQualifiedSigner(),
        };
        using SignatureKey key = new(attestationKey);
        TpmsAttest? attested = EvidenceVerifier.VerifyQuote(
            expectation, key, evidence.Attest.Span, evidence.Signature.Span, evidence.PcrValues ?? [], findings);
        if (attested is not null && !findings.HasRefusal)
        {
            pcrs.Judge(evidence.PcrValues ?? [], policy.UnexpectedPcrValues, findings);
            ClockCheck.Verify(
                attested.ClockInfo,
                device.LastClockInfo,
                CheckIds.QuoteClock,
                CheckIds.QuoteClockSafe,
                findings,
                policy.OlderBootCounters,
                policy.UnsafeClock);
        }

        return attested;
    }
}
