using Fleet.Agent;

namespace HardwareAttestation.Fleet.Tests.Agent;

public sealed class AgentLoopTests
{
    private static readonly Refused SignatureRefused = new("attestation", [new Refusal("signature.valid", "The signature is not the key's.")]);

    private readonly InstantTime _time = new();
    private readonly StringWriter _log = new();

    [Fact]
    public async Task It_attests_each_period_until_it_is_stopped_which_is_a_success()
    {
        int status = await RunAsync(once: false, new Attested(Enrolled: true), new Attested(Enrolled: false), new Attested(Enrolled: false));

        status.Should().Be(ExitStatus.Done);
        _time.Waits.Should().Equal(TimeSpan.FromHours(1), TimeSpan.FromHours(1), TimeSpan.FromHours(1));
        _log.ToString().Should().StartWith("enrolled and attested as rack1. Next in 60 minutes.").And.EndWith("stopped." + Environment.NewLine);
    }

    [Fact]
    public async Task It_goes_on_after_refusals_and_faults()
    {
        await RunAsync(once: false, SignatureRefused, new TpmFailed("It is gone."), new ServerFailed("It is gone."), new Attested(Enrolled: false));

        _time.Waits.Select(wait => wait.TotalSeconds).Should().Equal(3600, 0.5, 1, 3600);
    }

    [Fact]
    public async Task A_refusal_is_told_with_its_check_its_sentence_and_what_to_do()
    {
        await RunAsync(once: true, SignatureRefused);

        _log.ToString().Should().StartWith("refused at attestation by signature.valid: The signature is not the key's.")
            .And.Contain("what to do: ").And.Contain("allow its re-enrolment").And.Contain("copy of another machine's disk");
    }

    [Fact]
    public async Task Each_check_that_refused_is_told()
    {
        await RunAsync(once: true, new Refused("enrolment", [new Refusal("ek.certificate.chain", "One."), new Refusal("ek.certificate.validity", "Two.")]));

        _log.ToString().Should().Contain("ek.certificate.chain: One.").And.Contain("ek.certificate.validity: Two.").And.Contain("trust the TPM's maker");
    }

    [Theory]
    [InlineData("device.active", "reinstate")]
    [InlineData("enrollment.node-free", "re-enrolment")]
    [InlineData("enrollment.ek-free", "enrolled as another node")]
    [InlineData("enrollment.node", "--node")]
    [InlineData("ek.certificate.trust-class", "software TPMs")]
    [InlineData("quote.pcr-policy", "boot loader")]
    [InlineData("quote.clock", "snapshot")]
    [InlineData("message.version", "up to date")]
    [InlineData("some.new-check", "server's page")]
    public void There_is_advice_for_every_check(string check, string words)
    {
        Advice.For(check).Should().Contain(words);
    }

    [Fact]
    public async Task Once_ends_with_0_when_attested()
    {
        (await RunAsync(once: true, new ServerFailed("It is gone."), new Attested(Enrolled: false))).Should().Be(ExitStatus.Done);
    }

    [Fact]
    public async Task Once_ends_with_1_at_the_first_lasting_refusal()
    {
        (await RunAsync(once: true, SignatureRefused)).Should().Be(ExitStatus.Refused);
        _time.Waits.Should().BeEmpty();
    }

    [Fact]
    public async Task Once_ends_with_1_when_a_passing_refusal_does_not_pass()
    {
        Outcome stale = new Refused("attestation", [new Refusal("challenge.fresh", "Too late.")]);

        (await RunAsync(once: true, stale, stale, stale, stale, stale)).Should().Be(ExitStatus.Refused);
        _time.Waits.Should().HaveCount(AgentLoop.TriesOfOnce - 1);
    }

    [Fact]
    public async Task Once_ends_with_3_when_the_TPM_fails_each_time()
    {
        Outcome failed = new TpmFailed("It is gone.");

        (await RunAsync(once: true, failed, failed, failed, failed, failed)).Should().Be(ExitStatus.TpmFailed);
    }

    [Fact]
    public async Task Once_ends_with_4_when_the_server_is_not_reached_each_time()
    {
        Outcome failed = new ServerFailed("It is gone.");

        (await RunAsync(once: true, failed, failed, failed, failed, failed)).Should().Be(ExitStatus.ServerFailed);
        _time.Waits.Should().HaveCount(AgentLoop.TriesOfOnce - 1);
    }

    [Fact]
    public async Task For_the_journal_each_line_begins_with_its_priority()
    {
        await RunAsync(once: true, withPriorities: true, new ServerFailed("It is gone."), SignatureRefused);

        _log.ToString().Split(Environment.NewLine, StringSplitOptions.RemoveEmptyEntries).Select(line => line[..3]).Should().Equal("<4>", "<3>", "<3>");
    }

    private Task<int> RunAsync(bool once, params Outcome[] outcomes) => RunAsync(once, withPriorities: false, outcomes);

    // When the outcomes are used up, the agent is told to stop.
    private async Task<int> RunAsync(bool once, bool withPriorities, params Outcome[] outcomes)
    {
        using CancellationTokenSource stop = new();
        Queue<Outcome> left = new(outcomes);
        AgentOptions options = new() { Server = new Uri("http://localhost"), Node = "rack1", StateFolder = "unused", Once = once };
        AgentLoop loop = new(options, RoundAsync, new Schedule(options.Period, NextJitter), new Journal(_log, withPriorities), _time);
        return await loop.RunAsync(stop.Token);

        async Task<Outcome> RoundAsync(CancellationToken cancellationToken)
        {
            if (!left.TryDequeue(out Outcome? outcome))
            {
                await stop.CancelAsync();
                cancellationToken.ThrowIfCancellationRequested();
            }

            return outcome!;
        }

        // The period is waited in full, a back-off by half.
        double NextJitter() => IsLasting(outcomes[outcomes.Length - left.Count - 1]) ? 0 : 0.5;
    }

    private static bool IsLasting(Outcome outcome) => outcome is Attested || outcome == SignatureRefused;
}
