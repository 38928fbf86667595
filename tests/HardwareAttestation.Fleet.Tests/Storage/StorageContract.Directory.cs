using Fleet.Server.Storage;
using HardwareAttestation.Verifier;

namespace HardwareAttestation.Fleet.Tests.Storage;

public abstract partial class StorageContract
{
    // The node says what state it should be in.
    private static readonly (string Node, DeviceStatus Status, TimeSpan? VerifiedAfter, TimeSpan? RefusedAfter)[] Fleet =
    [
        ("attested-1", DeviceStatus.Active, TimeSpan.Zero, null),
        ("attested-2", DeviceStatus.Active, TimeSpan.FromHours(1), TimeSpan.FromHours(1)),
        ("attested-3", DeviceStatus.Active, TimeSpan.FromHours(2), TimeSpan.FromHours(1)),
        ("overdue-1", DeviceStatus.Active, null, null),
        ("overdue-2", DeviceStatus.Active, TimeSpan.FromTicks(-1), null),
        ("refused-1", DeviceStatus.Active, null, TimeSpan.Zero),
        ("refused-2", DeviceStatus.Active, TimeSpan.FromHours(1), TimeSpan.FromHours(1) + TimeSpan.FromTicks(1)),
        ("refused-3", DeviceStatus.Active, TimeSpan.FromHours(-2), TimeSpan.FromHours(-1)),
        ("retired-1", DeviceStatus.Retired, TimeSpan.FromHours(-2), TimeSpan.FromHours(1)),
        ("revoked-1", DeviceStatus.Revoked, TimeSpan.FromHours(1), null),
        ("revoked-2", DeviceStatus.Revoked, null, TimeSpan.FromHours(1)),
    ];

    [Fact]
    public async Task Devices_are_counted_by_what_an_operator_sees_of_them()
    {
        IFleetStorage storage = await OpenFleetAsync();

        FleetSummary summary = await storage.Directory.SummarizeAsync(Samples.Then);

        summary.Should().Be(new FleetSummary(Attested: 3, Overdue: 2, Refused: 3, Retired: 1, Revoked: 2));
        summary.Total.Should().Be(Fleet.Length);
        (await (await OpenAsync()).Directory.SummarizeAsync(Samples.Then)).Should().Be(summary, "another instance sees the same");
    }

    [Fact]
    public async Task An_empty_fleet_is_counted_and_listed()
    {
        IFleetStorage storage = await OpenAsync();

        (await storage.Directory.SummarizeAsync(Samples.Then)).Should().Be(new FleetSummary(0, 0, 0, 0, 0));
        (await storage.Directory.ListAsync(new DeviceQuery(Samples.Then, null, null, null, 10))).Should().BeEmpty();
        (await storage.Directory.FindAsync("node", Samples.Then)).Should().BeNull();
    }

    [Fact]
    public async Task A_list_of_a_state_has_the_devices_of_that_state()
    {
        IFleetStorage storage = await OpenFleetAsync();
        foreach (DeviceState state in Enum.GetValues<DeviceState>())
        {
            IReadOnlyList<DeviceView> listed = await storage.Directory.ListAsync(new DeviceQuery(Samples.Then, state, null, null, 100));

            listed.Should().OnlyContain(view => view.State == state);
            listed.Select(view => view.Record.NodeId).Should().Equal(
                Fleet.Select(device => device.Node).Where(node => node.StartsWith(state.ToString(), StringComparison.OrdinalIgnoreCase)));
            foreach (DeviceView view in listed)
            {
                (await storage.Directory.FindAsync(view.Record.NodeId, Samples.Then))!.State.Should().Be(state);
            }
        }
    }

    [Fact]
    public async Task A_list_is_read_page_by_page_in_the_order_of_the_names()
    {
        IFleetStorage storage = await OpenAsync();
        string[] nodes = ["A", "B", "a", "a-1", "a.1", "a1", "a:1", "a_1", "b", "z9"];
        foreach (string node in nodes.Reverse())
        {
            await storage.Devices.AddAsync(Samples.Device(node));
        }

        List<string> read = [];
        while (await storage.Directory.ListAsync(new DeviceQuery(Samples.Then, null, null, read.LastOrDefault(), 3)) is { Count: > 0 } page)
        {
            read.AddRange(page.Select(view => view.Record.NodeId));
        }

        read.Should().Equal(nodes.Order(StringComparer.Ordinal));
        (await storage.Directory.ListAsync(new DeviceQuery(Samples.Then, null, "a", null, 100)))
            .Select(view => view.Record.NodeId).Should().Equal("a", "a-1", "a.1", "a1", "a:1", "a_1");
        (await storage.Directory.ListAsync(new DeviceQuery(Samples.Then, DeviceState.Overdue, "a", "a.1", 2)))
            .Select(view => view.Record.NodeId).Should().Equal("a1", "a:1");
    }

    [Fact]
    public async Task The_overdue_are_found_by_marks_that_boots_take_away_and_time_brings_back()
    {
        IFleetStorage storage = await OpenAsync();
        await storage.Devices.AddAsync(Samples.Device("node"));
        await storage.Devices.AddAsync(Samples.Device("silent"));
        (await ListOverdueAsync(Samples.Then)).Should().Equal("node", "silent");
        (await MarksAsync()).Should().Be(2);

        (await storage.Devices.TryUpdateAsync(Samples.Device("node", DeviceStatus.Retired, revision: 1))).Should().BeTrue();
        (await MarksAsync()).Should().Be(2, "it has not attested");
        (await storage.Devices.TryUpdateAsync(Samples.Device("node", lastVerifiedAt: Samples.Then, revision: 2))).Should().BeTrue();
        (await MarksAsync()).Should().Be(1);
        (await ListOverdueAsync(Samples.Then)).Should().Equal("silent");

        await storage.MarkOverdueAsync(Samples.Then);
        (await ListOverdueAsync(Samples.Then)).Should().Equal("silent");
        DateTimeOffset later = Samples.Then.AddTicks(1);
        (await ListOverdueAsync(later)).Should().Equal(["silent"], "nobody has marked the other yet");
        await storage.MarkOverdueAsync(later);
        (await ListOverdueAsync(later)).Should().Equal("node", "silent");
        (await ListOverdueAsync(Samples.Then)).Should().Equal(["silent"], "a mark alone makes none overdue");

        async Task<IEnumerable<string>> ListOverdueAsync(DateTimeOffset before) =>
            (await storage.Directory.ListAsync(new DeviceQuery(before, DeviceState.Overdue, null, null, 10))).Select(view => view.Record.NodeId);
    }

    [Fact]
    public async Task What_a_node_has_not_signed_leaves_its_state_and_is_counted_beside_it()
    {
        IFleetStorage storage = await OpenAsync();
        await storage.Devices.AddAsync(Samples.Device("node", lastVerifiedAt: Samples.Then));
        await storage.Devices.AddAsync(Samples.Device("other", lastVerifiedAt: Samples.Then));
        await storage.History.RecordRefusalAsync(Samples.Refusal(at: Samples.Then.AddHours(-1), source: "before its enrolment"));
        await storage.History.RecordRefusalAsync(Samples.Refusal(at: Samples.Then.AddMinutes(1)));
        await storage.History.RecordRefusalAsync(Samples.Refusal(at: Samples.Then.AddMinutes(2)));
        await storage.History.RecordRefusalAsync(Samples.Refusal(at: Samples.Then.AddMinutes(3), source: "192.0.2.8"));
        await storage.History.RecordRefusalAsync(Samples.Refusal("other", Samples.Then.AddMinutes(4), signed: true));

        RefusedAttempts attempts = new(3, Samples.Then.AddMinutes(3), "192.0.2.8");
        DeviceView view = (await storage.Directory.FindAsync("node", Samples.Then))!;
        view.Should().BeEquivalentTo(new { State = DeviceState.Attested, LastRefusedAt = (DateTimeOffset?)null, Attempts = attempts });
        IReadOnlyList<DeviceView> listed = await storage.Directory.ListAsync(new DeviceQuery(Samples.Then, null, null, null, 10));
        listed.Select(listedView => listedView.Attempts).Should().Equal(attempts, null);
        listed.Select(listedView => listedView.State).Should().Equal(DeviceState.Attested, DeviceState.Refused);
        (await storage.Directory.SummarizeAsync(Samples.Then)).Should().Be(new FleetSummary(Attested: 1, Overdue: 0, Refused: 1, Retired: 0, Revoked: 0));
    }

    private async Task<IFleetStorage> OpenFleetAsync()
    {
        IFleetStorage storage = await OpenAsync();
        foreach ((string node, DeviceStatus status, TimeSpan? verifiedAfter, TimeSpan? refusedAfter) in Fleet)
        {
            await storage.Devices.AddAsync(Samples.Device(node, status, Samples.Then + verifiedAfter));
            if (refusedAfter is { } after)
            {
                await storage.History.RecordRefusalAsync(Samples.Refusal(node, Samples.Then + after, signed: true));
            }
        }

        return storage;
    }

    /// <summary>How many devices have the mark by which the overdue are found.</summary>
    private protected abstract Task<long> MarksAsync();
}
