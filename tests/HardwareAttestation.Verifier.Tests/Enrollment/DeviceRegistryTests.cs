using HardwareAttestation.Protocol;

namespace HardwareAttestation.Verifier.Tests.Enrollment;

/// <summary>What an operator decides of a device, and what then becomes of the machine.</summary>
public sealed class DeviceRegistryTests : IDisposable
{
    private const string Node = SoftwareFleet.Node;
    private static readonly TimeSpan Hour = TimeSpan.FromHours(1);
    private readonly SoftwareFleet _fleet = new();

    private DeviceRegistry Registry => _fleet.Verifier.Devices;

    public void Dispose() => _fleet.Dispose();

    [Fact]
    public async Task A38_SameEndorsementKeyForItsNodeAnew_NeedsAnOperatorsWord()
    {
        SoftwareTpm old = await _fleet.EnrollAsync();
        await AttestAsync(old);
        SoftwareTpm fresh = _fleet.WithOtherKey(old);
        (await BeginAsync(fresh)).ShouldBeRefusedBy(CheckIds.EnrollmentNodeFree, CheckIds.EnrollmentEkFree);

        DeviceChange allowed = await Registry.GrantReenrollmentAsync(Node, Hour);

        allowed.Succeeded.Should().BeTrue();
        allowed.Device!.EnrollmentGrant.Should().Match<EnrollmentGrant>(
            grant => grant.Kind == EnrollmentGrantKind.SameEndorsementKey && grant.ExpiresAt == ManualTimeProvider.Start + Hour);
        await AttestAsync(old);
        await _fleet.EnrollAsync(tpm: fresh);
        DeviceRecord device = (await _fleet.Devices.FindAsync(Node))!;
        device.EnrollmentGrant.Should().BeNull("a permission is for once");
        device.EnrollmentId.Should().NotBe(allowed.Device.EnrollmentId);
        device.LastClockInfo.Should().BeNull("a TPM that was cleared counts anew");
        device.Revision.Should().BeGreaterThan(allowed.Device.Revision);
        await AttestAsync(fresh);
        (await _fleet.Verifier.VerifyAsync(old.Answer(await _fleet.ChallengeAsync()))).Verdict.ShouldBeRefusedBy(CheckIds.SignatureValid);
        (await BeginAsync(fresh)).ShouldBeRefusedBy(CheckIds.EnrollmentNodeFree, CheckIds.EnrollmentEkFree);
    }

    [Fact]
    public async Task A38_OtherEndorsementKeyWhereTheSameIsAllowed_IsRefused()
    {
        SoftwareTpm old = await _fleet.EnrollAsync();
        await Registry.GrantReenrollmentAsync(Node, Hour);

        (await BeginAsync(_fleet.CreateTpm())).ShouldBeRefusedBy(CheckIds.EnrollmentNodeFree);
        (await BeginAsync(old, "node2")).ShouldBeRefusedBy(CheckIds.EnrollmentEkFree);
    }

    [Fact]
    public async Task A38_NewEndorsementKeyForAnEnrolledNode_NeedsAnOperatorsWord()
    {
        SoftwareTpm old = await _fleet.EnrollAsync();
        SoftwareTpm other = await _fleet.EnrollAsync("other");
        SoftwareTpm board = _fleet.CreateTpm();
        (await BeginAsync(board)).ShouldBeRefusedBy(CheckIds.EnrollmentNodeFree);

        await Registry.GrantReplacementAsync(Node, Hour);

        (await BeginAsync(other)).ShouldBeRefusedBy(CheckIds.EnrollmentEkFree);
        await _fleet.EnrollAsync(tpm: board);
        await AttestAsync(board);
        (await BeginAsync(_fleet.CreateTpm())).ShouldBeRefusedBy(CheckIds.EnrollmentNodeFree);
        await _fleet.EnrollAsync("another", _fleet.WithOtherKey(old));
    }

    [Fact]
    public async Task A38_EndorsementKeyThatAnotherNodeGotMeanwhile_IsRefusedForAReplacement()
    {
        await _fleet.EnrollAsync();
        SoftwareTpm board = _fleet.CreateTpm();
        await Registry.GrantReplacementAsync(Node, Hour);
        CredentialChallenge challenge = await _fleet.BeginAsync(board);
        await _fleet.EnrollAsync("other", board);

        (await CompleteAsync(board, challenge)).ShouldBeRefusedBy(CheckIds.EnrollmentEkFree);
    }

    [Fact]
    public async Task A38_EndorsementKeyOfADeviceThatWasRemovedMeanwhile_IsRefusedForAReplacement()
    {
        await _fleet.EnrollAsync();
        SoftwareTpm board = _fleet.CreateTpm();
        await Registry.GrantReplacementAsync(Node, Hour);
        CredentialChallenge challenge = await _fleet.BeginAsync(board);
        await _fleet.EnrollAsync("other", board);
        await Registry.RemoveAsync("other");
        DeviceRecord? before = await _fleet.Devices.FindAsync(Node);

        (await CompleteAsync(board, challenge)).ShouldBeRefusedBy(CheckIds.EnrollmentUnchanged);
        (await _fleet.Devices.FindAsync(Node)).Should().BeSameAs(before);
    }

    [Fact]
    public async Task A38_PermissionThatHasExpired_AllowsNothing()
    {
        await _fleet.EnrollAsync();
        SoftwareTpm board = _fleet.CreateTpm();
        TimeSpan minute = TimeSpan.FromMinutes(1);
        await Registry.GrantReplacementAsync(Node, minute);
        CredentialChallenge challenge = await _fleet.BeginAsync(board);

        _fleet.Time.Advance(minute);

        (await CompleteAsync(board, challenge)).ShouldBeRefusedBy(CheckIds.EnrollmentUnchanged);
        (await BeginAsync(board)).ShouldBeRefusedBy(CheckIds.EnrollmentNodeFree);
    }

    [Fact]
    public async Task A38_EnrolmentBegunWhileNodeAndKeyWereFree_DoesNotOutliveARemoval()
    {
        SoftwareTpm slow = _fleet.CreateTpm();
        CredentialChallenge sameNode = await _fleet.BeginAsync(slow);
        CredentialChallenge sameKey = await _fleet.BeginAsync(slow, "node2");
        SoftwareTpm fast = await _fleet.EnrollAsync();
        (await Registry.RemoveAsync(Node)).Outcome.Should().Be(DeviceChangeOutcome.Changed);

        (await CompleteAsync(slow, sameNode)).ShouldBeRefusedBy(CheckIds.EnrollmentUnchanged);
        await _fleet.EnrollAsync("node3", slow);
        await Registry.RemoveAsync("node3");
        (await CompleteAsync(slow, sameKey, "node2")).ShouldBeRefusedBy(CheckIds.EnrollmentUnchanged);

        (await _fleet.Devices.FindAsync(Node)).Should().BeNull();
        await _fleet.EnrollAsync(tpm: fast);
        await _fleet.EnrollAsync("node2", slow);
    }

    [Theory]
    [InlineData("withdrawn")]
    [InlineData("allowed again")]
    [InlineData("retired")]
    [InlineData("retired and reinstated")]
    [InlineData("revoked")]
    [InlineData("removed")]
    [InlineData("removed and enrolled again")]
    [InlineData("replaced by another")]
    public async Task A38_EnrolmentBegunWithAPermission_DoesNotOutliveTheOperatorsNextWord(string word)
    {
        SoftwareTpm old = await _fleet.EnrollAsync();
        SoftwareTpm attacker = _fleet.CreateTpm();
        await Registry.GrantReplacementAsync(Node, Hour);
        CredentialChallenge challenge = await _fleet.BeginAsync(attacker);
        switch (word)
        {
            case "withdrawn":
                await Registry.WithdrawGrantAsync(Node);
                break;
            case "allowed again":
                await Registry.GrantReplacementAsync(Node, Hour);
                break;
            case "retired":
                await Registry.RetireAsync(Node);
                break;
            case "retired and reinstated":
                await Registry.RetireAsync(Node);
                await Registry.ReinstateAsync(Node);
                break;
            case "revoked":
                await Registry.RevokeAsync(Node, "stolen");
                break;
            case "removed":
                await Registry.RemoveAsync(Node);
                break;
            case "removed and enrolled again":
                await Registry.RemoveAsync(Node);
                await _fleet.EnrollAsync(tpm: old);
                await Registry.GrantReplacementAsync(Node, Hour);
                break;
            default:
                await _fleet.EnrollAsync(tpm: _fleet.CreateTpm());
                await Registry.GrantReplacementAsync(Node, Hour);
                break;
        }

        DeviceRecord? before = await _fleet.Devices.FindAsync(Node);
        (await CompleteAsync(attacker, challenge)).ShouldBeRefusedBy(CheckIds.EnrollmentUnchanged);
        (await _fleet.Devices.FindAsync(Node)).Should().BeSameAs(before);
    }

    [Fact]
    public async Task A_machine_that_boots_while_its_replacement_is_enrolled_does_not_end_the_enrolment()
    {
        SoftwareTpm old = await _fleet.EnrollAsync();
        SoftwareTpm board = _fleet.CreateTpm();
        await Registry.GrantReplacementAsync(Node, Hour);
        CredentialChallenge challenge = await _fleet.BeginAsync(board);
        await AttestAsync(old);

        (await CompleteAsync(board, challenge)).ShouldBeVerified();
        await AttestAsync(board);
    }

    [Fact]
    public async Task A_retired_device_gets_no_challenge_and_its_evidence_is_refused_until_it_is_reinstated()
    {
        SoftwareTpm tpm = await _fleet.EnrollAsync();
        AttestationChallenge before = await _fleet.ChallengeAsync();

        (await Registry.RetireAsync(Node, "moved to the lab")).Device!.Status.Should().Be(DeviceStatus.Retired);

        ChallengeOffer offer = await _fleet.Verifier.CreateChallengeAsync(Node);
        offer.Verdict.ShouldBeRefusedBy(CheckIds.DeviceActive);
        offer.Verdict.ToString().Should().NotContain("moved to the lab", "whoever asks gets the verdict");
        offer.Challenge.Should().BeNull();
        (await _fleet.Verifier.VerifyAsync(tpm.Answer(before))).Verdict.ShouldBeRefusedBy(CheckIds.DeviceActive);
        (await BeginAsync(tpm)).ShouldBeRefusedBy(CheckIds.EnrollmentNodeFree, CheckIds.EnrollmentEkFree);
        (await BeginAsync(tpm, "node2")).ShouldBeRefusedBy(CheckIds.EnrollmentEkFree);

        (await Registry.ReinstateAsync(Node)).Device!.StatusReason.Should().BeNull();
        await AttestAsync(tpm);
    }

    [Fact]
    public async Task A_retired_device_comes_back_by_a_new_enrolment_that_is_allowed()
    {
        await _fleet.EnrollAsync();
        await Registry.RetireAsync(Node);
        await Registry.GrantReplacementAsync(Node, Hour);

        SoftwareTpm board = await _fleet.EnrollAsync(tpm: _fleet.CreateTpm());

        (await Registry.FindAsync(Node))!.Status.Should().Be(DeviceStatus.Active);
        await AttestAsync(board);
    }

    [Fact]
    public async Task A38_RevokedDevice_IsRefusedUnderEveryNameAsLongAsItsRecordExists()
    {
        SoftwareTpm stolen = await _fleet.EnrollAsync();
        AttestationChallenge before = await _fleet.ChallengeAsync();
        await Registry.GrantReplacementAsync(Node, Hour);

        (await Registry.RevokeAsync(Node, "stolen")).Succeeded.Should().BeTrue();
        DeviceChange again = await Registry.RevokeAsync(Node, "another reason");

        again.Succeeded.Should().BeTrue();
        again.Outcome.Should().Be(DeviceChangeOutcome.Unchanged);
        again.Device!.StatusReason.Should().Be("stolen");
        (await _fleet.Verifier.CreateChallengeAsync(Node)).Verdict.ShouldBeRefusedBy(CheckIds.DeviceActive);
        (await _fleet.Verifier.VerifyAsync(stolen.Answer(before))).Verdict.ShouldBeRefusedBy(CheckIds.DeviceActive);
        (await BeginAsync(_fleet.CreateTpm())).ShouldBeRefusedBy(CheckIds.EnrollmentNodeFree);
        (await BeginAsync(_fleet.WithOtherKey(stolen), "node2")).ShouldBeRefusedBy(CheckIds.EnrollmentEkFree);
        DeviceChange[] refused =
        [
            await Registry.GrantReenrollmentAsync(Node, Hour),
            await Registry.GrantReplacementAsync(Node, Hour),
            await Registry.RetireAsync(Node),
            await Registry.ReinstateAsync(Node),
            await Registry.WithdrawGrantAsync(Node),
        ];
        refused.Should().OnlyContain(change => change.Outcome == DeviceChangeOutcome.Revoked && change.Device!.Status == DeviceStatus.Revoked);
    }

    [Fact]
    public async Task A_device_that_is_removed_is_forgotten()
    {
        SoftwareTpm tpm = await _fleet.EnrollAsync();
        await Registry.RetireAsync(Node, "sold");

        DeviceChange removed = await Registry.RemoveAsync(Node);

        removed.Outcome.Should().Be(DeviceChangeOutcome.Changed);
        removed.Device.Should().BeNull();
        (await Registry.RemoveAsync(Node)).Outcome.Should().Be(DeviceChangeOutcome.NoDevice);
        await _fleet.EnrollAsync(tpm: tpm);
    }

    [Fact]
    public async Task A38_RevokedDevice_IsNotForgottenByRemovingIt()
    {
        SoftwareTpm stolen = await _fleet.EnrollAsync();
        await Registry.RevokeAsync(Node, "stolen");

        DeviceChange removed = await Registry.RemoveAsync(Node);

        removed.Outcome.Should().Be(DeviceChangeOutcome.Revoked);
        removed.Succeeded.Should().BeFalse();
        removed.Device!.StatusReason.Should().Be("stolen");
        (await BeginAsync(stolen, "node2")).ShouldBeRefusedBy(CheckIds.EnrollmentEkFree);
        (await _fleet.Devices.TryRemoveAsync(removed.Device)).Should().BeTrue();
        await _fleet.EnrollAsync(tpm: stolen);
    }

    [Fact]
    public async Task A38_DeviceThatIsRevokedWhileItIsRemoved_StaysRevoked()
    {
        SoftwareTpm tpm = await _fleet.EnrollAsync();
        BrokenDeviceStore store = new() { Find = node => _fleet.Devices.FindAsync(node) };
        store.Remove = async device =>
        {
            await Registry.RevokeAsync(Node, "stolen");
            return await _fleet.Devices.TryRemoveAsync(device);
        };

        (await new DeviceRegistry(store).RemoveAsync(Node)).Outcome.Should().Be(DeviceChangeOutcome.Revoked);
        (await BeginAsync(tpm)).ShouldBeRefusedBy(CheckIds.EnrollmentNodeFree, CheckIds.EnrollmentEkFree);
    }

    [Fact]
    public async Task A_decision_that_changes_nothing_writes_nothing()
    {
        await _fleet.EnrollAsync();
        await UnchangedAsync(() => Registry.WithdrawGrantAsync(Node));
        await Registry.GrantReenrollmentAsync(Node, Hour);
        await UnchangedAsync(() => Registry.ReinstateAsync(Node));
        await Registry.RetireAsync(Node, "moved");
        await UnchangedAsync(() => Registry.RetireAsync(Node, "again"));
        await Registry.RevokeAsync(Node, "stolen");
        await UnchangedAsync(() => Registry.RevokeAsync(Node, "again"));

        async Task UnchangedAsync(Func<Task<DeviceChange>> decide)
        {
            DeviceRecord before = (await _fleet.Devices.FindAsync(Node))!;
            DeviceChange change = await decide();
            change.Outcome.Should().Be(DeviceChangeOutcome.Unchanged);
            change.Succeeded.Should().BeTrue();
            change.Device.Should().BeSameAs(before);
            (await _fleet.Devices.FindAsync(Node)).Should().BeSameAs(before);
        }
    }

    [Fact]
    public async Task A38_RetiredDeviceThatIsRetiredAgain_LosesItsGrant()
    {
        SoftwareTpm tpm = await _fleet.EnrollAsync();
        await Registry.RetireAsync(Node, "moved");
        await Registry.GrantReenrollmentAsync(Node, Hour);
        SoftwareTpm again = _fleet.WithOtherKey(tpm);
        CredentialChallenge challenge = await _fleet.BeginAsync(again);

        DeviceChange change = await Registry.RetireAsync(Node, "sold");

        change.Outcome.Should().Be(DeviceChangeOutcome.Changed);
        change.Device!.EnrollmentGrant.Should().BeNull();
        change.Device.StatusReason.Should().Be("moved", "the first reason is kept");
        (await CompleteAsync(again, challenge)).ShouldBeRefusedBy(CheckIds.EnrollmentUnchanged);
    }

    [Fact]
    public async Task Devices_are_found_by_their_endorsement_key_and_listed()
    {
        foreach (string node in new[] { "c", "a", "b" })
        {
            await _fleet.EnrollAsync(node);
        }

        DeviceRecord device = (await Registry.FindAsync("b"))!;

        (await Registry.FindByEndorsementKeyAsync(device.EndorsementKeyId)).Should().BeSameAs(device);
        (await Registry.FindByEndorsementKeyAsync("none")).Should().BeNull();
        (await Registry.ListAsync().Select(listed => listed.NodeId).ToArrayAsync()).Should().Equal("a", "b", "c");
        (await Registry.ListAsync("a").Select(listed => listed.NodeId).ToArrayAsync()).Should().Equal("b", "c");
    }

    [Fact]
    public async Task A05_BootChallengeOfAnEarlierEnrolmentWithTheSameKeys_IsRefused()
    {
        SoftwareTpm tpm = await _fleet.EnrollAsync();
        AttestationChallenge before = await _fleet.ChallengeAsync();
        await Registry.GrantReenrollmentAsync(Node, Hour);
        await _fleet.EnrollAsync(tpm: tpm);

        (await _fleet.Verifier.VerifyAsync(tpm.Answer(before))).Verdict.ShouldBeRefusedBy(CheckIds.DeviceUnchanged);
    }

    [Fact]
    public async Task A05_DeviceThatIsRevokedWhileItsEvidenceIsVerified_IsRefused()
    {
        BrokenDeviceStore store = new();
        AttestationVerifier verifier = new(_fleet.Options, store, _fleet.Challenges, timeProvider: _fleet.Time);
        SoftwareTpm tpm = _fleet.CreateTpm();
        EnrollmentOffer offer = await verifier.BeginEnrollmentAsync(tpm.Ask(Node));
        (await verifier.CompleteEnrollmentAsync(tpm.Answer(offer.Challenge!))).Verdict.ShouldBeVerified();
        AttestationChallenge challenge = (await verifier.CreateChallengeAsync(Node)).Challenge!;
        DeviceRegistry operatorsOwn = new(store.Inner, _fleet.Time);
        store.Update = async device =>
        {
            await operatorsOwn.RevokeAsync(Node, "stolen");
            return await store.Inner.TryUpdateAsync(device);
        };

        Verdict verdict = (await verifier.VerifyAsync(tpm.Answer(challenge))).Verdict;

        verdict.ShouldBeRefusedBy(CheckIds.DeviceUnchanged);
        verdict.Findings.Should().ContainSingle(finding => finding.Check == CheckIds.DeviceUnchanged, "a verdict says one thing of one check");
        (await store.Inner.FindAsync(Node))!.Status.Should().Be(DeviceStatus.Revoked);
    }

    [Fact]
    public async Task A_status_that_a_store_has_lost_is_refused()
    {
        BrokenDeviceStore store = new();
        AttestationVerifier verifier = new(_fleet.Options, store, _fleet.Challenges, timeProvider: _fleet.Time);
        SoftwareTpm tpm = _fleet.CreateTpm();
        EnrollmentOffer offer = await verifier.BeginEnrollmentAsync(tpm.Ask(Node));
        await verifier.CompleteEnrollmentAsync(tpm.Answer(offer.Challenge!));
        DeviceRecord enrolled = (await store.Inner.FindAsync(Node))!;
        store.Find = _ => Task.FromResult<DeviceRecord?>(enrolled.With(DeviceStatus.None, reason: null).At(enrolled.Revision));

        (await verifier.CreateChallengeAsync(Node)).Verdict.ShouldBeRefusedBy(CheckIds.DeviceActive);
        (await verifier.Devices.ReinstateAsync(Node)).Outcome.Should().Be(DeviceChangeOutcome.Revoked);
        (await verifier.Devices.RemoveAsync(Node)).Outcome.Should().Be(DeviceChangeOutcome.Revoked, "it may have been revoked");

        (await verifier.Devices.RevokeAsync(Node, "stolen")).Outcome.Should().Be(DeviceChangeOutcome.Changed);
        DeviceRecord revoked = (await store.Inner.FindAsync(Node))!;
        revoked.Status.Should().Be(DeviceStatus.Revoked);
        revoked.StatusReason.Should().Be("stolen");
    }

    [Fact]
    public async Task Decisions_and_boots_at_once_are_all_made()
    {
        SoftwareTpm tpm = await _fleet.EnrollAsync();
        List<AttestationEvidence> answers = [];
        for (int i = 0; i < InMemoryChallengeStore.CapacityPerNode; i++)
        {
            answers.Add(tpm.Answer(await _fleet.ChallengeAsync()));
        }

        Task<DeviceChange> allowed = Task.Run(() => Registry.GrantReenrollmentAsync(Node, Hour));
        await Task.WhenAll(answers.Select(answer => Task.Run(() => _fleet.Verifier.VerifyAsync(answer))));

        (await allowed).Succeeded.Should().BeTrue();
        (await Registry.FindAsync(Node))!.EnrollmentGrant.Should().NotBeNull();
    }

    [Fact]
    public async Task A_node_without_a_device_and_a_store_that_refuses_are_told_apart()
    {
        await _fleet.EnrollAsync();
        BrokenDeviceStore busy = new() { Find = node => _fleet.Devices.FindAsync(node), Update = _ => Task.FromResult(false) };

        (await Registry.RetireAsync("nobody")).Outcome.Should().Be(DeviceChangeOutcome.NoDevice);
        (await new DeviceRegistry(busy).RetireAsync(Node)).Outcome.Should().Be(DeviceChangeOutcome.Busy);
    }

    [Fact]
    public async Task Wrong_arguments_are_misuse()
    {
        await Refuses<ArgumentOutOfRangeException>(() => Registry.GrantReenrollmentAsync(Node, TimeSpan.Zero));
        await Refuses<ArgumentOutOfRangeException>(() => Registry.GrantReplacementAsync(Node, TimeSpan.FromDays(31)));
        await Refuses<ArgumentException>(() => Registry.RevokeAsync(Node, " "));
        await Refuses<ArgumentException>(() => Registry.RetireAsync(Node, new string('x', DeviceRegistry.MaximumReasonLength + 1)));
        await Refuses<ArgumentNullException>(() => Registry.ReinstateAsync(null!));

        static async Task Refuses<TException>(Func<Task> act)
            where TException : Exception => await act.Should().ThrowExactlyAsync<TException>();
    }

    private async Task<Verdict> BeginAsync(SoftwareTpm tpm, string node = Node) => (await _fleet.Verifier.BeginEnrollmentAsync(tpm.Ask(node))).Verdict;

    private async Task<Verdict> CompleteAsync(SoftwareTpm tpm, CredentialChallenge challenge, string node = Node) =>
        (await _fleet.Verifier.CompleteEnrollmentAsync(tpm.Answer(challenge, node))).Verdict;

    private async Task AttestAsync(SoftwareTpm tpm) =>
        (await _fleet.Verifier.VerifyAsync(tpm.Answer(await _fleet.ChallengeAsync()))).Verdict.ShouldBeVerified();
}
