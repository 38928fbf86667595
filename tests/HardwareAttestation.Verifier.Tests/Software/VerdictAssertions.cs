using HardwareAttestation.Protocol;

namespace HardwareAttestation.Verifier.Tests;

/// <summary>What tests say of verdicts.</summary>
internal static class VerdictAssertions
{
    public static void ShouldBeVerified(this Verdict verdict) =>
        verdict.Status.Should().Be(VerdictStatus.Verified, verdict.ToString());

    /// <summary>The verdict refuses, and for exactly these reasons.</summary>
    public static void ShouldBeRefusedBy(this Verdict verdict, params string[] checks)
    {
        verdict.Status.Should().Be(VerdictStatus.Refused);
        verdict.Refusals.Select(finding => finding.Check).Should().BeEquivalentTo(checks, verdict.ToString());
        verdict.Refusals.Should().OnlyContain(finding => finding.Detail.Length > 0, "a refusal says why");
    }

    /// <summary>What a check came to, which the verdict has once.</summary>
    public static FindingOutcome OutcomeOf(this Verdict verdict, string check) =>
        verdict.Findings.Should().ContainSingle(finding => finding.Check == check, verdict.ToString()).Which.Outcome;
}
