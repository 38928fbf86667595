using Fleet.Server.Storage;
using HardwareAttestation.Structures;
using HardwareAttestation.Verifier;

namespace HardwareAttestation.Fleet.Tests.Storage;

public abstract partial class StorageContract
{
    [Fact]
    public async Task Times_and_clocks_come_back_exactly()
    {
        IDeviceStore devices = (await OpenAsync()).Devices;
        DateTimeOffset odd = new(2026, 6, 1, 14, 0, 0, TimeSpan.FromHours(2));
        DeviceRecord device = new()
        {
            NodeId = "node",
            EnrollmentId = "enrolment",
            EndorsementKeyId = "key",
            EndorsementCertificate = default,
            EndorsementPublic = default,
            AttestationPublic = default,
            EnrolledAt = odd.AddTicks(1),
            Status = DeviceStatus.Active,
            EnrollmentGrant = new EnrollmentGrant("grant", EnrollmentGrantKind.SameEndorsementKey, DateTimeOffset.MaxValue),
            LastVerifiedAt = DateTimeOffset.MinValue,
            LastClockInfo = new TpmsClockInfo(ulong.MaxValue, uint.MaxValue, uint.MaxValue, false),
            Revision = long.MaxValue,
        };
        await devices.AddAsync(device);

        DeviceRecord stored = (await devices.FindAsync("node"))!;
        stored.EnrolledAt.Should().Be(odd.AddTicks(1));
        stored.EnrollmentGrant.Should().Be(device.EnrollmentGrant);
        stored.LastVerifiedAt.Should().Be(DateTimeOffset.MinValue);
        stored.LastClockInfo.Should().Be(device.LastClockInfo);
        stored.Revision.Should().Be(long.MaxValue);
    }

    [Fact]
    public async Task What_was_stored_is_there_when_the_storage_is_opened_again()
    {
        IFleetStorage first = await OpenAsync();
        await first.Devices.AddAsync(Samples.Device("node"));
        await first.Challenges.TryAddAsync(Challenge("challenge"));
        await first.History.RecordAttestationAsync(Samples.Attestation());
        await first.History.RecordRefusalAsync(Samples.Refusal());
        long mark = await first.Devices.GetRemovalMarkAsync("node", "key");
        await first.DisposeAsync();

        IFleetStorage second = await OpenAsync();
        (await second.Devices.FindAsync("node")).Should().NotBeNull();
        (await second.Challenges.TakeAsync("challenge")).Should().NotBeNull();
        (await second.History.GetBootsAsync("node", 10)).Should().ContainSingle();
        (await second.History.GetRefusalsAsync("node", 10)).Should().ContainSingle();
        (await second.Devices.GetRemovalMarkAsync("node", "key")).Should().Be(mark);
    }

    [Fact]
    public async Task Many_instances_that_start_at_once_make_the_tables_once()
    {
        await Task.WhenAll(Enumerable.Range(0, 6).Select(_ => Task.Run(() => OpenAsync())));

        IFleetStorage storage = await OpenAsync();
        await storage.ProbeAsync();
        (await storage.Devices.AddAsync(Samples.Device("node"))).Should().Be(AddDeviceOutcome.Added);
    }

    [Fact]
    public async Task Two_instances_on_one_database_are_one_store()
    {
        IFleetStorage one = await OpenAsync();
        IFleetStorage other = await OpenAsync();
        await one.Challenges.TryAddAsync(Challenge("challenge"));
        long mark = await one.Devices.GetRemovalMarkAsync("node", "key of node");

        (await other.Challenges.TakeAsync("challenge")).Should().NotBeNull();
        (await one.Challenges.TakeAsync("challenge")).Should().BeNull();
        (await other.Devices.AddAsync(Samples.Device("node"))).Should().Be(AddDeviceOutcome.Added);
        (await one.Devices.AddAsync(Samples.Device("node"))).Should().Be(AddDeviceOutcome.NodeTaken);
        (await other.Devices.TryRemoveAsync(Samples.Device("node"))).Should().BeTrue();
        (await one.Devices.TryAddAsync(Samples.Device("node"), mark)).Should().Be(AddDeviceOutcome.RemovedMeanwhile);
    }

    [Fact]
    public async Task Of_two_instances_that_take_a_challenge_at_once_exactly_one_gets_it()
    {
        IFleetStorage[] instances = [await OpenAsync(), await OpenAsync()];
        for (int round = 0; round < 20; round++)
        {
            string id = $"c{round}";
            await instances[0].Challenges.TryAddAsync(Challenge(id));
            PendingChallenge?[] taken = await Task.WhenAll(
                Enumerable.Range(0, 4).Select(i => Task.Run(() => instances[i % 2].Challenges.TakeAsync(id))));
            taken.Count(challenge => challenge is not null).Should().Be(1);
        }
    }

    // Whoever read the mark before the removal must not add after it; and nothing here may wait for each other forever.
    [Fact]
    public async Task A_device_is_never_added_with_a_mark_from_before_a_removal_at_the_same_moment()
    {
        IFleetStorage[] instances = [await OpenAsync(), await OpenAsync()];
        for (int round = 0; round < 30; round++)
        {
            string node = $"node{round}";
            DeviceRecord device = Samples.Device(node);
            long before = await instances[0].Devices.GetRemovalMarkAsync(node, device.EndorsementKeyId);
            await instances[0].Devices.AddAsync(device);

            Task<bool> removing = Task.Run(() => instances[0].Devices.TryRemoveAsync(device));
            AddDeviceOutcome[] outcomes = await Task.WhenAll(
                Enumerable.Range(0, 4).Select(_ => Task.Run(() => instances[1].Devices.TryAddAsync(device, before))));

            (await removing).Should().BeTrue();
            outcomes.Should().NotContain(AddDeviceOutcome.Added);
            (await instances[1].Devices.FindAsync(node)).Should().BeNull();
        }
    }

    [Fact]
    public async Task Two_nodes_that_exchange_their_endorsement_keys_at_once_do_not_wait_for_each_other_forever()
    {
        IFleetStorage[] instances = [await OpenAsync(), await OpenAsync()];
        DeviceRecord a = Samples.Device("a");
        DeviceRecord b = Samples.Device("b");
        await instances[0].Devices.AddAsync(a);
        await instances[0].Devices.AddAsync(b);
        long mark = await instances[0].Devices.GetRemovalMarkAsync("a", b.EndorsementKeyId);
        long otherMark = await instances[0].Devices.GetRemovalMarkAsync("b", a.EndorsementKeyId);

        ReplaceDeviceOutcome[] outcomes = await Task.WhenAll(
            Task.Run(() => instances[0].Devices.TryReplaceAsync(a, Samples.Device("a", key: b.EndorsementKeyId, revision: 1), mark)),
            Task.Run(() => instances[1].Devices.TryReplaceAsync(b, Samples.Device("b", key: a.EndorsementKeyId, revision: 1), otherMark)));

        outcomes.Should().OnlyContain(outcome => outcome == ReplaceDeviceOutcome.EndorsementKeyTaken);
    }

    [Fact]
    public async Task A_database_of_a_newer_version_is_refused_and_left_as_it_is()
    {
        await using (IFleetStorage storage = await OpenAsync())
        {
            await storage.Devices.AddAsync(Samples.Device("node"));
        }

        await PretendNewerVersionAsync(1000);

        Func<Task> open = () => OpenAsync();
        (await open.Should().ThrowAsync<StorageException>()).Which.Message.Should().Contain("1000").And.Contain("newer server");
        await PretendNewerVersionAsync(version: null);
        (await (await OpenAsync()).Devices.FindAsync("node")).Should().NotBeNull();
    }

    [Fact]
    public async Task A_database_of_the_first_version_is_brought_up_to_date_and_forgets_marks_that_anybody_could_make()
    {
        await MakeFirstVersionAsync();
        long then = Samples.Then.UtcTicks;
        foreach ((string node, string check) in new[] { ("strangers", "signature.valid"), ("own", "quote.pcr-policy") })
        {
            await RunAsync(
                $"""
                INSERT INTO devices (node_id, endorsement_key_id, enrollment_id, revision, status, enrolled_at, last_verified_at, last_refused_at)
                VALUES ('{node}', 'key of {node}', 'enrolment', 0, 1, {then}, {then}, {then + 7});
                INSERT INTO device_keys (of_node, attestation_public, endorsement_public, storage_parent_public, endorsement_certificate, endorsement_chain)
                VALUES ('{node}', {NoBytes}, {NoBytes}, {NoBytes}, {NoBytes}, {NoBytes});
                INSERT INTO refusals (node_id, of_device, step, check_id, detail, source, first_at, last_at, refused)
                VALUES ('{node}', {True}, 'evidence', '{check}', 'No.', '192.0.2.7', {then + 7}, {then + 7}, 4);
                """);
        }

        IFleetStorage storage = await OpenAsync();

        DeviceView strangers = (await storage.Directory.FindAsync("strangers", Samples.Then))!;
        strangers.Should().BeEquivalentTo(new { State = DeviceState.Attested, Attempts = new RefusedAttempts(4, Samples.Then.AddTicks(7), "192.0.2.7") });
        DeviceView own = (await storage.Directory.FindAsync("own", Samples.Then))!;
        own.Should().BeEquivalentTo(new { State = DeviceState.Refused, Attempts = (RefusedAttempts?)null, LastRefusedAt = Samples.Then.AddTicks(7) });
        (await storage.History.GetRefusalsAsync("own", 10)).Should().ContainSingle().Which.Signed.Should().BeTrue();
        (await storage.Devices.AddAsync(Samples.Device("node"))).Should().Be(AddDeviceOutcome.Added);
        await RunAsync("UPDATE refusals SET network = 'x' WHERE network = '192.0.2.7'");
    }

    /// <summary>Writes a version number into the database; null for its own.</summary>
    private protected abstract Task PretendNewerVersionAsync(int? version);

    /// <summary>Makes the tables as the first version had them.</summary>
    private protected abstract Task MakeFirstVersionAsync();

    /// <summary>Runs statements on the database of the devices, past the storage.</summary>
    private protected abstract Task RunAsync(string statements);

    /// <summary>How the database writes that something is true.</summary>
    private protected abstract string True { get; }

    /// <summary>How the database writes bytes of which there are none.</summary>
    private protected abstract string NoBytes { get; }
}
