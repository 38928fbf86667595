namespace HardwareAttestation.Verifier.Tests.Enrollment;

/// <summary>What any <see cref="IDeviceStore"/> must do: derive from this to run it over another one.</summary>
public abstract class DeviceStoreContract
{
    [Fact]
    public async Task A_device_is_found_by_its_node_and_by_its_endorsement_key()
    {
        IDeviceStore store = CreateStore();
        (await store.TryAddAsync(Device("node", "ek"))).Should().Be(AddDeviceOutcome.Added);

        (await store.FindAsync("node"))!.EndorsementKeyId.Should().Be("ek");
        (await store.FindByEndorsementKeyAsync("ek"))!.NodeId.Should().Be("node");
        (await store.FindAsync("ek")).Should().BeNull();
        (await store.FindByEndorsementKeyAsync("node")).Should().BeNull();
        (await store.FindAsync("NODE")).Should().BeNull("names differ in case");
    }

    [Fact]
    public async Task A38_NodeThatHasADevice_IsTaken()
    {
        IDeviceStore store = CreateStore();
        await store.TryAddAsync(Device("node", "ek"));

        (await store.TryAddAsync(Device("node", "other"))).Should().Be(AddDeviceOutcome.NodeTaken);
        (await store.TryAddAsync(Device("node", "ek"))).Should().Be(AddDeviceOutcome.NodeTaken);

        (await store.FindAsync("node"))!.EndorsementKeyId.Should().Be("ek");
        (await store.FindByEndorsementKeyAsync("other")).Should().BeNull("what was refused leaves nothing behind");
        (await store.TryAddAsync(Device("node2", "other"))).Should().Be(AddDeviceOutcome.Added);
    }

    [Fact]
    public async Task A38_EndorsementKeyOfAnotherNode_IsTaken()
    {
        IDeviceStore store = CreateStore();
        await store.TryAddAsync(Device("node", "ek"));

        (await store.TryAddAsync(Device("node2", "ek"))).Should().Be(AddDeviceOutcome.EndorsementKeyTaken);

        (await store.FindAsync("node2")).Should().BeNull("what was refused leaves nothing behind");
        (await store.FindByEndorsementKeyAsync("ek"))!.NodeId.Should().Be("node");
    }

    [Fact]
    public async Task A_record_replaces_only_the_one_of_the_revision_before()
    {
        IDeviceStore store = CreateStore();
        DeviceRecord device = Device("node", "ek");
        await store.TryAddAsync(device);
        DeviceRecord next = device.Verified(ManualTimeProvider.Start, null);

        (await store.TryUpdateAsync(device)).Should().BeFalse("it is no newer");
        (await store.TryUpdateAsync(next.Verified(ManualTimeProvider.Start, null))).Should().BeFalse("one between is missing");
        (await store.TryUpdateAsync(next)).Should().BeTrue();
        (await store.TryUpdateAsync(next)).Should().BeFalse("somebody was faster");

        DeviceRecord stored = (await store.FindAsync("node"))!;
        stored.Revision.Should().Be(1);
        stored.LastVerifiedAt.Should().Be(ManualTimeProvider.Start);
        (await store.FindByEndorsementKeyAsync("ek"))!.Revision.Should().Be(1);
    }

    [Fact]
    public async Task An_update_neither_adds_a_device_nor_changes_its_key()
    {
        IDeviceStore store = CreateStore();
        await store.TryAddAsync(Device("node", "ek"));

        (await store.TryUpdateAsync(Device("node2", "ek2").Verified(ManualTimeProvider.Start, null))).Should().BeFalse();
        (await store.TryUpdateAsync(Device("node", "ek2").Verified(ManualTimeProvider.Start, null))).Should().BeFalse();

        (await store.FindAsync("node2")).Should().BeNull();
        (await store.FindAsync("node"))!.EndorsementKeyId.Should().Be("ek");
    }

    [Fact]
    public async Task A05_RecordOfAnEarlierEnrolment_NeverReplacesTheNewOne()
    {
        IDeviceStore store = CreateStore();
        DeviceRecord removed = Device("node", "ek");
        await store.TryAddAsync(removed);
        await store.RemoveAsync("node");
        await store.TryAddAsync(Device("node", "ek", attestationKey: 4));

        (await store.TryUpdateAsync(removed.Verified(ManualTimeProvider.Start, null))).Should().BeFalse("its attestation key was replaced");

        DeviceRecord stored = (await store.FindAsync("node"))!;
        stored.AttestationPublic.ToArray().Should().Equal(4);
        stored.Revision.Should().Be(0);
    }

    [Fact]
    public async Task Removing_a_device_frees_its_node_and_its_endorsement_key()
    {
        IDeviceStore store = CreateStore();
        await store.TryAddAsync(Device("node", "ek"));

        (await store.RemoveAsync("node")).Should().BeTrue();
        (await store.RemoveAsync("node")).Should().BeFalse();

        (await store.FindAsync("node")).Should().BeNull();
        (await store.FindByEndorsementKeyAsync("ek")).Should().BeNull();
        (await store.TryUpdateAsync(Device("node", "ek").Verified(ManualTimeProvider.Start, null))).Should().BeFalse();
        (await store.TryAddAsync(Device("node", "ek2"))).Should().Be(AddDeviceOutcome.Added);
        (await store.TryAddAsync(Device("node2", "ek"))).Should().Be(AddDeviceOutcome.Added);
    }

    [Fact]
    public async Task A38_ManyCallersAtOnce_OneGetsTheNodeAndOneTheEndorsementKey()
    {
        IDeviceStore store = CreateStore();
        AddDeviceOutcome[] sameNode = await Task.WhenAll(Enumerable.Range(0, 64).Select(i => Task.Run(() => store.TryAddAsync(Device("node", $"ek{i}")))));
        AddDeviceOutcome[] sameKey = await Task.WhenAll(Enumerable.Range(0, 64).Select(i => Task.Run(() => store.TryAddAsync(Device($"n{i}", "ek")))));

        sameNode.Should().ContainSingle(outcome => outcome == AddDeviceOutcome.Added);
        sameKey.Should().ContainSingle(outcome => outcome == AddDeviceOutcome.Added);
    }

    [Fact]
    public async Task Of_many_updates_at_once_one_wins()
    {
        IDeviceStore store = CreateStore();
        DeviceRecord device = Device("node", "ek");
        await store.TryAddAsync(device);

        bool[] updated = await Task.WhenAll(Enumerable.Range(0, 64).Select(
            i => Task.Run(() => store.TryUpdateAsync(device.Verified(ManualTimeProvider.Start.AddSeconds(i), null)))));

        updated.Count(done => done).Should().Be(1);
    }

    private protected abstract IDeviceStore CreateStore();

    private static DeviceRecord Device(string node, string endorsementKeyId, byte attestationKey = 3) => new()
    {
        NodeId = node,
        EndorsementKeyId = endorsementKeyId,
        EndorsementCertificate = new byte[] { 1 },
        EndorsementPublic = new byte[] { 2 },
        AttestationPublic = new byte[] { attestationKey },
        EnrolledAt = ManualTimeProvider.Start,
    };
}
