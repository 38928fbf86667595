using HardwareAttestation.Protocol;
using HardwareAttestation.Structures;
using HardwareAttestation.Wire;

namespace HardwareAttestation.Verifier;

/// <summary>Judges the answer to a boot challenge against what was enrolled and what was asked.</summary>
internal static class EvidenceChecks
{
    /// <summary>Records what it finds.</summary>
    /// <returns>What the TPM attested, if a quote was asked for and its signature holds.</returns>
    public static TpmsAttest? Judge(
        PendingChallenge pending, AttestationState state, DeviceRecord device, AttestationEvidence evidence, FindingList findings)
    {
        TpmtPublic attestationKey = TpmWire.Parse<TpmtPublic>(device.AttestationPublic.Span);
        bool sameKey = findings.Check(
            CheckIds.DeviceUnchanged,
            attestationKey.ComputeName().Bytes.Span.SequenceEqual(state.AttestationKeyName.Span),
            "The node has the same device as when it was challenged.",
            "The node was given another device after it was challenged: challenge it again.");
        if (!sameKey)
        {
            return null;
        }

        return state.PcrSelection is { } selection
            ? JudgeQuote(state.Nonce, selection, attestationKey, device, evidence, findings)
            : JudgeSignature(pending, state, attestationKey, evidence, findings);
    }

    private static TpmsAttest? JudgeSignature(
        PendingChallenge pending, AttestationState state, TpmtPublic attestationKey, AttestationEvidence evidence, FindingList findings)
    {
        byte[] signed = new AttestationChallenge
        {
            ChallengeId = pending.ChallengeId,
            NodeId = pending.NodeId,
            Nonce = state.Nonce,
            ExpiresAt = pending.ExpiresAt,
        }.GetSignedBytes();
        EvidenceVerifier.VerifySignature(attestationKey, signed, evidence.Signature.Span, findings);
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
            QualifiedSigner = QualifiedName.Of(
                attestationKey,
                TpmWire.Parse<TpmtPublic>(device.EndorsementPublic.Span),
                device.StorageParentPublic.IsEmpty ? null : TpmWire.Parse<TpmtPublic>(device.StorageParentPublic.Span)),
        };
        TpmsAttest? attested = EvidenceVerifier.VerifyQuote(
            expectation, evidence.Attest.Span, evidence.Signature.Span, evidence.PcrValues ?? [], findings);
        if (attested is not null && !findings.HasRefusal)
        {
            JudgeClock(attested.ClockInfo, device.LastClockInfo, findings);
        }

        return attested;
    }

    // resetCount first: restartCount begins anew with each TPM Reset, and the clock alone may be set back to its last saved value by a power cut.
    private static void JudgeClock(TpmsClockInfo clock, TpmsClockInfo? last, FindingList findings)
    {
        bool older = last is { } before
            && (clock.ResetCount, clock.RestartCount, clock.Clock).CompareTo((before.ResetCount, before.RestartCount, before.Clock)) < 0;
        findings.Check(
            CheckIds.QuoteClock,
            !older,
            $"The TPM's boot counters went forward: reset {clock.ResetCount}, restart {clock.RestartCount}, clock {clock.Clock} ms.",
            $"The TPM's boot counters went back, from reset {last?.ResetCount}, restart {last?.RestartCount}, clock {last?.Clock} ms "
                + $"to {clock.ResetCount}, {clock.RestartCount}, {clock.Clock} ms: this is an older quote, or the TPM was cleared.");
        if (!clock.Safe)
        {
            findings.Flag(CheckIds.QuoteClockSafe, "The TPM lost power without TPM2_Shutdown: its clock may have gone back.");
        }
    }
}
