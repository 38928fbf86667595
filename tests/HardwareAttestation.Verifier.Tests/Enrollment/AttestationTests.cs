using HardwareAttestation.Protocol;
using HardwareAttestation.Structures;
using HardwareAttestation.Verifier.Testing;

namespace HardwareAttestation.Verifier.Tests.Enrollment;

/// <summary>Boot challenges over keys in software, so that the machine can answer whatever an attack says.</summary>
public sealed class AttestationTests : IDisposable
{
    private const string Node = SoftwareFleet.Node;
    private readonly SoftwareFleet _fleet = new();

    public void Dispose() => _fleet.Dispose();

    [Theory]
    [MemberData(nameof(SoftwareKey.Kinds), MemberType = typeof(SoftwareKey))]
    public async Task An_enrolled_machine_is_verified_at_every_boot(string kind)
    {
        SoftwareTpm tpm = await _fleet.EnrollAsync(tpm: _fleet.CreateTpm(attestationKey: kind));
        for (uint boot = 1; boot <= 3; boot++)
        {
            _fleet.Time.Advance(TimeSpan.FromHours(1));
            tpm.Clock = new TpmsClockInfo(boot * 1000, boot, 0, true);

            AttestationResult result = await AttestAsync(tpm);

            result.Verdict.ShouldBeVerified();
            result.Verdict.Findings.Select(finding => finding.Check).Should().OnlyHaveUniqueItems();
            result.Attested!.ClockInfo.Should().Be(tpm.Clock);
            result.PcrValues.Should().Equal(ForgedQuote.ValuesOf(_fleet.Options.PcrSelection!));
            result.Device!.Revision.Should().Be(boot);
            result.Device.LastVerifiedAt.Should().Be(_fleet.Time.GetUtcNow());
            (await _fleet.Devices.FindAsync(Node))!.LastClockInfo.Should().Be(tpm.Clock);
        }
    }

    [Fact]
    public async Task A_signature_over_the_challenge_is_verified_where_no_quote_is_asked_for()
    {
        using SoftwareFleet fleet = new(options => options.PcrSelection = null);
        SoftwareTpm tpm = await fleet.EnrollAsync();
        AttestationChallenge challenge = await fleet.ChallengeAsync();
        AttestationChallenge other = await fleet.ChallengeAsync();
        AttestationEvidence right = tpm.Answer(challenge);

        // The signature of one challenge under the id of the other.
        AttestationResult swapped = await fleet.Verifier.VerifyAsync(new AttestationEvidence { ChallengeId = other.ChallengeId, Signature = right.Signature });
        AttestationResult result = await fleet.Verifier.VerifyAsync(right);

        swapped.Verdict.ShouldBeRefusedBy(CheckIds.SignatureValid);
        result.Verdict.ShouldBeVerified();
        result.Attested.Should().BeNull();
        result.PcrValues.Should().BeEmpty();
    }

    [Fact]
    public async Task A_node_that_has_no_device_gets_no_challenge()
    {
        ChallengeOffer offer = await _fleet.Verifier.CreateChallengeAsync("nobody");

        offer.Verdict.ShouldBeRefusedBy(CheckIds.DeviceEnrolled);
        offer.Challenge.Should().BeNull();
    }

    [Fact]
    public async Task A11_MagicOfAForger_IsRefused() => await IsRefusedAsync(quote => quote with { Magic = 0 }, CheckIds.QuoteMagic);

    [Fact]
    public async Task A12_CertificationInPlaceOfAQuote_IsRefused() => await IsRefusedAsync(quote => quote with { Type = 0x8017, Body = AttestedBodies.Of(0x8017) }, CheckIds.QuoteType);

    [Fact]
    public async Task A13_NoncesAreNeverShared()
    {
        await _fleet.EnrollAsync();
        HashSet<string> nonces = [];
        HashSet<string> ids = [];
        for (int i = 0; i < 1000; i++)
        {
            AttestationChallenge challenge = await _fleet.ChallengeAsync();
            challenge.Nonce.Length.Should().Be(32);
            nonces.Add(Convert.ToHexString(challenge.Nonce.Span)).Should().BeTrue();
            ids.Add(challenge.ChallengeId).Should().BeTrue();
        }
    }

    [Fact]
    public async Task A13_QuoteOfAnotherChallenge_IsRefused()
    {
        SoftwareTpm tpm = await _fleet.EnrollAsync();
        AttestationEvidence old = tpm.Answer(await _fleet.ChallengeAsync());
        (await _fleet.Verifier.VerifyAsync(old)).Verdict.ShouldBeVerified();
        AttestationChallenge fresh = await _fleet.ChallengeAsync();

        AttestationResult replayed = await _fleet.Verifier.VerifyAsync(old);
        AttestationResult relabelled = await _fleet.Verifier.VerifyAsync(new AttestationEvidence
        {
            ChallengeId = fresh.ChallengeId, Attest = old.Attest, Signature = old.Signature, PcrValues = old.PcrValues,
        });

        IsRefused(replayed, CheckIds.ChallengeKnown);
        IsRefused(relabelled, CheckIds.QuoteNonce);
    }

    [Fact]
    public async Task A13_NonceIssuedToAnotherNode_IsRefused()
    {
        SoftwareTpm thief = await _fleet.EnrollAsync();
        await _fleet.EnrollAsync("node2");

        // The thief answers the challenge of node2 with its own key, and node2 is not taken for it.
        IsRefused(await _fleet.Verifier.VerifyAsync(thief.Answer(await _fleet.ChallengeAsync("node2"))), CheckIds.SignatureValid);
    }

    [Fact]
    public async Task A14_QuoteByAnotherKeyOfTheSameTpm_IsRefused()
    {
        SoftwareTpm tpm = await _fleet.EnrollAsync();
        SoftwareTpm sameTpm = _fleet.WithOtherKey(tpm);

        IsRefused(await _fleet.Verifier.VerifyAsync(sameTpm.Answer(await _fleet.ChallengeAsync())), CheckIds.SignatureValid);
    }

    [Fact]
    public async Task A14_QualifiedSignerUnderAnotherEndorsementKey_IsRefused()
    {
        SoftwareTpm tpm = await _fleet.EnrollAsync();
        using SoftwareTpm elsewhere = new(SoftwareEndorsementKey.Ecc(), [], SoftwareKey.Create());
        byte[] name = [0x00, 0x0B, .. new byte[32]];

        IsRefused(await AttestAsync(tpm, quote => quote with { QualifiedSigner = elsewhere.QualifiedSigner }), CheckIds.QuoteSigner);
        IsRefused(await AttestAsync(tpm, quote => quote with { QualifiedSigner = name }), CheckIds.QuoteSigner);
    }

    [Fact]
    public async Task A15_OtherPcrsThanAskedFor_AreRefused() => await IsRefusedAsync(
        quote => quote with { Selection = ForgedQuote.UsualSelection, Values = ForgedQuote.ValuesOf(ForgedQuote.UsualSelection) },
        CheckIds.QuotePcrSelection);

    [Fact]
    public async Task A16_ValuesThatWereNotQuoted_AreRefused() =>
        await IsRefusedAsync(quote => quote with { PcrDigest = new byte[32] }, CheckIds.QuotePcrDigest);

    [Fact]
    public async Task A17_TrailingBytes_AreRefused() => await IsRefusedAsync(quote => quote with { Tail = [0] }, CheckIds.EvidenceForm);

    [Fact]
    public async Task A18_SignatureOfAnotherKindOfKey_IsRefused()
    {
        SoftwareTpm tpm = await _fleet.EnrollAsync();
        using SoftwareKey rsa = SoftwareKey.Create("rsassa");

        IsRefused(await _fleet.Verifier.VerifyAsync(tpm.Answer(await _fleet.ChallengeAsync(), signer: rsa)), CheckIds.SignatureAlgorithm);
    }

    [Fact]
    public async Task A20_TwinOfAUsedSignature_IsNoReplay()
    {
        SoftwareTpm tpm = await _fleet.EnrollAsync();
        AttestationEvidence evidence = tpm.Answer(await _fleet.ChallengeAsync());
        (await _fleet.Verifier.VerifyAsync(evidence)).Verdict.ShouldBeVerified();

        IsRefused(
            await _fleet.Verifier.VerifyAsync(new AttestationEvidence
            {
                ChallengeId = evidence.ChallengeId,
                Attest = evidence.Attest,
                Signature = EcdsaTwin.Of(evidence.Signature.ToArray()),
                PcrValues = evidence.PcrValues,
            }),
            CheckIds.ChallengeKnown);

        // By itself the twin is a right signature: nothing else than the challenge refused it.
        EvidenceVerifier.VerifySignature(tpm.AttestationKey.Public, evidence.Attest.Span, EcdsaTwin.Of(evidence.Signature.ToArray())).ShouldBeVerified();
    }

    [Theory]
    [InlineData(5000, 4, 9, true)]
    [InlineData(9000, 5, 1, true)]
    [InlineData(4999, 5, 2, true)]
    [InlineData(5000, 5, 2, false)]
    [InlineData(5001, 5, 2, false)]
    [InlineData(0, 5, 3, false)]
    [InlineData(0, 6, 0, false)]
    public async Task A21_BootCountersAndClock_DoNotGoBack(ulong clock, uint resets, uint restarts, bool back)
    {
        SoftwareTpm tpm = await _fleet.EnrollAsync();
        tpm.Clock = new TpmsClockInfo(5000, 5, 2, true);
        (await AttestAsync(tpm)).Verdict.ShouldBeVerified();

        tpm.Clock = new TpmsClockInfo(clock, resets, restarts, true);
        AttestationResult result = await AttestAsync(tpm);

        if (back)
        {
            IsRefused(result, CheckIds.QuoteClock);
            (await _fleet.Devices.FindAsync(Node))!.LastClockInfo.Should().Be(new TpmsClockInfo(5000, 5, 2, true));
        }
        else
        {
            result.Verdict.ShouldBeVerified();
        }
    }

    [Fact]
    public async Task A21_ClockThatIsNotSafe_IsFlagged()
    {
        SoftwareTpm tpm = await _fleet.EnrollAsync();
        tpm.Clock = new TpmsClockInfo(5000, 5, 2, false);

        AttestationResult result = await AttestAsync(tpm);

        result.Verdict.ShouldBeVerified();
        result.Verdict.Findings.Should().ContainSingle(finding => finding.Outcome == FindingOutcome.Flagged)
            .Which.Check.Should().Be(CheckIds.QuoteClockSafe);
    }

    [Fact]
    public async Task A22_InvalidSignature_IsRefusedAndBurnsTheChallenge()
    {
        SoftwareTpm tpm = await _fleet.EnrollAsync();
        AttestationEvidence right = tpm.Answer(await _fleet.ChallengeAsync());
        byte[] signature = right.Signature.ToArray();
        signature[^1] ^= 1;
        AttestationEvidence wrong = new()
        {
            ChallengeId = right.ChallengeId, Attest = right.Attest, Signature = signature, PcrValues = right.PcrValues,
        };

        IsRefused(await _fleet.Verifier.VerifyAsync(wrong), CheckIds.SignatureValid);
        IsRefused(await _fleet.Verifier.VerifyAsync(right), CheckIds.ChallengeKnown);
        (await _fleet.Devices.FindAsync(Node))!.LastVerifiedAt.Should().BeNull();
    }

    [Fact]
    public async Task A41_OneAnswerRedeemedManyTimesAtOnce_WinsOnce()
    {
        SoftwareTpm tpm = await _fleet.EnrollAsync();
        AttestationEvidence evidence = tpm.Answer(await _fleet.ChallengeAsync());
        AttestationVerifier[] instances = [.. Enumerable.Range(0, 4).Select(
            _ => new AttestationVerifier(_fleet.Options, _fleet.Devices, _fleet.Challenges, timeProvider: _fleet.Time))];

        AttestationResult[] results = await Task.WhenAll(Enumerable.Range(0, 64).Select(
            i => Task.Run(() => instances[i % instances.Length].VerifyAsync(evidence))));

        results.Should().ContainSingle(result => result.Verdict.IsVerified);
        results.Where(result => !result.Verdict.IsVerified).Should().OnlyContain(
            result => result.Verdict.Refusals.Single().Check == CheckIds.ChallengeKnown && result.Device == null);
        (await _fleet.Devices.FindAsync(Node))!.Revision.Should().Be(1);
    }

    [Fact]
    public async Task A41_TwoAnswersOfOneNodeAtOnce_LeaveTheNewerClock()
    {
        SoftwareTpm tpm = await _fleet.EnrollAsync();
        List<AttestationEvidence> answers = [];
        for (uint i = 0; i < InMemoryChallengeStore.CapacityPerNode; i++)
        {
            tpm.Clock = new TpmsClockInfo(1000 + i, 1, 0, true);
            answers.Add(tpm.Answer(await _fleet.ChallengeAsync()));
        }

        AttestationResult[] results = await Task.WhenAll(answers.Select(answer => Task.Run(() => _fleet.Verifier.VerifyAsync(answer))));

        AttestationResult[] verified = [.. results.Where(result => result.Verdict.IsVerified)];
        DeviceRecord device = (await _fleet.Devices.FindAsync(Node))!;
        device.Revision.Should().Be(verified.Length);
        device.LastClockInfo!.Value.Clock.Should().Be(verified.Max(result => result.Attested!.ClockInfo.Clock));
        results.SelectMany(result => result.Verdict.Refusals).Select(finding => finding.Check)
            .Should().BeSubsetOf([CheckIds.DeviceUnchanged, CheckIds.QuoteClock]);
    }

    [Fact]
    public async Task A42_MalformedMessageBetweenBoots_LeavesNoLastGoodVerdict()
    {
        SoftwareTpm tpm = await _fleet.EnrollAsync();
        (await AttestAsync(tpm)).Verdict.ShouldBeVerified();
        AttestationChallenge challenge = await _fleet.ChallengeAsync();

        IsRefused(
            await _fleet.Verifier.VerifyAsync(new AttestationEvidence { ChallengeId = challenge.ChallengeId, Signature = default }), CheckIds.EvidenceForm);
    }

    [Fact]
    public async Task A_node_that_is_enrolled_anew_between_challenge_and_answer_is_refused()
    {
        SoftwareTpm old = await _fleet.EnrollAsync();
        AttestationChallenge first = await _fleet.ChallengeAsync();
        AttestationChallenge second = await _fleet.ChallengeAsync();
        await _fleet.Devices.RemoveAsync(Node);
        SoftwareTpm fresh = await _fleet.EnrollAsync();

        IsRefused(await _fleet.Verifier.VerifyAsync(old.Answer(first)), CheckIds.DeviceUnchanged);
        IsRefused(await _fleet.Verifier.VerifyAsync(fresh.Answer(second)), CheckIds.DeviceUnchanged);
        (await AttestAsync(fresh)).Verdict.ShouldBeVerified();
    }

    [Fact]
    public async Task A_node_that_is_removed_between_challenge_and_answer_is_refused()
    {
        SoftwareTpm tpm = await _fleet.EnrollAsync();
        AttestationChallenge challenge = await _fleet.ChallengeAsync();
        await _fleet.Devices.RemoveAsync(Node);

        IsRefused(await _fleet.Verifier.VerifyAsync(tpm.Answer(challenge)), CheckIds.DeviceEnrolled);
    }

    private static void IsRefused(AttestationResult result, string check)
    {
        result.Verdict.ShouldBeRefusedBy(check);
        result.Device.Should().BeNull("what is refused exposes nothing");
        result.Attested.Should().BeNull("what is refused exposes nothing");
        result.PcrValues.Should().BeEmpty("what is refused exposes nothing");
    }

    private async Task IsRefusedAsync(Func<ForgedQuote, ForgedQuote> forge, string check) =>
        IsRefused(await AttestAsync(await _fleet.EnrollAsync(), forge), check);

    private async Task<AttestationResult> AttestAsync(SoftwareTpm tpm, Func<ForgedQuote, ForgedQuote>? forge = null) =>
        await _fleet.Verifier.VerifyAsync(tpm.Answer(await _fleet.ChallengeAsync(), forge));
}
