using HardwareAttestation.Client;
using HardwareAttestation.Emulation;
using HardwareAttestation.Protocol;
using HardwareAttestation.Structures;
using HardwareAttestation.Verifier;
using HardwareAttestation.Wire;

namespace HardwareAttestation.EndToEnd.Tests;

/// <summary>Who tries to be enrolled as a machine that he is not. The names begin with the attack's number in the list of attacks.</summary>
public sealed class EnrollmentAttackTests
{
    [Fact]
    public async Task A05_The_blob_of_another_machine_is_not_loaded_by_the_client()
    {
        await using Agent owner = await Agent.StartAsync();
        await using Agent thief = await Agent.StartOtherAsync();
        TpmKeyBlob stolen = await CreateBlobAsync(owner);

        Func<Task> load = () => thief.Client.LoadAttestationKeyAsync(stolen);

        (await load.Should().ThrowAsync<TpmKeyException>()).WithMessage("*another L-1 endorsement key*enrol the machine again*");
        (await RawTpm.ListHandlesAsync(thief.Device.Inner)).Should().BeEmpty();
    }

    [Theory]
    [InlineData("L-1")]
    [InlineData("L-2")]
    [InlineData("H-3")]
    public async Task A05_The_blob_of_another_machine_is_not_loaded_by_the_TPM(string template)
    {
        await using Agent owner = await Agent.StartAsync();
        await using Agent thief = await Agent.StartOtherAsync();
        TpmKeyBlob stolen = await CreateBlobAsync(owner, EndorsementKeyTemplate.Parse(template));
        EndorsementKey endorsementKey = await thief.Client.GetEndorsementKeyAsync(stolen.EndorsementTemplate);
        TpmKeyBlob rewritten = new(stolen.EndorsementTemplate, endorsementKey.Name, stolen.Public, stolen.Private.Span);

        Func<Task> load = () => thief.Client.LoadAttestationKeyAsync(rewritten);

        TpmCommandException refusal = (await load.Should().ThrowAsync<TpmKeyException>())
            .Which.InnerException.Should().BeOfType<TpmCommandException>().Subject;
        refusal.Command.Should().Be(TpmCommandCode.Load);
        refusal.ResponseCode.Error.Should().Be(TpmRc.Integrity);
        (await RawTpm.ListHandlesAsync(thief.Device.Inner)).Should().BeEmpty();
    }

    [Fact]
    public async Task A05_An_attestation_key_of_another_machine_opens_no_credential_on_either()
    {
        AttestationVerifier verifier = await TestFleet.CreateVerifierAsync();
        await using Agent machine = await Agent.StartAsync();
        await using Agent other = await Agent.StartOtherAsync();
        (AttestationKey ownKey, EnrollmentRequest own) = await machine.CreateRequestAsync();
        (AttestationKey otherKey, EnrollmentRequest others) = await other.CreateRequestAsync();
        EnrollmentOffer offer = await verifier.BeginEnrollmentAsync(new EnrollmentRequest
        {
            NodeId = TestFleet.Node,
            EndorsementCertificate = own.EndorsementCertificate,
            EndorsementPublic = own.EndorsementPublic,
            AttestationPublic = others.AttestationPublic,
        });
        offer.Verdict.ShouldBeVerified();

        // Nothing shows yet that the two keys are of two machines. The TPM with the endorsement key has another attestation key,
        await IsRefusedAsync(() => ownKey.RespondAsync(offer.Challenge!, TestFleet.Node), TpmRc.Integrity);

        // and the TPM with the attestation key has another endorsement key: its RSA decryption gives nonsense, which TPMs tell by different codes.
        TpmCommandException refusal = await IsRefusedAsync(
            () => otherKey.RespondAsync(offer.Challenge!, TestFleet.Node), TpmRc.Value, TpmRc.Size, TpmRc.Failure);
        refusal.Message.Should().Contain("another endorsement key");
        await otherKey.SignAsync(new byte[1]);
    }

    [Fact]
    public async Task A05_A_credential_for_another_endorsement_key_on_a_curve_is_refused_by_the_TPM()
    {
        await using Agent machine = await Agent.StartAsync();
        await using Agent other = await Agent.StartOtherAsync();
        EndorsementKey endorsementKey = await machine.Client.GetEndorsementKeyAsync(EndorsementKeyTemplate.H3);
        (AttestationKey otherKey, _) = await other.CreateRequestAsync(template: EndorsementKeyTemplate.H3);
        Credential credential = CredentialMaker.MakeCredential(endorsementKey.Public, otherKey.Name, new byte[32]);

        await IsRefusedAsync(() => otherKey.ActivateCredentialAsync(credential.CredentialBlob, credential.EncryptedSecret), TpmRc.Integrity);
    }

    [Fact]
    public async Task A05_The_keys_of_two_challenges_are_not_mixed()
    {
        AttestationVerifier verifier = await TestFleet.CreateVerifierAsync();
        await using Agent machine = await Agent.StartAsync();
        (AttestationKey first, EnrollmentRequest firstRequest) = await machine.CreateRequestAsync();
        (AttestationKey second, EnrollmentRequest secondRequest) = await machine.CreateRequestAsync();
        CredentialChallenge forFirst = (await verifier.BeginEnrollmentAsync(firstRequest)).Challenge!;
        CredentialChallenge forSecond = (await verifier.BeginEnrollmentAsync(secondRequest)).Challenge!;

        await IsRefusedAsync(() => second.RespondAsync(forFirst, TestFleet.Node), TpmRc.Integrity);
        CredentialResponse answer = await first.RespondAsync(forFirst, TestFleet.Node);
        EnrollmentResult mixed = await verifier.CompleteEnrollmentAsync(
            new CredentialResponse { ChallengeId = forSecond.ChallengeId, Proof = answer.Proof });

        mixed.Verdict.ShouldBeRefusedBy("credential.secret");
        EnrollmentResult result = await verifier.CompleteEnrollmentAsync(answer);
        result.Verdict.ShouldBeVerified();
        result.Device!.AttestationPublic.ToArray().Should().Equal(first.Public.Encoded.ToArray());
    }

    [Fact]
    public async Task A06_A_key_in_software_is_offered_a_challenge_and_cannot_open_it()
    {
        AttestationVerifier verifier = await TestFleet.CreateVerifierAsync();
        await using Agent machine = await Agent.StartAsync();
        (AttestationKey real, EnrollmentRequest request) = await machine.CreateRequestAsync(template: EndorsementKeyTemplate.H3);
        using SoftwareKey software = new(real.Blob);
        EnrollmentOffer offer = await verifier.BeginEnrollmentAsync(new EnrollmentRequest
        {
            NodeId = TestFleet.Node,
            EndorsementCertificate = request.EndorsementCertificate,
            EndorsementPublic = request.EndorsementPublic,
            AttestationPublic = software.Public.EncodeSized(),
        });
        offer.Verdict.ShouldBeVerified();

        await IsRefusedAsync(() => real.RespondAsync(offer.Challenge!, TestFleet.Node), TpmRc.Integrity);

        // The TPM can be given the public area, so that the Name is right; but it lets nobody act for a key whose private part it does not have.
        TpmHandle persistent = new(0x81010016);
        TpmHandle external = await RawTpm.LoadPublicAsync(machine.Device.Inner, software.Public);
        await IsRefusedAsync(
            () => RawTpm.ActivateCredentialAsync(
                machine.Device.Inner, external, persistent, offer.Challenge!.CredentialBlob, offer.Challenge.EncryptedSecret),
            TpmRc.AuthUnavailable);
        await RawTpm.FlushAsync(machine.Device.Inner, external.Value);
    }

    [Fact]
    public async Task A06_A_wrong_secret_burns_its_challenge()
    {
        AttestationVerifier verifier = await TestFleet.CreateVerifierAsync();
        await using Agent machine = await Agent.StartAsync();
        (AttestationKey key, EnrollmentRequest request) = await machine.CreateRequestAsync();
        foreach (Func<byte[], byte[]> spoil in (Func<byte[], byte[]>[])[Flip, proof => proof[..^1], proof => [.. proof, 0], _ => []])
        {
            CredentialChallenge challenge = (await verifier.BeginEnrollmentAsync(request)).Challenge!;
            CredentialResponse right = await key.RespondAsync(challenge, TestFleet.Node);
            CredentialResponse wrong = new() { ChallengeId = challenge.ChallengeId, Proof = spoil(right.Proof.ToArray()) };

            EnrollmentResult refused = await verifier.CompleteEnrollmentAsync(wrong);
            refused.Verdict.ShouldBeRefusedBy("credential.secret");
            refused.Device.Should().BeNull();
            (await verifier.CompleteEnrollmentAsync(right)).Verdict.ShouldBeRefusedBy("challenge.known");
        }

        (await verifier.CreateChallengeAsync(TestFleet.Node)).Verdict.ShouldBeRefusedBy("device.enrolled");
    }

    [Fact]
    public async Task A05_A_server_in_the_middle_cannot_enrol_a_machine_under_another_name()
    {
        AttestationVerifier verifier = await TestFleet.CreateVerifierAsync();
        await using Agent machine = await Agent.StartAsync();
        (AttestationKey key, EnrollmentRequest request) = await machine.CreateRequestAsync();
        EnrollmentRequest renamed = new()
        {
            NodeId = "another-node",
            EndorsementCertificate = request.EndorsementCertificate,
            EndorsementPublic = request.EndorsementPublic,
            AttestationPublic = request.AttestationPublic,
        };
        EnrollmentOffer offer = await verifier.BeginEnrollmentAsync(renamed);
        offer.Verdict.ShouldBeVerified();

        EnrollmentResult result = await verifier.CompleteEnrollmentAsync(await key.RespondAsync(offer.Challenge!, TestFleet.Node));

        result.Verdict.ShouldBeRefusedBy("credential.secret");
    }

    [Fact]
    public async Task A06_An_enrolment_challenge_that_has_expired_is_refused()
    {
        ManualTime time = new();
        AttestationVerifierOptions options = await TestFleet.CreateOptionsAsync();
        AttestationVerifier forgetful = new(options, timeProvider: time);

        // A store whose clock stands still keeps what has expired: then it is the verifier who notices.
        AttestationVerifier unforgetful = new(options, challenges: new InMemoryChallengeStore(timeProvider: new ManualTime()), timeProvider: time);
        await using Agent machine = await Agent.StartAsync();
        (AttestationKey key, EnrollmentRequest request) = await machine.CreateRequestAsync();
        CredentialResponse first = await key.RespondAsync((await forgetful.BeginEnrollmentAsync(request)).Challenge!, TestFleet.Node);
        CredentialResponse second = await key.RespondAsync((await unforgetful.BeginEnrollmentAsync(request)).Challenge!, TestFleet.Node);

        time.Advance(options.EnrollmentChallengeLifetime);

        (await forgetful.CompleteEnrollmentAsync(first)).Verdict.ShouldBeRefusedBy("challenge.known");
        (await unforgetful.CompleteEnrollmentAsync(second)).Verdict.ShouldBeRefusedBy("challenge.fresh");
    }

    [Fact]
    public async Task A28_A_machine_of_an_unknown_manufacturer_is_refused()
    {
        AttestationVerifier verifier = await TestFleet.CreateVerifierAsync();
        await using TpmManufacturer unknown = await TpmManufacturer.CreateAsync();
        EmulatedMachine foreign = await unknown.ManufactureAsync("machine-c");
        await using Agent machine = await StartAsync(foreign);
        (_, EnrollmentRequest request) = await machine.CreateRequestAsync();

        EnrollmentOffer offer = await verifier.BeginEnrollmentAsync(request);

        offer.Verdict.ShouldBeRefusedBy("ek.certificate.chain");
        offer.Challenge.Should().BeNull();
    }

    [Fact]
    public async Task A31_The_certificate_of_another_machine_is_refused()
    {
        AttestationVerifier verifier = await TestFleet.CreateVerifierAsync();
        await using Agent machine = await Agent.StartAsync();
        await using Agent other = await Agent.StartOtherAsync();
        EndorsementKey certified = await machine.Client.GetEndorsementKeyAsync();
        (_, EnrollmentRequest request) = await other.CreateRequestAsync();

        EnrollmentOffer offer = await verifier.BeginEnrollmentAsync(new EnrollmentRequest
        {
            NodeId = TestFleet.Node,
            EndorsementCertificate = certified.Certificate,
            EndorsementPublic = request.EndorsementPublic,
            AttestationPublic = request.AttestationPublic,
        });

        offer.Verdict.ShouldBeRefusedBy("ek.certificate.key");
        offer.Challenge.Should().BeNull();
    }

    [Fact]
    public async Task A38_An_endorsement_key_is_of_one_node_and_a_node_has_one_endorsement_key()
    {
        AttestationVerifier verifier = await TestFleet.CreateVerifierAsync();
        await using Agent machine = await Agent.StartAsync();
        await using Agent other = await Agent.StartOtherAsync();
        await machine.EnrollAsync(verifier);
        (_, EnrollmentRequest secondNode) = await machine.CreateRequestAsync("rack1-node8");
        (_, EnrollmentRequest secondKey) = await other.CreateRequestAsync();
        (_, EnrollmentRequest again) = await machine.CreateRequestAsync();

        (await verifier.BeginEnrollmentAsync(secondNode)).Verdict.ShouldBeRefusedBy("enrollment.ek-free");
        (await verifier.BeginEnrollmentAsync(secondKey)).Verdict.ShouldBeRefusedBy("enrollment.node-free");
        (await verifier.BeginEnrollmentAsync(again)).Verdict.ShouldBeRefusedBy("enrollment.node-free", "enrollment.ek-free");
    }

    [Fact]
    public async Task A38_Two_machines_that_begin_to_enrol_as_one_node_end_as_one()
    {
        AttestationVerifier verifier = await TestFleet.CreateVerifierAsync();
        await using Agent machine = await Agent.StartAsync();
        await using Agent other = await Agent.StartOtherAsync();
        (AttestationKey key, EnrollmentRequest request) = await machine.CreateRequestAsync();
        (AttestationKey otherKey, EnrollmentRequest otherRequest) = await other.CreateRequestAsync();
        CredentialResponse answer = await key.RespondAsync((await verifier.BeginEnrollmentAsync(request)).Challenge!, TestFleet.Node);
        CredentialResponse otherAnswer = await otherKey.RespondAsync((await verifier.BeginEnrollmentAsync(otherRequest)).Challenge!, TestFleet.Node);

        (await verifier.CompleteEnrollmentAsync(otherAnswer)).Verdict.ShouldBeVerified();
        (await verifier.CompleteEnrollmentAsync(answer)).Verdict.ShouldBeRefusedBy("enrollment.node-free");

        (await TestFleet.AttestAsync(verifier, other.Client, otherKey.Blob)).Verdict.ShouldBeVerified();
    }

    [Fact]
    public async Task A41_An_enrolment_challenge_that_is_answered_many_times_at_once_is_answered_once()
    {
        AttestationVerifierOptions options = await TestFleet.CreateOptionsAsync();
        InMemoryDeviceStore devices = new();
        InMemoryChallengeStore challenges = new();
        AttestationVerifier[] instances = [new(options, devices, challenges), new(options, devices, challenges)];
        await using Agent machine = await Agent.StartAsync();
        (AttestationKey key, EnrollmentRequest request) = await machine.CreateRequestAsync();
        CredentialResponse answer = await key.RespondAsync((await instances[0].BeginEnrollmentAsync(request)).Challenge!, TestFleet.Node);

        EnrollmentResult[] results = await Task.WhenAll(Enumerable.Range(0, 16).Select(
            i => Task.Run(() => instances[i % instances.Length].CompleteEnrollmentAsync(answer))));

        results.Count(result => result.Verdict.IsVerified).Should().Be(1);
        results.Where(result => !result.Verdict.IsVerified).Should().AllSatisfy(result => result.Verdict.ShouldBeRefusedBy("challenge.known"));
    }

    private static async Task<Agent> StartAsync(EmulatedMachine machine)
    {
        try
        {
            await machine.PowerOnAsync();
            return Agent.On(machine);
        }
        catch
        {
            await machine.DisposeAsync();
            throw;
        }
    }

    private static async Task<TpmKeyBlob> CreateBlobAsync(Agent agent, EndorsementKeyTemplate? template = null)
    {
        (AttestationKey key, _) = await agent.CreateRequestAsync(template: template);
        return key.Blob;
    }

    private static byte[] Flip(byte[] bytes)
    {
        bytes[0] ^= 1;
        return bytes;
    }

    private static async Task<TpmCommandException> IsRefusedAsync(Func<Task> activation, params TpmRc[] errors)
    {
        TpmCommandException refusal = (await activation.Should().ThrowAsync<TpmCommandException>()).Which;
        refusal.Command.Should().Be(TpmCommandCode.ActivateCredential);
        errors.Should().Contain(refusal.ResponseCode.Error, refusal.Message);
        return refusal;
    }
}
