using System.Reflection;
using HardwareAttestation.Protocol;

namespace HardwareAttestation.Verifier.Tests.Checks;

/// <summary>
/// For every check there is something that this check alone refuses, or flags: without the check, it would pass. So each of them is needed, and none stands in the shadow of
/// others.
/// </summary>
public sealed class NoCheckIsDeadTests
{
    private static readonly Dictionary<string, Func<Task<Verdict>>> Scenarios = CertificateScenarios.Table
        .Concat(EnrollmentScenarios.Table)
        .Concat(EvidenceScenarios.Table)
        .ToDictionary();

    /// <summary>The checks that only ever flag.</summary>
    private static readonly string[] OnlyFlags = [CheckIds.EkCertificateIdentity, CheckIds.AttestationClockSafe, CheckIds.TimeClockSafe];

    /// <summary>Where another check cannot but flag, too. It would let it pass.</summary>
    private static readonly Dictionary<string, string> AlsoFlagged = new()
    {
        // Without a chain, a certificate's word for what kind of TPM it is counts for nothing.
        [CheckIds.EkCertificateChain] = CheckIds.EkCertificateTrustClass,

        // A certified key is looked at in the chain as well: so there is none.
        [CheckIds.EkPublicWeakKey] = CheckIds.EkCertificatePresent,
    };

    public static TheoryData<string> Ids => [.. typeof(CheckIds)
        .GetFields(BindingFlags.Static | BindingFlags.Public)
        .Select(id => (string)id.GetRawConstantValue()!)];

    [Theory]
    [MemberData(nameof(Ids))]
    public async Task Something_is_refused_or_flagged_by_this_check_alone(string check)
    {
        Scenarios.Should().ContainKey(check, "each check needs a scenario in which it is the only one to object");

        Verdict verdict = await Scenarios[check]();

        Finding[] objections = [.. verdict.Findings.Where(finding => finding.Outcome != FindingOutcome.Passed)];
        FindingOutcome expected = OnlyFlags.Contains(check) ? FindingOutcome.Flagged : FindingOutcome.Refused;
        objections.Should().ContainSingle(finding => finding.Check == check, verdict.ToString()).Which.Outcome.Should().Be(expected);
        verdict.IsVerified.Should().Be(expected == FindingOutcome.Flagged);
        IEnumerable<Finding> others = objections.Where(finding => finding.Check != check);
        if (AlsoFlagged.TryGetValue(check, out string? other))
        {
            others.Should().ContainSingle().Which.Should().Match<Finding>(finding => finding.Check == other && finding.Outcome == FindingOutcome.Flagged);
        }
        else
        {
            others.Should().BeEmpty(verdict.ToString());
        }
    }

    // Otherwise a scenario could be refused for what is wrong with all of them.
    [Fact]
    public async Task Nothing_is_refused_or_flagged_where_everything_is_right()
    {
        using SpotlessFleet fleet = new();
        SoftwareTpm tpm = fleet.CreateTpm();
        EnrollmentOffer offer = await fleet.Verifier.BeginEnrollmentAsync(tpm.Ask(SpotlessFleet.Node));
        Verdict completed = await fleet.CompleteAsync(tpm, offer.Challenge!);
        ChallengeOffer boot = await fleet.Verifier.CreateChallengeAsync(SpotlessFleet.Node);
        Verdict verified = await fleet.VerifyAsync(tpm.Answer(boot.Challenge!));

        foreach (Verdict verdict in new[] { offer.Verdict, completed, boot.Verdict, verified })
        {
            verdict.Findings.Should().NotBeEmpty().And.OnlyContain(finding => finding.Outcome == FindingOutcome.Passed);
            verdict.Findings.Select(finding => finding.Check).Should().OnlyHaveUniqueItems("nothing is judged twice");
        }
    }
}
