using System.Text.Json;
using HardwareAttestation.Protocol;

namespace HardwareAttestation.Abstractions.Tests.Protocol;

public sealed class VerdictTests
{
    private static readonly Finding Passed = new("a", FindingOutcome.Passed, "It is right.");
    private static readonly Finding Flagged = new("b", FindingOutcome.Flagged, "It is odd.");
    private static readonly Finding Refused = new("c", FindingOutcome.Refused, "It is wrong.");

    [Fact]
    public void Checks_of_which_none_refuses_are_a_verified_verdict()
    {
        new Verdict([Passed]).Status.Should().Be(VerdictStatus.Verified);
        new Verdict([Passed, Flagged]).IsVerified.Should().BeTrue();
        new Verdict([Passed]).ToString().Should().Be("verified");
        new Verdict([Passed]).Refusals.Should().BeEmpty();
    }

    [Fact]
    public void Flags_are_named_and_refuse_nothing()
    {
        Verdict verdict = new([Passed, Flagged]);

        verdict.Flags.Should().Equal(Flagged);
        verdict.ToString().Should().Be("verified, flagged (b: It is odd.)");
        new Verdict([Passed, Refused]).Flags.Should().BeEmpty();
    }

    [Fact]
    public void A_verdict_can_be_asked_for_a_refusal_by_its_check()
    {
        Verdict verdict = new([Passed, Refused, Flagged]);

        verdict.IsRefusedBy("c").Should().BeTrue();
        verdict.IsRefusedBy("a").Should().BeFalse("it passed");
        verdict.IsRefusedBy("b").Should().BeFalse("it was flagged");
        verdict.IsRefusedBy("d").Should().BeFalse("it was not made");
    }

    [Fact]
    public void Findings_cannot_be_exchanged_afterwards()
    {
        Finding[] findings = [Passed];
        Verdict verdict = new(findings);
        findings[0] = Refused;

        verdict.Findings.Should().Equal(Passed);
        ((object)verdict.Findings).Should().NotBeAssignableTo<Finding[]>();
    }

    [Fact]
    public void One_refusal_is_enough()
    {
        Verdict verdict = new([Passed, Refused, Flagged]);

        verdict.Status.Should().Be(VerdictStatus.Refused);
        verdict.IsVerified.Should().BeFalse();
        verdict.Refusals.Should().Equal(Refused);
        verdict.Findings.Should().Equal(Passed, Refused, Flagged);
        verdict.ToString().Should().Be("refused (c: It is wrong.)");
    }

    [Fact]
    public void No_checks_are_a_refusal()
    {
        new Verdict([]).Status.Should().Be(VerdictStatus.Refused);
    }

    [Fact]
    public void A_missing_finding_refuses()
    {
        Verdict verdict = new([Passed, null!]);

        verdict.Status.Should().Be(VerdictStatus.Refused);
        verdict.Refusals.Should().ContainSingle().Which.Detail.Should().Be("A finding of the verdict is missing.");
    }

    [Theory]
    [InlineData(3)]
    [InlineData(-1)]
    public void An_outcome_that_is_unknown_refuses(int outcome)
    {
        Finding unknown = new("d", (FindingOutcome)outcome, "It is of a later version.");
        Verdict verdict = new([Passed, unknown]);

        verdict.Status.Should().Be(VerdictStatus.Refused);
        verdict.Refusals.Should().Equal(unknown);
    }

    [Fact]
    public void The_status_does_not_change_with_the_list_that_it_was_made_of()
    {
        List<Finding> findings = [Refused];
        Verdict verdict = new(findings);

        findings[0] = Passed;

        verdict.Status.Should().Be(VerdictStatus.Refused);
        verdict.Findings.Should().Equal(Refused);
    }

    [Theory]
    [InlineData("""{"status":"verified","findings":[]}""")]
    [InlineData("""{"status":"verified","findings":[null]}""")]
    [InlineData("""{"status":"verified","findings":[{"check":"a","outcome":"passed","detail":"d"},null]}""")]
    [InlineData("""{"findings":[{"check":"a","outcome":"refused","detail":"d"}],"status":"verified"}""")]
    [InlineData("""{"status":"verified","isVerified":true,"refusals":[],"findings":[{"check":"a","outcome":"refused","detail":"d"}]}""")]
    [InlineData("""{"status":"verified","findings":[{"check":"a","outcome":"passed, flagged","detail":"d"}]}""")]
    public void The_status_is_computed_and_not_read(string json)
    {
        Verdict verdict = JsonSerializer.Deserialize(json, ProtocolJson.Verdict)!;

        verdict.Status.Should().Be(VerdictStatus.Refused);
        verdict.IsVerified.Should().BeFalse();
    }

    [Fact]
    public void The_status_is_computed_also_for_the_better()
    {
        JsonSerializer.Deserialize(
            """{"status":"refused","findings":[{"check":"a","outcome":"passed","detail":"d"}]}""", ProtocolJson.Verdict)!
            .Status.Should().Be(VerdictStatus.Verified);
    }

    [Theory]
    [InlineData("99")]
    [InlineData("-1")]
    [InlineData("2")]
    [InlineData("\"99\"")]
    [InlineData("\"2\"")]
    [InlineData("\"Passed\"")]
    [InlineData("\"\"")]
    [InlineData("\"later\"")]
    [InlineData("null")]
    public void An_outcome_that_is_not_a_word_of_the_protocol_is_refused(string outcome)
    {
        string json = $$"""{"findings":[{"check":"a","outcome":{{outcome}},"detail":"d"}]}""";
        Action read = () => JsonSerializer.Deserialize(json, ProtocolJson.Verdict);

        read.Should().Throw<JsonException>();
    }

    [Theory]
    [InlineData("""{"findings":[{"outcome":"passed","detail":"d"}]}""")]
    [InlineData("""{"findings":[{"check":"a","detail":"d"}]}""")]
    [InlineData("""{"findings":[{"check":"a","outcome":"passed"}]}""")]
    [InlineData("""{"findings":[{"check":null,"outcome":"passed","detail":"d"}]}""")]
    [InlineData("""{"findings":[{"check":"a","outcome":"passed","detail":null}]}""")]
    [InlineData("""{"findings":[{"check":"a","outcome":"passed","outcome":"passed","detail":"d"}]}""")]
    [InlineData("""{"findings":null}""")]
    [InlineData("""{"status":"verified"}""")]
    public void A_finding_that_lacks_something_is_refused(string json)
    {
        json.Invoking(text => JsonSerializer.Deserialize(text, ProtocolJson.Verdict)).Should().Throw<JsonException>();
    }

    [Fact]
    public void A_finding_is_a_line_of_text()
    {
        Passed.ToString().Should().Be("passed a: It is right.");
        Flagged.ToString().Should().Be("flagged b: It is odd.");
        Refused.ToString().Should().Be("refused c: It is wrong.");
        new Finding("d", (FindingOutcome)7, "x").ToString().Should().Be("refused d: x");
    }
}
