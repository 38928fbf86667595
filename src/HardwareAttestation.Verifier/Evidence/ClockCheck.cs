using HardwareAttestation.Structures;

namespace HardwareAttestation.Verifier;

/// <summary>Judges whether a TPM's clock and boot counters went forward since they were last seen.</summary>
internal static class ClockCheck
{
    // resetCount first: restartCount begins anew with each TPM Reset, and the clock alone may be set back to its last saved value by a power cut.
    public static void Verify(
        TpmsClockInfo clock,
        TpmsClockInfo? last,
        string clockCheck,
        string safeCheck,
        FindingList findings,
        PolicyAction older = PolicyAction.Refuse,
        PolicyAction unsafeClock = PolicyAction.Flag)
    {
        bool wentBack = last is { } before
            && (clock.ResetCount, clock.RestartCount, clock.Clock).CompareTo((before.ResetCount, before.RestartCount, before.Clock)) < 0;
        findings.Check(
            clockCheck,
            !wentBack,
            older,
            $"The TPM's boot counters went forward: reset {clock.ResetCount}, restart {clock.RestartCount}, clock {clock.Clock} ms.",
            $"The TPM's boot counters went back, from reset {last?.ResetCount}, restart {last?.RestartCount}, clock {last?.Clock} ms "
                + $"to {clock.ResetCount}, {clock.RestartCount}, {clock.Clock} ms: this is an older attestation, or the TPM was cleared.");
        if (!clock.Safe)
        {
            findings.Check(
                safeCheck, satisfied: false, unsafeClock, string.Empty, "The TPM lost power without TPM2_Shutdown: its clock may have gone back.");
        }
    }
}
