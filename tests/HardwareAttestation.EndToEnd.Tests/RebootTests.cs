using HardwareAttestation.Client;
using HardwareAttestation.Emulation;
using HardwareAttestation.Protocol;
using HardwareAttestation.Structures;
using HardwareAttestation.Verifier;

namespace HardwareAttestation.EndToEnd.Tests;

/// <summary>Machines that reboot, lose their power, and are copied.</summary>
public sealed class RebootTests
{
    public static TheoryData<string> StepsOfTheFlow => [.. Flow.Steps];

    [Theory]
    [InlineData("L-1")]
    [InlineData("H-3")]
    public async Task An_enrolment_challenge_is_still_opened_after_a_reboot(string template)
    {
        AttestationVerifier verifier = await TestFleet.CreateVerifierAsync();
        await using Agent machine = await Agent.StartAsync();
        (AttestationKey before, EnrollmentRequest request) = await machine.CreateRequestAsync(template: EndorsementKeyTemplate.Parse(template));
        CredentialChallenge challenge = (await verifier.BeginEnrollmentAsync(request)).Challenge!;

        await machine.RebootAsync();
        await using AttestationKey after = await machine.Client.LoadAttestationKeyAsync(TpmKeyBlob.Parse(before.Blob.ToArray()));
        EnrollmentResult result = await verifier.CompleteEnrollmentAsync(await after.RespondAsync(challenge, TestFleet.Node));

        result.Verdict.ShouldBeVerified();
        after.Name.Should().Be(before.Name);
    }

    [Theory]
    [MemberData(nameof(StepsOfTheFlow))]
    public async Task An_agent_carries_on_when_the_power_was_cut_after(string step)
    {
        Flow flow = new(await TestFleet.CreateVerifierAsync());
        await using Agent machine = await Agent.StartAsync();
        foreach (string next in Flow.Steps)
        {
            await flow.DoAsync(next, machine);
            if (next == step)
            {
                await machine.CutPowerAsync();
            }
        }

        flow.Result!.Verdict.ShouldBeVerified();
        (await TestFleet.AttestAsync(flow.Verifier, machine.Client, flow.Blob!)).Verdict.ShouldBeVerified();
    }

    [Fact]
    public async Task An_agent_attests_again_after_a_power_cut_at_any_command_of_its_attestation()
    {
        AttestationVerifier verifier = await TestFleet.CreateVerifierAsync();
        await using Agent machine = await Agent.StartAsync();
        TpmKeyBlob blob = await machine.EnrollAsync(verifier);
        int commandsCut = 0;
        bool cut = true;
        for (int command = 1; cut; command++)
        {
            cut = false;
            machine.Device.Forget();
            machine.Device.BeforeSending = async number =>
            {
                if (number == command)
                {
                    cut = true;
                    await machine.Machine.PowerOffAsync();
                }
            };
            try
            {
                // A cut during the last command, which is a flush, comes too late to matter. A simulator is powered on by the very next command: if the
                // one that was cut was a flush, whose failure is not told, it is that command that finds the key gone.
                (await TestFleet.AttestAsync(verifier, machine.Client, blob)).Verdict.ShouldBeVerified();
            }
            catch (HardwareAttestationException exception) when (cut && exception is (TpmDeviceException or TpmKeyException))
            {
                commandsCut++;
            }

            machine.Device.Forget();
            if (cut)
            {
                await machine.CutPowerAsync();
            }

            (await TestFleet.AttestAsync(verifier, machine.Client, blob)).Verdict.ShouldBeVerified();
            (await RawTpm.ListHandlesAsync(machine.Device.Inner)).Should().BeEmpty();
        }

        commandsCut.Should().BeGreaterThan(5, "loading and quoting are more than five commands");
    }

    [Fact]
    public async Task Each_boot_counts_and_a_power_cut_is_flagged()
    {
        AttestationVerifier verifier = await TestFleet.CreateVerifierAsync();

        // How long the clock stays unsafe after a cut is the TPM's own affair: an hour on swtpm, four seconds on Microsoft's simulator.
        await using Agent machine = Agent.On(await SharedMachines.CreateMachineAsync());
        TpmKeyBlob blob = await machine.EnrollAsync(verifier);
        TpmsClockInfo first = await ClockAsync(verifier, machine, blob);

        await machine.RebootAsync();
        TpmsClockInfo second = await ClockAsync(verifier, machine, blob);
        await machine.CutPowerAsync();
        AttestationResult afterCut = await TestFleet.AttestAsync(verifier, machine.Client, blob);
        await machine.RebootAsync();
        TpmsClockInfo last = await ClockAsync(verifier, machine, blob);

        second.ResetCount.Should().Be(first.ResetCount + 1);
        second.Safe.Should().BeTrue();
        afterCut.Verdict.ShouldBeVerified();
        afterCut.Verdict.Findings.Should().ContainSingle(finding => finding.Check == "quote.clock-safe" && finding.Outcome == FindingOutcome.Flagged);
        afterCut.Attested!.ClockInfo.ResetCount.Should().Be(first.ResetCount + 2);
        last.ResetCount.Should().Be(first.ResetCount + 3);
        new[] { first, second, last }.Should().AllSatisfy(clock => clock.RestartCount.Should().Be(0));
    }

    [Fact]
    public async Task A21_A_copy_of_an_earlier_state_of_the_machine_is_refused()
    {
        AttestationVerifier verifier = await TestFleet.CreateVerifierAsync();
        EmulatedMachine original = await SharedMachines.CreateMachineAsync();
        await using Agent machine = Agent.On(original);
        TpmKeyBlob blob = await machine.EnrollAsync(verifier);
        await using Agent copy = await CopyAsync(machine, original);
        await machine.RebootAsync();
        (await TestFleet.AttestAsync(verifier, machine.Client, blob)).Verdict.ShouldBeVerified();

        AttestationResult result = await TestFleet.AttestAsync(verifier, copy.Client, blob);

        result.Verdict.ShouldBeRefusedBy("quote.clock");
        result.Attested.Should().BeNull();
    }

    /// <summary>
    /// What attestation cannot tell, and what it can: with all that the TPM holds, a copy is the machine. No hardware TPM can be copied so. But two of one kind
    /// cannot both go on, since the one whose counters are behind is refused.
    /// </summary>
    [Fact]
    public async Task A21_A_copy_with_the_TPM_itself_is_taken_for_the_machine_until_both_attest()
    {
        AttestationVerifier verifier = await TestFleet.CreateVerifierAsync();
        EmulatedMachine original = await SharedMachines.CreateMachineAsync();
        await using Agent machine = Agent.On(original);
        TpmKeyBlob blob = await machine.EnrollAsync(verifier);
        await using Agent copy = await CopyAsync(machine, original);
        await copy.RebootAsync();

        (await TestFleet.AttestAsync(verifier, copy.Client, blob)).Verdict.ShouldBeVerified();

        (await TestFleet.AttestAsync(verifier, machine.Client, blob)).Verdict.ShouldBeRefusedBy("quote.clock");
    }

    [Fact]
    public async Task A_copy_of_the_disk_alone_is_of_no_use()
    {
        AttestationVerifier verifier = await TestFleet.CreateVerifierAsync();
        await using Agent machine = await Agent.StartAsync();
        await using Agent other = await Agent.StartOtherAsync();
        byte[] disk = (await machine.EnrollAsync(verifier)).ToArray();

        Func<Task> attest = () => TestFleet.AttestAsync(verifier, other.Client, TpmKeyBlob.Parse(disk));

        await attest.Should().ThrowAsync<TpmKeyException>();
    }

    [Fact]
    public async Task A_key_from_before_a_power_cut_is_loaded_again_and_leaves_the_keys_after_it_alone()
    {
        await using Agent machine = Agent.On(await SharedMachines.CreateMachineAsync());
        (AttestationKey old, _) = await machine.CreateRequestAsync();
        (AttestationKey other, _) = await machine.CreateRequestAsync();
        await machine.Machine.PowerCycleAsync();
        Func<Task> whileBroken = () => machine.Client.LoadAttestationKeyAsync(other.Blob);
        await whileBroken.Should().ThrowAsync<TpmDeviceException>();

        // The TPM gives the new key the handle that the old one had.
        await using AttestationKey loaded = await machine.Client.LoadAttestationKeyAsync(other.Blob);
        await SignsAsync(old);
        await old.DisposeAsync();
        await other.DisposeAsync();

        await SignsAsync(loaded);
        await loaded.DisposeAsync();
        (await RawTpm.ListHandlesAsync(machine.Device.Inner)).Should().BeEmpty();
    }

    [Fact]
    public async Task A_key_of_a_machine_whose_TPM_was_exchanged_is_not_used_any_more()
    {
        await using Agent machine = await Agent.StartAsync();
        await using Agent other = await Agent.StartOtherAsync();
        ExchangeableDevice device = new(machine.Device.Inner);
        await using AttestationClient client = new(device);
        await using AttestationKey key = await client.CreateAttestationKeyAsync(await client.GetEndorsementKeyAsync());

        device.ExchangeFor(other.Device.Inner);
        Func<Task> sign = () => key.SignAsync(new byte[1]);

        await sign.Should().ThrowAsync<TpmDeviceException>("the link failed when the TPM was exchanged");
        (await sign.Should().ThrowAsync<TpmKeyException>()).WithMessage("*another machine*");
        (await RawTpm.ListHandlesAsync(other.Device.Inner)).Should().BeEmpty();
    }

    private static async Task SignsAsync(AttestationKey key)
    {
        byte[] signature = (await key.SignAsync(new byte[32])).Encode();
        EvidenceVerifier.VerifySignature(key.Public, new byte[32], signature).ShouldBeVerified();
    }

    private static async Task<TpmsClockInfo> ClockAsync(AttestationVerifier verifier, Agent machine, TpmKeyBlob blob)
    {
        AttestationResult result = await TestFleet.AttestAsync(verifier, machine.Client, blob);
        result.Verdict.ShouldBeVerified();
        return result.Attested!.ClockInfo;
    }

    /// <summary>Copies a machine that is shut down for it, and powers both on.</summary>
    private static async Task<Agent> CopyAsync(Agent machine, EmulatedMachine original)
    {
        await machine.StopAsync();
        await original.ShutDownAsync();
        EmulatedMachine copy = original.Clone("copy");
        try
        {
            await original.PowerOnAsync();
            machine.Start();
            await copy.PowerOnAsync();
            return Agent.On(copy);
        }
        catch
        {
            await copy.DisposeAsync();
            throw;
        }
    }

    /// <summary>A device whose TPM can be exchanged, which its next command notices by failing.</summary>
    private sealed class ExchangeableDevice(ITpmDevice inner) : ITpmDevice
    {
        private ITpmDevice _inner = inner;
        private bool _fails;

        public string Name => _inner.Name;

        public bool HasResourceManager => _inner.HasResourceManager;

        public void ExchangeFor(ITpmDevice other) => (_inner, _fails) = (other, true);

        public ValueTask<int> ExecuteAsync(ReadOnlyMemory<byte> command, Memory<byte> response, CancellationToken cancellationToken = default)
        {
            bool fails = _fails;
            _fails = false;
            return fails ? throw new TpmDeviceException(Name, "the link failed.") : _inner.ExecuteAsync(command, response, cancellationToken);
        }

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }

    /// <summary>Enrolment and a boot in steps, between which only what is on disk and on the way survives.</summary>
    private sealed class Flow(AttestationVerifier verifier)
    {
        private EnrollmentRequest? _request;
        private CredentialChallenge? _credential;
        private CredentialResponse? _secret;
        private AttestationChallenge? _challenge;
        private AttestationEvidence? _evidence;

        public static string[] Steps { get; } =
        [
            "creating the key", "beginning to enrol", "opening the credential", "completing", "asking for a challenge", "answering it", "being verified",
        ];

        public AttestationVerifier Verifier => verifier;

        public TpmKeyBlob? Blob { get; private set; }

        public AttestationResult? Result { get; private set; }

        public async Task DoAsync(string step, Agent machine)
        {
            switch (Array.IndexOf(Steps, step))
            {
                case 0:
                    (AttestationKey created, _request) = await machine.CreateRequestAsync();
                    Blob = created.Blob;
                    break;
                case 1:
                    _credential = (await verifier.BeginEnrollmentAsync(_request!)).Challenge!;
                    break;
                case 2:
                    await using (AttestationKey key = await machine.Client.LoadAttestationKeyAsync(Blob!))
                    {
                        _secret = await key.RespondAsync(_credential!, TestFleet.Node);
                    }

                    break;
                case 3:
                    (await verifier.CompleteEnrollmentAsync(_secret!)).Verdict.ShouldBeVerified();
                    break;
                case 4:
                    _challenge = (await verifier.CreateChallengeAsync(TestFleet.Node)).Challenge!;
                    break;
                case 5:
                    _evidence = await machine.RespondAsync(Blob!, _challenge!);
                    break;
                default:
                    Result = await verifier.VerifyAsync(_evidence!);
                    break;
            }
        }
    }
}
