using Fleet.Server.Storage;
using HardwareAttestation.Verifier;

namespace HardwareAttestation.Fleet.Tests.Storage;

public abstract partial class StorageContract
{
    [Fact]
    public async Task Attestations_of_one_boot_are_one_row_that_counts_them()
    {
        IFleetHistory history = (await OpenAsync()).History;
        await history.RecordAttestationAsync(Samples.Attestation(at: Samples.Then));
        await history.RecordAttestationAsync(Samples.Attestation(at: Samples.Then.AddHours(1)));
        await history.RecordAttestationAsync(Samples.Attestation(at: Samples.Then.AddHours(2), resetCount: uint.MaxValue));
        await history.RecordAttestationAsync(Samples.Attestation("other"));

        (await history.GetBootsAsync("node", 10)).Should().Equal(
            new Boot("enrolment", uint.MaxValue, 2, Samples.Then.AddHours(2), Samples.Then.AddHours(2), 1),
            new Boot("enrolment", 7, 2, Samples.Then, Samples.Then.AddHours(1), 2));
        (await history.GetBootsAsync("node", 1)).Should().ContainSingle().Which.ResetCount.Should().Be(uint.MaxValue);
        (await history.GetBootsAsync("nobody", 10)).Should().BeEmpty();
    }

    [Fact]
    public async Task Attestations_of_one_boot_at_once_are_all_counted()
    {
        IFleetHistory[] instances = [(await OpenAsync()).History, (await OpenAsync()).History];
        await Task.WhenAll(Enumerable.Range(0, 40).Select(i => Task.Run(() => instances[i % 2].RecordAttestationAsync(Samples.Attestation()))));

        (await instances[0].GetBootsAsync("node", 10)).Should().ContainSingle().Which.Attestations.Should().Be(40);
    }

    [Fact]
    public async Task A_node_keeps_its_latest_boots()
    {
        IFleetHistory history = (await OpenAsync(new StorageOptions { BootsPerNode = 3 })).History;
        for (uint i = 0; i < 5; i++)
        {
            await history.RecordAttestationAsync(Samples.Attestation(at: Samples.Then.AddHours(i), resetCount: i));
        }

        (await history.GetBootsAsync("node", 10)).Select(boot => boot.ResetCount).Should().Equal(4, 3, 2);
    }

    [Fact]
    public async Task The_same_refusal_shortly_after_is_one_row_that_counts_them()
    {
        IFleetHistory history = (await OpenAsync()).History;
        await history.RecordRefusalAsync(Samples.Refusal(at: Samples.Then));
        await history.RecordRefusalAsync(Samples.Refusal(at: Samples.Then.AddMinutes(9)));
        await history.RecordRefusalAsync(Samples.Refusal(at: Samples.Then.AddMinutes(18)));
        await history.RecordRefusalAsync(Samples.Refusal(at: Samples.Then.AddMinutes(19), check: "challenge.known"));
        await history.RecordRefusalAsync(Samples.Refusal(at: Samples.Then.AddMinutes(20), source: "192.0.2.8"));
        await history.RecordRefusalAsync(Samples.Refusal(at: Samples.Then.AddMinutes(29)));

        (await history.GetRefusalsAsync("node", 10)).Should().Equal(
            Samples.Refusal(at: Samples.Then.AddMinutes(29)),
            Samples.Refusal(at: Samples.Then.AddMinutes(20), source: "192.0.2.8"),
            Samples.Refusal(at: Samples.Then.AddMinutes(19), check: "challenge.known"),
            Samples.Refusal(at: Samples.Then) with { LastAt = Samples.Then.AddMinutes(18), Count = 3 });
    }

    [Fact]
    public async Task The_same_refusals_at_once_are_all_counted()
    {
        IFleetHistory[] instances = [(await OpenAsync()).History, (await OpenAsync()).History];
        await Task.WhenAll(Enumerable.Range(0, 40).Select(i => Task.Run(() => instances[i % 2].RecordRefusalAsync(Samples.Refusal()))));

        (await instances[0].GetRefusalsAsync("node", 10)).Should().ContainSingle().Which.Count.Should().Be(40);
    }

    [Fact]
    public async Task A_node_keeps_its_latest_refusals()
    {
        IFleetHistory history = (await OpenAsync(new StorageOptions { RefusalsPerNode = 3, RefusalsPerNodeAndSource = 3 })).History;
        for (int i = 0; i < 5; i++)
        {
            await history.RecordRefusalAsync(Samples.Refusal(at: Samples.Then.AddMinutes(i), check: $"check{i}"));
        }

        (await history.GetRefusalsAsync("node", 10)).Select(refusal => refusal.Check).Should().Equal("check4", "check3", "check2");
    }

    [Fact]
    public async Task One_source_that_floods_a_node_with_refusals_pushes_out_its_own()
    {
        IFleetHistory history = (await OpenAsync(new StorageOptions { RefusalsPerNode = 6, RefusalsPerNodeAndSource = 3 })).History;
        await history.RecordRefusalAsync(Samples.Refusal(at: Samples.Then, check: "others", source: "192.0.2.8"));
        for (int i = 0; i < 20; i++)
        {
            // Of one network of IPv6, whoever has it has as many addresses as he likes.
            await history.RecordRefusalAsync(Samples.Refusal(at: Samples.Then.AddMinutes(1 + i), check: $"flood{i}", source: $"2001:db8::{i}") with { Network = "2001:db8::/64" });
        }

        (await history.GetRefusalsAsync("node", 100)).Select(refusal => refusal.Check).Should().Equal("flood19", "flood18", "flood17", "others");
    }

    [Fact]
    public async Task What_strangers_have_refused_pushes_out_nothing_that_the_node_signed()
    {
        IFleetHistory history = (await OpenAsync(new StorageOptions { RefusalsPerNode = 3, RefusalsPerNodeAndSource = 1 })).History;
        for (int i = 0; i < 3; i++)
        {
            await history.RecordRefusalAsync(Samples.Refusal(at: Samples.Then.AddMinutes(i), check: $"signed{i}", signed: true));
        }

        for (int i = 0; i < 9; i++)
        {
            await history.RecordRefusalAsync(Samples.Refusal(at: Samples.Then.AddMinutes(10 + i), check: $"flood{i}", source: $"192.0.2.{i}"));
        }

        IReadOnlyList<Refusal> kept = await history.GetRefusalsAsync("node", 100);
        kept.Select(refusal => refusal.Check).Should().Equal("flood8", "flood7", "flood6", "signed2", "signed1", "signed0");
        kept.Select(refusal => refusal.Signed).Should().Equal(false, false, false, true, true, true);
    }

    [Fact]
    public async Task The_same_refusal_of_what_was_signed_and_what_was_not_are_two_rows()
    {
        IFleetHistory history = (await OpenAsync()).History;
        await history.RecordRefusalAsync(Samples.Refusal(signed: true));
        await history.RecordRefusalAsync(Samples.Refusal());

        (await history.GetRefusalsAsync("node", 100)).Should().BeEquivalentTo([Samples.Refusal(), Samples.Refusal(signed: true)]);
    }

    [Fact]
    public async Task Refusals_in_names_that_no_device_has_are_bounded_together_and_push_out_no_devices()
    {
        IFleetStorage storage = await OpenAsync(new StorageOptions { RefusalsWithoutDevice = 300 });
        await storage.Devices.AddAsync(Samples.Device("node"));
        await storage.History.RecordRefusalAsync(Samples.Refusal());
        await Task.WhenAll(Enumerable.Range(1, 450).Select(i => storage.History.RecordRefusalAsync(
            Samples.Refusal(i % 2 == 0 ? null : $"stranger{i}", Samples.Then.AddMinutes(i), check: $"check{i}"))));

        IReadOnlyList<Refusal> all = await storage.History.GetRefusalsAsync(nodeId: null, 1000);
        all.Count.Should().BeInRange(200, 301);
        all.Should().Contain(Samples.Refusal(), "it is a device's");
        (await storage.History.GetRefusalsAsync("node", 10)).Should().ContainSingle();
    }

    [Fact]
    public async Task What_strangers_send_is_cut_and_cleaned()
    {
        IFleetHistory history = (await OpenAsync()).History;
        await history.RecordRefusalAsync(Samples.Refusal("n\0de\ud800" + new string('x', 1000), source: "\u001b[31m") with { Detail = new string('y', 100_000) });
        await history.RecordRefusalAsync(Samples.Refusal(node: ""));

        IReadOnlyList<Refusal> refusals = await history.GetRefusalsAsync(nodeId: null, 10);
        refusals.Should().HaveCount(2);
        refusals.Should().ContainSingle(refusal => refusal.NodeId == null);
        Refusal cleaned = refusals.Single(refusal => refusal.NodeId != null);
        cleaned.NodeId.Should().StartWith("n\ufffdde\ufffdx").And.HaveLength(256);
        cleaned.Source.Should().Be("\ufffd[31m");
        cleaned.Detail.Should().HaveLength(2000);
    }

    [Fact]
    public async Task A_refusal_of_what_a_device_signed_marks_it_and_leaves_its_revision()
    {
        IFleetStorage storage = await OpenAsync();
        await storage.Devices.AddAsync(Samples.Device("node", lastVerifiedAt: Samples.Then));
        await storage.History.RecordRefusalAsync(Samples.Refusal(at: Samples.Then.AddTicks(1), signed: true));
        await storage.History.RecordRefusalAsync(Samples.Refusal(at: Samples.Then.AddHours(-1), signed: true));

        DeviceView view = (await storage.Directory.FindAsync("node", Samples.Then))!;
        view.LastRefusedAt.Should().Be(Samples.Then.AddTicks(1), "an earlier refusal that comes late changes nothing");
        view.Record.Revision.Should().Be(0);
        view.State.Should().Be(DeviceState.Refused);
        (await storage.Devices.TryUpdateAsync(Samples.Device("node", lastVerifiedAt: Samples.Then.AddTicks(2), revision: 1))).Should().BeTrue();
        (await storage.Directory.FindAsync("node", Samples.Then))!.State.Should().Be(DeviceState.Attested);
    }

    [Fact]
    public async Task A_new_enrolment_begins_without_the_refusals_of_the_one_before()
    {
        IFleetStorage storage = await OpenAsync();
        DeviceRecord first = Samples.Device("node");
        await storage.Devices.AddAsync(first);
        await storage.History.RecordRefusalAsync(Samples.Refusal(signed: true));
        long mark = await storage.Devices.GetRemovalMarkAsync("node", "new key");
        await storage.Devices.TryReplaceAsync(first, Samples.Device("node", key: "new key", revision: 1), mark);

        (await storage.Directory.FindAsync("node", Samples.Then))!.LastRefusedAt.Should().BeNull();
        (await storage.History.GetRefusalsAsync("node", 10)).Should().ContainSingle("it did happen");
    }

    [Fact]
    public async Task Cleaning_up_forgets_what_has_expired_and_history_that_is_too_old()
    {
        IFleetStorage storage = await OpenAsync(new StorageOptions { HistoryAge = TimeSpan.FromDays(10) });
        await storage.Challenges.TryAddAsync(Challenge("expires"));
        await storage.Challenges.TryAddAsync(Challenge("stays", lifetime: TimeSpan.FromDays(30)));
        foreach (int day in (int[])[0, 5])
        {
            await storage.History.RecordAttestationAsync(Samples.Attestation(at: Samples.Then.AddDays(day), resetCount: (uint)day));
            await storage.History.RecordRefusalAsync(Samples.Refusal(at: Samples.Then.AddDays(day)));
        }

        Clock.Now = Samples.Then.AddDays(11);
        (await storage.CleanUpAsync(Clock.Now)).Should().Be(3);
        (await storage.CleanUpAsync(Clock.Now)).Should().Be(0);

        (await storage.Challenges.TakeAsync("stays")).Should().NotBeNull();
        (await storage.History.GetBootsAsync("node", 10)).Should().ContainSingle().Which.ResetCount.Should().Be(5);
        (await storage.History.GetRefusalsAsync("node", 10)).Should().ContainSingle().Which.FirstAt.Should().Be(Samples.Then.AddDays(5));
    }
}
