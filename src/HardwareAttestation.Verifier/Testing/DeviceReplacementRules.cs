namespace HardwareAttestation.Verifier.Testing;

/// <summary>The rules of replacing devices.</summary>
internal static class DeviceReplacementRules
{
    private const int Rounds = 10;

    public static IReadOnlyList<StoreRule<IDeviceStore>> All { get; } =
    [
        new("A device is not added with a removal mark from before its endorsement key was replaced", NoticesReplacedKeyAsync),
        new("A replacement takes the place of the device that was read", ReplacesAsync),
        new("A replacement of a device that was changed or removed is refused", ChecksCurrentAsync),
        new("A replacement with another node's endorsement key is refused", RefusesTakenKeyAsync),
        new("A device is not replaced with a removal mark from before the device with the new endorsement key was removed", NoticesRemovedKeyOfReplacementAsync),
        new("Of many who replace a device at once, exactly one does", ReplacesOnceAtOnceAsync),
        new("Of many who replace devices with one endorsement key at once, exactly one does", ReplacesWithOneKeyAtOnceAsync),
        new("Of an update and a replacement at once, exactly one is done", UpdatesOrReplacesAtOnceAsync),
    ];

    private static async Task NoticesReplacedKeyAsync(IDeviceStore store, Expectation expect)
    {
        long mark = await store.GetRemovalMarkAsync("node", "key").ConfigureAwait(false);
        DeviceRecord other = TestDevices.Create("other", "key");
        await expect.AddsAsync(store, other).ConfigureAwait(false);
        await IsReplacedAsync(store, expect, other, TestDevices.Create("other", "key2", "second", revision: 1)).ConfigureAwait(false);
        await expect.IsNoticedAsync(store, TestDevices.Create("node", "key"), mark).ConfigureAwait(false);
    }

    private static async Task ReplacesAsync(IDeviceStore store, Expectation expect)
    {
        DeviceRecord first = TestDevices.Create("node", "key", "first");
        DeviceRecord second = TestDevices.CreateFull("node", "key", revision: 1);
        DeviceRecord third = TestDevices.Create("node", "key2", "third", revision: 2);
        await expect.AddsAsync(store, first).ConfigureAwait(false);
        await IsReplacedAsync(store, expect, first, second).ConfigureAwait(false);
        expect.Same(second, await store.FindByEndorsementKeyAsync("key").ConfigureAwait(false));
        await IsReplacedAsync(store, expect, second, third).ConfigureAwait(false);
        expect.Same(third, await store.FindByEndorsementKeyAsync("key2").ConfigureAwait(false));
        expect.That(
            await store.FindByEndorsementKeyAsync("key").ConfigureAwait(false) is null, "an endorsement key was found after its device was replaced with another one.");
        await expect.AddsAsync(store, TestDevices.Create("node2", "key")).ConfigureAwait(false);
        expect.Equal(
            AddDeviceOutcome.EndorsementKeyTaken,
            await store.AddAsync(TestDevices.Create("node3", "key2")).ConfigureAwait(false),
            "the outcome of adding a second device with the new endorsement key");
    }

    private static async Task ChecksCurrentAsync(IDeviceStore store, Expectation expect)
    {
        DeviceRecord device = TestDevices.Create("node", "key", "first");
        DeviceRecord replacement = TestDevices.Create("node", "key2", "second", revision: 1);
        await IsRefusedAsync("a node without a device").ConfigureAwait(false);
        await expect.AddsAsync(store, device).ConfigureAwait(false);
        DeviceRecord changed = device.With(DeviceStatus.Revoked, "stolen");
        await store.TryUpdateAsync(changed).ConfigureAwait(false);
        await IsRefusedAsync("a device that was changed since").ConfigureAwait(false);
        expect.Same(changed, await store.FindAsync("node").ConfigureAwait(false));
        await store.RemoveAsync("node").ConfigureAwait(false);
        await IsRefusedAsync("a device that was removed").ConfigureAwait(false);
        DeviceRecord again = TestDevices.Create("node", "key", "again");
        await expect.AddsAsync(store, again).ConfigureAwait(false);
        await IsRefusedAsync("a device that was removed and enrolled again").ConfigureAwait(false);
        expect.Same(again, await store.FindAsync("node").ConfigureAwait(false));
        expect.That(await store.FindByEndorsementKeyAsync("key2").ConfigureAwait(false) is null, "a replacement that was refused left its endorsement key behind.");

        async Task IsRefusedAsync(string what) => expect.Equal(
            ReplaceDeviceOutcome.Changed, await store.ReplaceAsync(device, replacement).ConfigureAwait(false), $"the outcome of replacing {what}");
    }

    private static async Task RefusesTakenKeyAsync(IDeviceStore store, Expectation expect)
    {
        DeviceRecord device = TestDevices.Create("node", "key");
        DeviceRecord other = TestDevices.Create("other", "key2");
        await expect.AddsAsync(store, device).ConfigureAwait(false);
        await expect.AddsAsync(store, other).ConfigureAwait(false);
        expect.Equal(
            ReplaceDeviceOutcome.EndorsementKeyTaken,
            await store.ReplaceAsync(device, TestDevices.Create("node", "key2", "second", revision: 1)).ConfigureAwait(false),
            "the outcome of replacing a device with one of another node's endorsement key");
        expect.Same(device, await store.FindByEndorsementKeyAsync("key").ConfigureAwait(false));
        expect.Same(other, await store.FindByEndorsementKeyAsync("key2").ConfigureAwait(false));
    }

    private static async Task NoticesRemovedKeyOfReplacementAsync(IDeviceStore store, Expectation expect)
    {
        DeviceRecord device = TestDevices.Create("node", "key");
        await expect.AddsAsync(store, device).ConfigureAwait(false);
        long mark = await store.GetRemovalMarkAsync("node", "key2").ConfigureAwait(false);
        await expect.AddsAsync(store, TestDevices.Create("other", "key2")).ConfigureAwait(false);
        await store.RemoveAsync("other").ConfigureAwait(false);
        expect.Equal(
            ReplaceDeviceOutcome.RemovedMeanwhile,
            await store.TryReplaceAsync(device, TestDevices.Create("node", "key2", "second", revision: 1), mark).ConfigureAwait(false),
            "the outcome of replacing a device with an old mark");
        expect.Same(device, await store.FindAsync("node").ConfigureAwait(false));
    }

    private static async Task ReplacesOnceAtOnceAsync(IDeviceStore store, Expectation expect)
    {
        DeviceRecord device = TestDevices.Create("node", "key");
        await expect.AddsAsync(store, device).ConfigureAwait(false);
        for (int round = 0; round < Rounds; round++)
        {
            ReplaceDeviceOutcome[] outcomes = await Expectation.AtOnceAsync(caller => store.ReplaceAsync(
                device, TestDevices.Create("node", $"key{round}-{caller}", $"e{round}-{caller}", device.Revision + 1))).ConfigureAwait(false);
            OneWins(outcomes, ReplaceDeviceOutcome.Changed, expect);
            DeviceRecord? stored = await store.FindAsync("node").ConfigureAwait(false);
            expect.That(stored is not null, "the device was lost.");
            device = stored!;
        }
    }

    private static async Task ReplacesWithOneKeyAtOnceAsync(IDeviceStore store, Expectation expect)
    {
        for (int round = 0; round < Rounds; round++)
        {
            // Added before: a replacement counts a removal of its old key, which may be counted with a new device's.
            string key = $"new{round}";
            DeviceRecord[] devices = [.. Enumerable.Range(0, Expectation.Callers).Select(caller => TestDevices.Create($"node{round}-{caller}", $"key{round}-{caller}"))];
            foreach (DeviceRecord device in devices)
            {
                await expect.AddsAsync(store, device).ConfigureAwait(false);
            }

            ReplaceDeviceOutcome[] outcomes = await Expectation.AtOnceAsync(caller => store.ReplaceAsync(
                devices[caller], TestDevices.Create(devices[caller].NodeId, key, "second", revision: 1))).ConfigureAwait(false);
            OneWins(outcomes, ReplaceDeviceOutcome.EndorsementKeyTaken, expect);
        }
    }

    private static async Task UpdatesOrReplacesAtOnceAsync(IDeviceStore store, Expectation expect)
    {
        for (int round = 0; round < Rounds; round++)
        {
            DeviceRecord device = TestDevices.Create($"node{round}", $"key{round}");
            await expect.AddsAsync(store, device).ConfigureAwait(false);
            bool[] done = await Expectation.AtOnceAsync(async caller => caller % 2 == 0
                ? await store.TryUpdateAsync(device.With(DeviceStatus.Revoked, "stolen")).ConfigureAwait(false)
                : await store.ReplaceAsync(device, TestDevices.Create(device.NodeId, device.EndorsementKeyId, "second", revision: 1)).ConfigureAwait(false)
                    == ReplaceDeviceOutcome.Replaced).ConfigureAwait(false);
            int winners = done.Count(won => won);
            expect.That(winners == 1, $"{winners} of {done.Length} were done.");
        }
    }

    private static async Task IsReplacedAsync(IDeviceStore store, Expectation expect, DeviceRecord current, DeviceRecord replacement)
    {
        expect.Equal(
            ReplaceDeviceOutcome.Replaced, await store.ReplaceAsync(current, replacement).ConfigureAwait(false), "the outcome of replacing the device that was read");
        expect.Same(replacement, await store.FindAsync(replacement.NodeId).ConfigureAwait(false));
    }

    private static void OneWins(ReplaceDeviceOutcome[] outcomes, ReplaceDeviceOutcome others, Expectation expect)
    {
        int winners = outcomes.Count(outcome => outcome == ReplaceDeviceOutcome.Replaced);
        expect.That(winners == 1, $"{winners} of {outcomes.Length} did.");
        foreach (ReplaceDeviceOutcome outcome in outcomes.Where(outcome => outcome != ReplaceDeviceOutcome.Replaced))
        {
            expect.Equal(others, outcome, "the outcome of those who came too late");
        }
    }
}
