using HardwareAttestation.Structures;

namespace HardwareAttestation.Verifier.Testing;

/// <summary>The rules of adding, finding and changing devices.</summary>
internal static class DeviceStoreRules
{
    private const int Rounds = 10;
    private const int Many = 250;

    public static IReadOnlyList<StoreRule<IDeviceStore>> All { get; } =
    [
        new("A device is found by its node and by its endorsement key, as it was added", FindsAsync),
        new("Names are told apart by case", TellsNamesApartAsync),
        new("A node that has a device is taken, and stays as it is", RefusesTakenNodesAsync),
        new("An endorsement key of another node is taken, and stays as it is", RefusesTakenKeysAsync),
        new("An update changes every property that may change", UpdatesAsync),
        new("An update replaces only the record of the revision before", ChecksRevisionsAsync),
        new("An update replaces no record of another enrolment", ChecksEnrollmentsAsync),
        new("An update neither adds a device nor changes its endorsement key", ChangesNoKeyAsync),
        new("Devices are listed once each, in the ordinal order of their nodes", ListsAsync),
        new("A listing goes on after a node, whether it has a device or not", ListsAfterAsync),
        new("Of many who add a device for one node at once, exactly one does", AddsOneNodeAtOnceAsync),
        new("Of many who add a device with one endorsement key at once, exactly one does", AddsOneKeyAtOnceAsync),
        new("Of many who update a device at once, exactly one does", UpdatesOnceAtOnceAsync),
    ];

    private static async Task FindsAsync(IDeviceStore store, Expectation expect)
    {
        expect.That(await store.FindAsync("node").ConfigureAwait(false) is null, "a store that should be empty is not.");
        foreach (DeviceRecord device in (DeviceRecord[])[TestDevices.Create("node", "key"), TestDevices.CreateFull("node2", "key2")])
        {
            expect.Equal(AddDeviceOutcome.Added, await store.AddAsync(device).ConfigureAwait(false), "the outcome of adding a device");
            expect.Same(device, await store.FindAsync(device.NodeId).ConfigureAwait(false));
            expect.Same(device, await store.FindByEndorsementKeyAsync(device.EndorsementKeyId).ConfigureAwait(false));
        }

        expect.That(await store.FindAsync("key").ConfigureAwait(false) is null, "a device was found with its endorsement key as the node.");
        expect.That(await store.FindByEndorsementKeyAsync("node").ConfigureAwait(false) is null, "a device was found with its node as the endorsement key.");
    }

    private static async Task TellsNamesApartAsync(IDeviceStore store, Expectation expect)
    {
        await store.AddAsync(TestDevices.Create("node", "key")).ConfigureAwait(false);
        expect.That(await store.FindAsync("NODE").ConfigureAwait(false) is null, "'node' was found as 'NODE'.");
        expect.That(await store.FindByEndorsementKeyAsync("KEY").ConfigureAwait(false) is null, "'key' was found as 'KEY'.");
        expect.That(!await store.TryRemoveAsync(TestDevices.Create("NODE", "key")).ConfigureAwait(false), "'node' was removed as 'NODE'.");
        expect.Equal(
            AddDeviceOutcome.Added, await store.AddAsync(TestDevices.Create("NODE", "KEY")).ConfigureAwait(false), "the outcome of adding 'NODE' beside 'node'");
    }

    private static async Task RefusesTakenNodesAsync(IDeviceStore store, Expectation expect)
    {
        DeviceRecord device = TestDevices.Create("node", "key");
        await store.AddAsync(device).ConfigureAwait(false);
        foreach (string key in (string[])["key", "other"])
        {
            expect.Equal(
                AddDeviceOutcome.NodeTaken,
                await store.AddAsync(TestDevices.Create("node", key, "later")).ConfigureAwait(false),
                "the outcome of adding a second device of a node");
        }

        expect.Same(device, await store.FindAsync("node").ConfigureAwait(false));
        expect.That(await store.FindByEndorsementKeyAsync("other").ConfigureAwait(false) is null, "a device that was refused left its endorsement key behind.");
        expect.Equal(
            AddDeviceOutcome.Added,
            await store.AddAsync(TestDevices.Create("node2", "other")).ConfigureAwait(false),
            "the outcome of adding the refused device's endorsement key for another node");
    }

    private static async Task RefusesTakenKeysAsync(IDeviceStore store, Expectation expect)
    {
        DeviceRecord device = TestDevices.Create("node", "key");
        await store.AddAsync(device).ConfigureAwait(false);
        expect.Equal(
            AddDeviceOutcome.EndorsementKeyTaken,
            await store.AddAsync(TestDevices.Create("node2", "key")).ConfigureAwait(false),
            "the outcome of adding a second device with an endorsement key");
        expect.That(await store.FindAsync("node2").ConfigureAwait(false) is null, "a device that was refused was added.");
        expect.Same(device, await store.FindByEndorsementKeyAsync("key").ConfigureAwait(false));
    }

    private static async Task UpdatesAsync(IDeviceStore store, Expectation expect)
    {
        await store.AddAsync(TestDevices.Create("node", "key")).ConfigureAwait(false);
        DeviceRecord changed = TestDevices.Create("node", "key")
            .With(DeviceStatus.Retired, "moved")
            .With(new EnrollmentGrant("grant", EnrollmentGrantKind.SameEndorsementKey, DateTimeOffset.UnixEpoch))
            .Verified(DateTimeOffset.UnixEpoch.AddDays(1), new TpmsClockInfo(1, 2, 3, true))
            .At(revision: 1);
        expect.That(await store.TryUpdateAsync(changed).ConfigureAwait(false), "an update of the record that was read was refused.");
        expect.Same(changed, await store.FindAsync("node").ConfigureAwait(false));
        expect.Same(changed, await store.FindByEndorsementKeyAsync("key").ConfigureAwait(false));

        DeviceRecord back = changed.With(DeviceStatus.Active, reason: null);
        expect.That(await store.TryUpdateAsync(back).ConfigureAwait(false), "an update of the record that was read was refused.");
        expect.Same(back, await store.FindAsync("node").ConfigureAwait(false));
    }

    private static async Task ChecksRevisionsAsync(IDeviceStore store, Expectation expect)
    {
        DeviceRecord device = TestDevices.Create("node", "key");
        DeviceRecord next = device.With(DeviceStatus.Retired, reason: null);
        await store.AddAsync(device).ConfigureAwait(false);
        expect.That(!await store.TryUpdateAsync(device).ConfigureAwait(false), "a record of the same revision replaced the stored one.");
        expect.That(!await store.TryUpdateAsync(next.At(revision: 2)).ConfigureAwait(false), "a record of a revision two later replaced the stored one.");
        expect.That(await store.TryUpdateAsync(next).ConfigureAwait(false), "a record of the next revision did not replace the stored one.");
        expect.That(!await store.TryUpdateAsync(next).ConfigureAwait(false), "a record replaced the stored one twice.");
        expect.Same(next, await store.FindAsync("node").ConfigureAwait(false));
    }

    private static async Task ChecksEnrollmentsAsync(IDeviceStore store, Expectation expect)
    {
        DeviceRecord removed = TestDevices.Create("node", "key", "first");
        DeviceRecord current = TestDevices.Create("node", "key", "second");
        await store.AddAsync(removed).ConfigureAwait(false);
        await store.RemoveAsync("node").ConfigureAwait(false);
        await store.AddAsync(current).ConfigureAwait(false);
        expect.That(
            !await store.TryUpdateAsync(removed.With(DeviceStatus.Retired, reason: null)).ConfigureAwait(false),
            "a record of an enrolment that was removed replaced the one of a later enrolment.");
        expect.Same(current, await store.FindAsync("node").ConfigureAwait(false));
    }

    private static async Task ChangesNoKeyAsync(IDeviceStore store, Expectation expect)
    {
        DeviceRecord device = TestDevices.Create("node", "key");
        await store.AddAsync(device).ConfigureAwait(false);
        expect.That(!await store.TryUpdateAsync(TestDevices.Create("node2", "key2", revision: 1)).ConfigureAwait(false), "an update was made of a device that is not there.");
        expect.That(!await store.TryUpdateAsync(TestDevices.Create("node", "key2", revision: 1)).ConfigureAwait(false), "an update changed the endorsement key.");
        expect.That(await store.FindAsync("node2").ConfigureAwait(false) is null, "an update added a device.");
        expect.That(await store.FindByEndorsementKeyAsync("key2").ConfigureAwait(false) is null, "an update added an endorsement key.");
        expect.Same(device, await store.FindAsync("node").ConfigureAwait(false));
    }

    private static async Task ListsAsync(IDeviceStore store, Expectation expect)
    {
        await ListsAsync(store, expect, afterNodeId: null, []).ConfigureAwait(false);

        // Names that a language's order would put elsewhere, and more than a store reads at a time.
        string[] nodes = ["node", "Node", "node-1", "node.1", "node:1", "node_1", "node1", "node10", "node2", "9", "Z", "a", .. Enumerable.Range(0, Many).Select(i => $"many{i}")];
        foreach (string node in nodes)
        {
            await store.AddAsync(node == "node" ? TestDevices.CreateFull(node, $"key of {node}") : TestDevices.Create(node, $"key of {node}")).ConfigureAwait(false);
        }

        Array.Sort(nodes, StringComparer.Ordinal);
        await ListsAsync(store, expect, afterNodeId: null, nodes).ConfigureAwait(false);
        await foreach (DeviceRecord device in store.ListAsync("many99").ConfigureAwait(false))
        {
            expect.Same(TestDevices.CreateFull("node", "key of node"), device);
            break;
        }
    }

    private static async Task ListsAfterAsync(IDeviceStore store, Expectation expect)
    {
        foreach (string node in (string[])["b", "d", "f"])
        {
            await store.AddAsync(TestDevices.Create(node, $"key of {node}")).ConfigureAwait(false);
        }

        await ListsAsync(store, expect, "b", ["d", "f"]).ConfigureAwait(false);
        await ListsAsync(store, expect, "c", ["d", "f"]).ConfigureAwait(false);
        await store.RemoveAsync("d").ConfigureAwait(false);
        await ListsAsync(store, expect, "d", ["f"]).ConfigureAwait(false);
        await ListsAsync(store, expect, "f", []).ConfigureAwait(false);
        await ListsAsync(store, expect, "B", ["b", "f"]).ConfigureAwait(false);
    }

    private static async Task ListsAsync(IDeviceStore store, Expectation expect, string? afterNodeId, string[] expected)
    {
        List<string> listed = [];
        await foreach (DeviceRecord device in store.ListAsync(afterNodeId).ConfigureAwait(false))
        {
            listed.Add(device.NodeId);
        }

        expect.Equal(string.Join(", ", expected), string.Join(", ", listed), $"what is listed after {afterNodeId ?? "nothing"}");
    }

    private static async Task AddsOneNodeAtOnceAsync(IDeviceStore store, Expectation expect)
    {
        for (int round = 0; round < Rounds; round++)
        {
            string node = $"node{round}";
            AddDeviceOutcome[] outcomes = await Expectation.AtOnceAsync(
                caller => store.AddAsync(TestDevices.Create(node, $"key{round}-{caller}"))).ConfigureAwait(false);
            OneWins(outcomes, AddDeviceOutcome.NodeTaken, expect);
        }
    }

    private static async Task AddsOneKeyAtOnceAsync(IDeviceStore store, Expectation expect)
    {
        for (int round = 0; round < Rounds; round++)
        {
            string key = $"key{round}";
            AddDeviceOutcome[] outcomes = await Expectation.AtOnceAsync(
                caller => store.AddAsync(TestDevices.Create($"node{round}-{caller}", key))).ConfigureAwait(false);
            OneWins(outcomes, AddDeviceOutcome.EndorsementKeyTaken, expect);
        }
    }

    private static async Task UpdatesOnceAtOnceAsync(IDeviceStore store, Expectation expect)
    {
        DeviceRecord device = TestDevices.Create("node", "key");
        await store.AddAsync(device).ConfigureAwait(false);
        for (int round = 0; round < Rounds; round++)
        {
            DeviceRecord next = device.With(DeviceStatus.Retired, reason: null);
            bool[] updated = await Expectation.AtOnceAsync(_ => store.TryUpdateAsync(next)).ConfigureAwait(false);
            int winners = updated.Count(done => done);
            expect.That(winners == 1, $"{winners} of {updated.Length} did.");
            device = next;
        }
    }

    private static void OneWins(AddDeviceOutcome[] outcomes, AddDeviceOutcome others, Expectation expect)
    {
        int winners = outcomes.Count(outcome => outcome == AddDeviceOutcome.Added);
        expect.That(winners == 1, $"{winners} of {outcomes.Length} did.");
        foreach (AddDeviceOutcome outcome in outcomes.Where(outcome => outcome != AddDeviceOutcome.Added))
        {
            expect.Equal(others, outcome, "the outcome of those who came too late");
        }
    }
}
