using HardwareAttestation.Protocol;

namespace HardwareAttestation.EndToEnd.Tests;

/// <summary>What tests say of verdicts.</summary>
internal static class VerdictAssertions
{
    public static void ShouldBeVerified(this Verdict verdict) => verdict.Status.Should().Be(VerdictStatus.Verified, verdict.ToString());

    /// <summary>Refused by exactly these checks, in this order.</summary>
    public static void ShouldBeRefusedBy(this Verdict verdict, params string[] checks)
    {
        verdict.Status.Should().Be(VerdictStatus.Refused);
        verdict.Refusals.Select(finding => finding.Check).Should().Equal(checks, verdict.ToString());
    }
}
