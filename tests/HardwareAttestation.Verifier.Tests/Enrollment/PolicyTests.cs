using HardwareAttestation.Protocol;
using HardwareAttestation.Structures;
using HardwareAttestation.Wire;

namespace HardwareAttestation.Verifier.Tests.Enrollment;

/// <summary>What the options decide.</summary>
public sealed class PolicyTests
{
    private const string Node = SoftwareFleet.Node;
    private static readonly byte[] Pcr7 = ForgedQuote.ValuesOf(TpmlPcrSelection.Parse("sha256:7"))[0].Digest.ToArray();
    private static readonly byte[] Other = new byte[32];

    [Fact]
    public async Task A16_PcrValueThatIsNotAllowed_IsRefused()
    {
        using SoftwareFleet fleet = new(options => options.PcrPolicy.Allow(TpmAlgId.Sha256, 7, Other));
        SoftwareTpm tpm = await fleet.EnrollAsync();

        AttestationResult result = await AttestAsync(fleet, tpm);

        result.Verdict.ShouldBeRefusedBy(CheckIds.QuotePcrPolicy);
        result.Verdict.Refusals.Single().Detail.Should().Contain($"sha256:7 is {Convert.ToHexStringLower(Pcr7)}");
        result.PcrValues.Should().BeEmpty();
        (await fleet.Devices.FindAsync(Node))!.LastVerifiedAt.Should().BeNull();
    }

    // Two verifiers over the same stores, as while new options are rolled out: the older one asks for no quote.
    [Fact]
    public async Task A16_SignatureWithoutAQuote_DoesNotMeetThePolicyOfAnotherVerifierOfTheSameStores()
    {
        using SoftwareFleet fleet = new(options => options.PcrSelection = null);
        SoftwareTpm tpm = await fleet.EnrollAsync();
        AttestationVerifierOptions options = new();
        options.TrustAnchors.AddRange(fleet.Options.TrustAnchors);
        options.PcrPolicy.Allow(TpmAlgId.Sha256, 7, Pcr7);
        AttestationVerifier newer = new(options, fleet.Devices, fleet.Challenges, timeProvider: fleet.Time);

        (await newer.VerifyAsync(tpm.Answer(await fleet.ChallengeAsync()))).Verdict.ShouldBeRefusedBy(CheckIds.QuotePcrPolicy);
        (await fleet.Verifier.VerifyAsync(tpm.Answer(await fleet.ChallengeAsync()))).Verdict.ShouldBeVerified();
    }

    [Fact]
    public async Task Any_of_several_PCR_values_is_accepted_and_other_PCRs_may_have_any()
    {
        using SoftwareFleet fleet = new(options => options.PcrPolicy
            .Allow(TpmAlgId.Sha256, 7, Other)
            .Allow(TpmAlgId.Sha256, 7, Pcr7)
            .Allow(ForgedQuote.ValuesOf(TpmlPcrSelection.Parse("sha256:0"))));
        SoftwareTpm tpm = await fleet.EnrollAsync();

        AttestationResult result = await AttestAsync(fleet, tpm);

        result.Verdict.ShouldBeVerified();
        result.Verdict.Findings.Should().Contain(finding => finding.Check == CheckIds.QuotePcrPolicy && finding.Outcome == FindingOutcome.Passed);
    }

    [Fact]
    public async Task Every_PCR_with_a_value_that_is_not_allowed_is_named()
    {
        using SoftwareFleet fleet = new(options => options.PcrPolicy.Allow(TpmAlgId.Sha256, 7, Other).Allow(TpmAlgId.Sha256, 4, Other));
        SoftwareTpm tpm = await fleet.EnrollAsync();

        (await AttestAsync(fleet, tpm)).Verdict.Refusals.Single().Detail.Should().Contain("sha256:4 is ").And.Contain("sha256:7 is ");
    }

    [Fact]
    public async Task Unexpected_PCR_values_are_flagged_where_the_policy_says_so()
    {
        using SoftwareFleet fleet = new(options =>
        {
            options.PcrPolicy.Allow(TpmAlgId.Sha256, 7, Other);
            options.UnexpectedPcrValues = PolicyAction.Flag;
        });
        SoftwareTpm tpm = await fleet.EnrollAsync();

        AttestationResult result = await AttestAsync(fleet, tpm);

        result.Verdict.ShouldBeVerified();
        Flags(result.Verdict).Should().Equal(CheckIds.QuotePcrPolicy);
        result.PcrValues.Should().HaveCount(8);
    }

    [Fact]
    public async Task A16_ValuesThatWereNotQuoted_AreRefusedWhateverThePolicyWouldFlag()
    {
        using SoftwareFleet fleet = new(options =>
        {
            options.PcrPolicy.Allow(TpmAlgId.Sha256, 7, Pcr7);
            options.UnexpectedPcrValues = PolicyAction.Flag;
        });
        SoftwareTpm tpm = await fleet.EnrollAsync();

        // The values are the right ones, and the digest that is signed is of others.
        (await AttestAsync(fleet, tpm, quote => quote with { PcrDigest = Other })).Verdict.ShouldBeRefusedBy(CheckIds.QuotePcrDigest);
    }

    [Fact]
    public void A_PCR_policy_of_impossible_values_is_misuse()
    {
        PcrPolicy policy = new();
        Action[] misuses =
        [
            () => policy.Allow(TpmAlgId.Sha256, 7),
            () => policy.Allow(TpmAlgId.Sha256, 7, new byte[20]),
            () => policy.Allow(TpmAlgId.Sha256, 7, Pcr7, null!),
            () => policy.Allow(TpmAlgId.Sha256, 24, Pcr7),
            () => policy.Allow(TpmAlgId.Sha256, -1, Pcr7),
            () => policy.Allow(TpmAlgId.Rsa, 7, Pcr7),
        ];

        misuses.Should().AllSatisfy(misuse => misuse.Should().Throw<ArgumentException>());
        policy.IsEmpty.Should().BeTrue();
    }

    [Fact]
    public async Task A21_OlderBootCounters_AreFlaggedWhereThePolicySaysSo()
    {
        using SoftwareFleet fleet = new(options => options.OlderBootCounters = PolicyAction.Flag);
        SoftwareTpm tpm = await fleet.EnrollAsync();
        tpm.Clock = new TpmsClockInfo(5000, 5, 2, true);
        (await AttestAsync(fleet, tpm)).Verdict.ShouldBeVerified();
        tpm.Clock = new TpmsClockInfo(4000, 4, 0, true);

        AttestationResult result = await AttestAsync(fleet, tpm);

        result.Verdict.ShouldBeVerified();
        Flags(result.Verdict).Should().Equal(CheckIds.QuoteClock);
        result.Device!.LastClockInfo.Should().Be(tpm.Clock);
    }

    [Fact]
    public async Task A21_ClockThatIsNotSafe_IsRefusedWhereThePolicySaysSo()
    {
        using SoftwareFleet fleet = new(options => options.UnsafeClock = PolicyAction.Refuse);
        SoftwareTpm tpm = await fleet.EnrollAsync();
        tpm.Clock = new TpmsClockInfo(5000, 5, 2, false);

        (await AttestAsync(fleet, tpm)).Verdict.ShouldBeRefusedBy(CheckIds.QuoteClockSafe);
        tpm.Clock = new TpmsClockInfo(5000, 5, 2, true);
        (await AttestAsync(fleet, tpm)).Verdict.ShouldBeVerified();
    }

    [Theory]
    [InlineData("size", "rsassa", false)]
    [InlineData("size", "p256", true)]
    [InlineData("RSAPSS", "rsapss", false)]
    [InlineData("RSAPSS", "rsassa", true)]
    [InlineData("SHA-256", "p256", false)]
    [InlineData("SHA-256", "rsassa-sha384", true)]
    [InlineData("P-256", "p256", false)]
    [InlineData("P-256", "p384", true)]
    public async Task Attestation_keys_of_a_kind_that_is_not_allowed_are_refused(string taken, string kind, bool isAllowed)
    {
        using SoftwareFleet fleet = new(options => Restrict(options.AttestationKeys, taken));

        Verdict verdict = (await fleet.Verifier.BeginEnrollmentAsync(fleet.CreateTpm(attestationKey: kind).Ask(Node))).Verdict;

        if (isAllowed)
        {
            verdict.ShouldBeVerified();
        }
        else
        {
            verdict.ShouldBeRefusedBy(CheckIds.AkAllowed);
        }
    }

    [Fact]
    public async Task An_enrolled_key_that_is_not_allowed_any_more_is_refused_at_the_next_boot()
    {
        using SoftwareFleet fleet = new();
        SoftwareTpm tpm = await fleet.EnrollAsync(tpm: fleet.CreateTpm(attestationKey: "rsassa"));
        Restrict(fleet.Options.AttestationKeys, "size");
        AttestationVerifier stricter = new(fleet.Options, fleet.Devices, fleet.Challenges, timeProvider: fleet.Time);

        (await stricter.VerifyAsync(tpm.Answer(await fleet.ChallengeAsync()))).Verdict.ShouldBeRefusedBy(CheckIds.AkAllowed);
        (await AttestAsync(fleet, tpm)).Verdict.ShouldBeVerified();
    }

    [Fact]
    public async Task A_storage_root_key_as_the_parent_is_refused_where_the_policy_says_so()
    {
        using SoftwareFleet fleet = new();
        SoftwareTpm tpm = fleet.CreateTpm();
        EnrollmentRequest usual = tpm.Ask(Node);
        EnrollmentRequest request = new()
        {
            NodeId = Node,
            EndorsementCertificate = usual.EndorsementCertificate,
            EndorsementPublic = usual.EndorsementPublic,
            AttestationPublic = usual.AttestationPublic,
            StorageParentPublic = tpm.EndorsementKey.Public.EncodeSized(),
        };
        (await fleet.Verifier.BeginEnrollmentAsync(request)).Verdict.ShouldBeVerified();
        fleet.Options.AttestationKeys.AllowStorageRootKeyParent = false;
        AttestationVerifier stricter = new(fleet.Options, fleet.Devices, fleet.Challenges, timeProvider: fleet.Time);

        (await stricter.BeginEnrollmentAsync(request)).Verdict.ShouldBeRefusedBy(CheckIds.AkParent);
        (await stricter.BeginEnrollmentAsync(usual)).Verdict.ShouldBeVerified();
    }

    [Fact]
    public async Task A39_TpmWithoutACertificate_IsRefusedUnlessToldOtherwise()
    {
        using SoftwareFleet fleet = new();

        (await fleet.Verifier.BeginEnrollmentAsync(fleet.CreateTpm().Ask(Node, certificate: []))).Verdict.ShouldBeRefusedBy(CheckIds.EkCertificatePresent);
    }

    [Fact]
    public async Task A39_TrustOnFirstUse_IsSaidByEveryVerdictAndByTheRecord()
    {
        using SoftwareFleet fleet = new(options => options.TrustOnFirstUse = true);
        SoftwareTpm tpm = fleet.CreateTpm();
        EnrollmentOffer offer = await fleet.Verifier.BeginEnrollmentAsync(tpm.Ask(Node, certificate: []));
        EnrollmentResult enrolled = await fleet.Verifier.CompleteEnrollmentAsync(tpm.Answer(offer.Challenge!));
        AttestationResult boot = await AttestAsync(fleet, tpm);

        offer.Verdict.ShouldBeVerified();
        Flags(offer.Verdict).Should().Equal(CheckIds.EkCertificatePresent);
        enrolled.Verdict.ShouldBeVerified();
        Flags(enrolled.Verdict).Should().Equal(CheckIds.EkCertificatePresent);
        enrolled.Device!.IsTrustedOnFirstUse.Should().BeTrue();
        boot.Verdict.ShouldBeVerified();
        Flags(boot.Verdict).Should().Equal(CheckIds.EkCertificatePresent);
        (await fleet.Verifier.BeginEnrollmentAsync(tpm.Ask("node2", certificate: []))).Verdict.ShouldBeRefusedBy(CheckIds.EnrollmentEkFree);

        SoftwareTpm certified = await fleet.EnrollAsync("certified");
        (await fleet.Devices.FindAsync("certified"))!.IsTrustedOnFirstUse.Should().BeFalse();
        Flags((await fleet.Verifier.VerifyAsync(certified.Answer(await fleet.ChallengeAsync("certified")))).Verdict).Should().BeEmpty();
    }

    [Fact]
    public async Task A39_WrongCertificate_IsNoBetterThanNoneWhereNoneIsNeeded()
    {
        using SoftwareFleet fleet = new(options => options.TrustOnFirstUse = true);

        (await fleet.Verifier.BeginEnrollmentAsync(fleet.CreateTpm().Ask(Node, certificate: fleet.CreateTpm().Certificate)))
            .Verdict.ShouldBeRefusedBy(CheckIds.EkCertificateKey);
    }

    [Fact]
    public async Task A39_TrustOnFirstUseThatIsTakenBack_RefusesWhoWasTrusted()
    {
        using SoftwareFleet fleet = new(options => options.TrustOnFirstUse = true);
        SoftwareTpm tpm = fleet.CreateTpm();
        EnrollmentOffer offer = await fleet.Verifier.BeginEnrollmentAsync(tpm.Ask(Node, certificate: []));
        CredentialResponse answer = tpm.Answer(offer.Challenge!);
        SoftwareTpm late = fleet.CreateTpm();
        EnrollmentOffer lateOffer = await fleet.Verifier.BeginEnrollmentAsync(late.Ask("late", certificate: []));
        await fleet.Verifier.CompleteEnrollmentAsync(answer);
        fleet.Options.TrustOnFirstUse = false;
        AttestationVerifier stricter = new(fleet.Options, fleet.Devices, fleet.Challenges, timeProvider: fleet.Time);

        (await stricter.VerifyAsync(tpm.Answer(await fleet.ChallengeAsync()))).Verdict.ShouldBeRefusedBy(CheckIds.EkCertificatePresent);
        (await stricter.CompleteEnrollmentAsync(late.Answer(lateOffer.Challenge!, "late"))).Verdict.ShouldBeRefusedBy(CheckIds.EkCertificatePresent);
    }

    [Fact]
    public async Task A40_TheSourceOfARequest_ReachesTheStore()
    {
        List<string?> sources = [];
        BrokenChallengeStore store = new();
        store.Add = challenge =>
        {
            sources.Add(challenge.Source);
            return store.Inner.TryAddAsync(challenge);
        };
        using SoftwareFleet fleet = new(challenges: store);
        SoftwareTpm tpm = fleet.CreateTpm();
        await fleet.Verifier.BeginEnrollmentAsync(tpm.Ask("node2"), "192.0.2.1");
        await fleet.EnrollAsync(tpm: tpm);
        await fleet.Verifier.CreateChallengeAsync(Node, "2001:db8::7");
        await fleet.Verifier.CreateChallengeAsync(Node, source: null);

        sources.Should().Equal("192.0.2.1", null, "2001:db8::7", null);
        await FluentActions.Awaiting(() => fleet.Verifier.CreateChallengeAsync(Node, string.Empty)).Should().ThrowAsync<ArgumentException>();
        await FluentActions.Awaiting(() => fleet.Verifier.BeginEnrollmentAsync(tpm.Ask(Node), new string('x', 257))).Should().ThrowAsync<ArgumentException>();
    }

    private static void Restrict(AttestationKeyRequirements keys, string taken)
    {
        switch (taken)
        {
            case "size":
                keys.MinimumRsaKeySize = 3072;
                break;
            case "RSAPSS":
                keys.Schemes.Remove(TpmAlgId.RsaPss);
                break;
            case "SHA-256":
                keys.Hashes.Remove(TpmAlgId.Sha256);
                break;
            default:
                keys.Curves.Remove(TpmEccCurve.NistP256);
                break;
        }
    }

    private static IEnumerable<string> Flags(Verdict verdict) =>
        verdict.Findings.Where(finding => finding.Outcome == FindingOutcome.Flagged).Select(finding => finding.Check);

    private static async Task<AttestationResult> AttestAsync(SoftwareFleet fleet, SoftwareTpm tpm, Func<ForgedQuote, ForgedQuote>? forge = null) =>
        await fleet.Verifier.VerifyAsync(tpm.Answer(await fleet.ChallengeAsync(), forge));
}
