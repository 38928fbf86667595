using System.Numerics;
using HardwareAttestation.Client;
using HardwareAttestation.Protocol;
using HardwareAttestation.Structures;
using HardwareAttestation.Verifier;
using HardwareAttestation.Wire;

namespace HardwareAttestation.EndToEnd.Tests;

/// <summary>Who tries to answer a boot challenge with what does not answer it. The names begin with the attack's number in the list of attacks.</summary>
public sealed class EvidenceAttackTests
{
    private const string OtherNode = "rack1-node8";

    public static TheoryData<string> OtherSelections =>
    [
        "sha256:0,1,2,3,4,5,6", "sha256:7", "sha256:0,1,2,3,4,5,6,7,8", "sha384:0,1,2,3,4,5,6,7", "sha1:0,1,2,3,4,5,6,7",
        "sha256:0,1,2,3,4,5,6,7+sha1:0", "sha1:0+sha256:0,1,2,3,4,5,6,7",
    ];

    [Fact]
    public async Task A11_The_TPM_signs_nothing_that_looks_like_an_attestation()
    {
        await using Agent machine = await Agent.StartAsync();
        (AttestationKey key, _) = await machine.CreateRequestAsync();
        TpmQuote quote = await key.QuoteAsync(TpmlPcrSelection.Parse("sha256:0"), new byte[32]);

        Func<Task> sign = () => key.SignAsync(quote.Attest);

        (await sign.Should().ThrowAsync<TpmCommandException>()).Which.ResponseCode.Error.Should().Be(TpmRc.Ticket);
    }

    [Fact]
    public async Task A12_An_attestation_of_another_type_with_the_right_nonce_is_refused()
    {
        AttestationVerifier verifier = await TestFleet.CreateVerifierAsync();
        await using Agent machine = await Agent.StartAsync();
        TpmKeyBlob blob = await machine.EnrollAsync(verifier);
        AttestationChallenge challenge = await ChallengeAsync(verifier);
        await using AttestationKey key = await machine.Client.LoadAttestationKeyAsync(blob);
        TpmHandle handle = new((await RawTpm.ListHandlesAsync(machine.Device.Inner)).Single());

        (byte[] attest, byte[] signature) = await RawTpm.CertifyAsync(machine.Device.Inner, handle, handle, challenge.Nonce);
        AttestationResult result = await verifier.VerifyAsync(
            new AttestationEvidence { ChallengeId = challenge.ChallengeId, Attest = attest, Signature = signature });

        result.Verdict.ShouldBeRefusedBy("quote.type");
        result.Attested.Should().BeNull();
    }

    [Fact]
    public async Task A13_An_answer_that_was_given_before_is_refused()
    {
        AttestationVerifier verifier = await TestFleet.CreateVerifierAsync();
        await using Agent machine = await Agent.StartAsync();
        TpmKeyBlob blob = await machine.EnrollAsync(verifier);
        AttestationEvidence old = await machine.RespondAsync(blob, await ChallengeAsync(verifier));
        (await verifier.VerifyAsync(old)).Verdict.ShouldBeVerified();

        (await verifier.VerifyAsync(old)).Verdict.ShouldBeRefusedBy("challenge.known");
        (await verifier.VerifyAsync(Readdress(old, await ChallengeAsync(verifier)))).Verdict.ShouldBeRefusedBy("quote.nonce");
    }

    [Fact]
    public async Task A13_The_answers_of_two_challenges_are_not_exchanged()
    {
        AttestationVerifier verifier = await TestFleet.CreateVerifierAsync();
        await using Agent machine = await Agent.StartAsync();
        TpmKeyBlob blob = await machine.EnrollAsync(verifier);
        AttestationChallenge one = await ChallengeAsync(verifier);
        AttestationChallenge two = await ChallengeAsync(verifier);
        one.Nonce.ToArray().Should().NotEqual(two.Nonce.ToArray());
        AttestationEvidence toOne = await machine.RespondAsync(blob, one);
        AttestationEvidence toTwo = await machine.RespondAsync(blob, two);

        (await verifier.VerifyAsync(Readdress(toOne, two))).Verdict.ShouldBeRefusedBy("quote.nonce");
        (await verifier.VerifyAsync(toTwo)).Verdict.ShouldBeRefusedBy("challenge.known");
        (await verifier.VerifyAsync(toOne)).Verdict.ShouldBeVerified();
    }

    [Fact]
    public async Task A13_A_quote_of_the_TPM_with_another_nonce_is_refused()
    {
        AttestationVerifier verifier = await TestFleet.CreateVerifierAsync();
        await using Agent machine = await Agent.StartAsync();
        TpmKeyBlob blob = await machine.EnrollAsync(verifier);
        foreach (Func<byte[], byte[]> spoil in (Func<byte[], byte[]>[])[_ => [], nonce => nonce[..^1], nonce => [.. nonce, 0], nonce => [.. nonce.Reverse()]])
        {
            AttestationChallenge challenge = await ChallengeAsync(verifier);

            AttestationEvidence evidence = await QuoteAsync(machine, blob, challenge, challenge.PcrSelection!, spoil(challenge.Nonce.ToArray()));

            (await verifier.VerifyAsync(evidence)).Verdict.ShouldBeRefusedBy("quote.nonce");
        }
    }

    [Fact]
    public async Task A13_A_boot_challenge_that_has_expired_is_refused()
    {
        ManualTime time = new();
        AttestationVerifierOptions options = await TestFleet.CreateOptionsAsync();
        AttestationVerifier verifier = new(options, timeProvider: time);
        await using Agent machine = await Agent.StartAsync();
        TpmKeyBlob blob = await machine.EnrollAsync(verifier);
        AttestationEvidence inTime = await machine.RespondAsync(blob, await ChallengeAsync(verifier));
        AttestationEvidence late = await machine.RespondAsync(blob, await ChallengeAsync(verifier));

        time.Advance(options.AttestationChallengeLifetime - TimeSpan.FromTicks(1));
        (await verifier.VerifyAsync(inTime)).Verdict.ShouldBeVerified();
        time.Advance(TimeSpan.FromTicks(1));
        (await verifier.VerifyAsync(late)).Verdict.ShouldBeRefusedBy("challenge.known");
    }

    [Fact]
    public async Task A14_A_machine_cannot_answer_for_another_node()
    {
        AttestationVerifier verifier = await TestFleet.CreateVerifierAsync();
        await using Agent machine = await Agent.StartAsync();
        await using Agent other = await Agent.StartOtherAsync();
        TpmKeyBlob blob = await machine.EnrollAsync(verifier);
        TpmKeyBlob otherBlob = await other.EnrollAsync(verifier, OtherNode);
        AttestationChallenge challenge = await ChallengeAsync(verifier);
        AttestationChallenge otherChallenge = await ChallengeAsync(verifier, OtherNode);

        (await verifier.VerifyAsync(await other.RespondAsync(otherBlob, challenge))).Verdict.ShouldBeRefusedBy("signature.valid");
        (await verifier.VerifyAsync(await machine.RespondAsync(blob, otherChallenge))).Verdict.ShouldBeRefusedBy("signature.valid");
    }

    [Fact]
    public async Task A14_Another_attestation_key_of_the_same_TPM_is_refused()
    {
        AttestationVerifier verifier = await TestFleet.CreateVerifierAsync();
        await using Agent machine = await Agent.StartAsync();
        await machine.EnrollAsync(verifier);
        (AttestationKey second, _) = await machine.CreateRequestAsync();

        AttestationResult result = await verifier.VerifyAsync(await second.RespondAsync(await ChallengeAsync(verifier)));

        result.Verdict.ShouldBeRefusedBy("signature.valid");
    }

    [Fact]
    public async Task A14_A_quote_that_was_made_in_software_is_refused()
    {
        AttestationVerifier verifier = await TestFleet.CreateVerifierAsync();
        await using Agent machine = await Agent.StartAsync();
        TpmKeyBlob blob = await machine.EnrollAsync(verifier);
        using SoftwareKey software = new(blob);
        AttestationEvidence real = await machine.RespondAsync(blob, await ChallengeAsync(verifier));

        AttestationEvidence forged = new()
        {
            ChallengeId = real.ChallengeId,
            Attest = real.Attest,
            Signature = software.Sign(real.Attest.Span).Encode(),
            PcrValues = real.PcrValues,
        };

        (await verifier.VerifyAsync(forged)).Verdict.ShouldBeRefusedBy("signature.valid");
    }

    [Theory]
    [MemberData(nameof(OtherSelections))]
    public async Task A15_A_quote_of_the_TPM_over_other_PCRs_is_refused(string selection)
    {
        AttestationVerifier verifier = await TestFleet.CreateVerifierAsync();
        await using Agent machine = await Agent.StartAsync();
        TpmKeyBlob blob = await machine.EnrollAsync(verifier);
        AttestationChallenge challenge = await ChallengeAsync(verifier);

        AttestationEvidence evidence = await QuoteAsync(machine, blob, challenge, TpmlPcrSelection.Parse(selection), challenge.Nonce);
        AttestationResult result = await verifier.VerifyAsync(evidence);

        result.Verdict.ShouldBeRefusedBy("quote.pcr-selection");
        result.PcrValues.Should().BeEmpty();
    }

    [Fact]
    public async Task A16_Other_PCR_values_than_the_quoted_ones_are_refused()
    {
        AttestationVerifier verifier = await TestFleet.CreateVerifierAsync();
        await using Agent machine = await Agent.StartAsync();
        TpmKeyBlob blob = await machine.EnrollAsync(verifier);
        IReadOnlyList<PcrValue> wanted = await machine.Client.ReadPcrsAsync(TpmlPcrSelection.Parse("sha256:0,1,2,3,4,5,6,7"));

        // What happens to a machine that boots something else: a PCR is extended, and cannot be set back.
        await RawTpm.ExtendAsync(machine.Device.Inner, pcr: 4, new byte[32]);
        AttestationEvidence honest = await machine.RespondAsync(blob, await ChallengeAsync(verifier));
        AttestationEvidence lying = await machine.RespondAsync(blob, await ChallengeAsync(verifier));

        AttestationResult result = await verifier.VerifyAsync(honest);
        result.Verdict.ShouldBeVerified();
        result.PcrValues.Where((value, i) => !value.Equals(wanted[i])).Should().ContainSingle().Which.Pcr.Should().Be(4);
        (await verifier.VerifyAsync(WithValues(lying, wanted))).Verdict.ShouldBeRefusedBy("quote.pcr-digest");
    }

    [Fact]
    public async Task A18_A_quote_does_not_answer_a_challenge_for_a_signature_nor_the_reverse()
    {
        AttestationVerifierOptions options = await TestFleet.CreateOptionsAsync();
        InMemoryDeviceStore devices = new();
        AttestationVerifier quotes = new(options, devices);
        options.PcrSelection = null;
        AttestationVerifier signatures = new(options, devices);
        await using Agent machine = await Agent.StartAsync();
        TpmKeyBlob blob = await machine.EnrollAsync(quotes);
        AttestationChallenge forQuote = await ChallengeAsync(quotes);
        AttestationChallenge forSignature = await ChallengeAsync(signatures);

        AttestationEvidence quote = await machine.RespondAsync(blob, forQuote);
        AttestationEvidence signature = await machine.RespondAsync(blob, forSignature);

        (await signatures.VerifyAsync(Readdress(quote, forSignature))).Verdict.ShouldBeRefusedBy("signature.valid");
        (await quotes.VerifyAsync(Readdress(signature, forQuote))).Verdict.ShouldBeRefusedBy("signature.valid");
    }

    [Fact]
    public async Task A20_The_twin_of_a_used_signature_is_no_second_answer()
    {
        AttestationVerifier verifier = await TestFleet.CreateVerifierAsync();
        await using Agent machine = await Agent.StartAsync();
        TpmKeyBlob blob = await machine.EnrollAsync(verifier);
        AttestationEvidence used = await machine.RespondAsync(blob, await ChallengeAsync(verifier));
        AttestationEvidence twin = Twin(used);
        (await verifier.VerifyAsync(used)).Verdict.ShouldBeVerified();

        (await verifier.VerifyAsync(twin)).Verdict.ShouldBeRefusedBy("challenge.known");
    }

    [Fact]
    public async Task A41_A_boot_challenge_that_is_answered_many_times_at_once_is_answered_once()
    {
        AttestationVerifierOptions options = await TestFleet.CreateOptionsAsync();
        InMemoryDeviceStore devices = new();
        InMemoryChallengeStore challenges = new();
        AttestationVerifier[] instances = [new(options, devices, challenges), new(options, devices, challenges)];
        await using Agent machine = await Agent.StartAsync();
        TpmKeyBlob blob = await machine.EnrollAsync(instances[0]);
        AttestationEvidence evidence = await machine.RespondAsync(blob, await ChallengeAsync(instances[0]));

        AttestationResult[] results = await Task.WhenAll(Enumerable.Range(0, 16).Select(
            i => Task.Run(() => instances[i % instances.Length].VerifyAsync(evidence))));

        results.Count(result => result.Verdict.IsVerified).Should().Be(1);
        results.Where(result => !result.Verdict.IsVerified).Should().AllSatisfy(result => result.Verdict.ShouldBeRefusedBy("challenge.known"));
    }

    private static async Task<AttestationChallenge> ChallengeAsync(AttestationVerifier verifier, string node = TestFleet.Node)
    {
        ChallengeOffer offer = await verifier.CreateChallengeAsync(node);
        offer.Verdict.ShouldBeVerified();
        return offer.Challenge!;
    }

    private static async Task<AttestationEvidence> QuoteAsync(
        Agent machine, TpmKeyBlob blob, AttestationChallenge challenge, TpmlPcrSelection selection, ReadOnlyMemory<byte> nonce)
    {
        await using AttestationKey key = await machine.Client.LoadAttestationKeyAsync(blob);
        TpmQuote quote = await key.QuoteAsync(selection, nonce);
        return new AttestationEvidence
        {
            ChallengeId = challenge.ChallengeId,
            Attest = quote.Attest,
            Signature = quote.Signature.Encode(),
            PcrValues = quote.PcrValues,
        };
    }

    private static AttestationEvidence Readdress(AttestationEvidence evidence, AttestationChallenge challenge) => new()
    {
        ChallengeId = challenge.ChallengeId,
        Attest = evidence.Attest,
        Signature = evidence.Signature,
        PcrValues = evidence.PcrValues,
    };

    private static AttestationEvidence WithValues(AttestationEvidence evidence, IReadOnlyList<PcrValue> values) => new()
    {
        ChallengeId = evidence.ChallengeId,
        Attest = evidence.Attest,
        Signature = evidence.Signature,
        PcrValues = values,
    };

    // (r, n - s) is a signature wherever (r, s) is one; n is the order of P-256 (FIPS 186-4, D.1.2.3).
    private static AttestationEvidence Twin(AttestationEvidence evidence)
    {
        BigInteger order = new(Convert.FromHexString("FFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551"), isUnsigned: true, isBigEndian: true);
        TpmsSignatureEcc signature = (TpmsSignatureEcc)TpmWire.Parse<TpmtSignature>(evidence.Signature.Span);
        BigInteger s = order - new BigInteger(signature.SignatureS.Span, isUnsigned: true, isBigEndian: true);
        TpmtSignature twin = new TpmsSignatureEcc(
            signature.SigAlg, signature.HashAlg, signature.SignatureR.Span, s.ToByteArray(isUnsigned: true, isBigEndian: true));
        return new AttestationEvidence
        {
            ChallengeId = evidence.ChallengeId,
            Attest = evidence.Attest,
            Signature = twin.Encode(),
            PcrValues = evidence.PcrValues,
        };
    }
}
