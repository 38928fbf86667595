namespace HardwareAttestation.Verifier.Testing;

/// <summary>The rules of removing devices.</summary>
internal static class DeviceRemovalRules
{
    private const int Rounds = 10;

    public static IReadOnlyList<StoreRule<IDeviceStore>> All { get; } =
    [
        new("Removing a device frees its node and its endorsement key", RemovesAsync),
        new("A device that was changed or enrolled anew since it was read is not removed", ChecksCurrentAsync),
        new("Of an update and a removal at once, exactly one is done", UpdatesOrRemovesAtOnceAsync),
        new("A removal mark stays as it is while nothing is removed", KeepsMarkAsync),
        new("A device is not added with a removal mark from before its node's device was removed", NoticesRemovedNodeAsync),
        new("A device is not added with a removal mark from before the device with its endorsement key was removed", NoticesRemovedKeyAsync),
    ];

    private static async Task RemovesAsync(IDeviceStore store, Expectation expect)
    {
        DeviceRecord device = TestDevices.Create("node", "key");
        await store.AddAsync(device).ConfigureAwait(false);
        expect.That(await store.TryRemoveAsync(device).ConfigureAwait(false), "removing a device that is there answered false.");
        expect.That(!await store.TryRemoveAsync(device).ConfigureAwait(false), "removing a device that is gone answered true.");
        expect.That(await store.FindAsync("node").ConfigureAwait(false) is null, "a device was found after it was removed.");
        expect.That(await store.FindByEndorsementKeyAsync("key").ConfigureAwait(false) is null, "an endorsement key was found after its device was removed.");
        expect.That(
            !await store.TryUpdateAsync(TestDevices.Create("node", "key", revision: 1)).ConfigureAwait(false), "a device was updated after it was removed.");
        await expect.AddsAsync(store, TestDevices.Create("node", "key2")).ConfigureAwait(false);
        await expect.AddsAsync(store, TestDevices.Create("node2", "key")).ConfigureAwait(false);
    }

    private static async Task ChecksCurrentAsync(IDeviceStore store, Expectation expect)
    {
        DeviceRecord device = TestDevices.Create("node", "key", "first");
        await expect.AddsAsync(store, device).ConfigureAwait(false);
        DeviceRecord revoked = device.With(DeviceStatus.Revoked, "stolen");
        await store.TryUpdateAsync(revoked).ConfigureAwait(false);
        expect.That(!await store.TryRemoveAsync(device).ConfigureAwait(false), "a device was removed that was changed since it was read.");
        expect.Same(revoked, await store.FindAsync("node").ConfigureAwait(false));
        expect.Same(revoked, await store.FindByEndorsementKeyAsync("key").ConfigureAwait(false));

        await store.TryRemoveAsync(revoked).ConfigureAwait(false);
        DeviceRecord again = TestDevices.Create("node", "key", "again");
        await expect.AddsAsync(store, again).ConfigureAwait(false);
        expect.That(!await store.TryRemoveAsync(device).ConfigureAwait(false), "a device was removed that was enrolled anew since it was read.");
        expect.Same(again, await store.FindAsync("node").ConfigureAwait(false));
    }

    private static async Task UpdatesOrRemovesAtOnceAsync(IDeviceStore store, Expectation expect)
    {
        for (int round = 0; round < Rounds; round++)
        {
            DeviceRecord device = TestDevices.Create($"node{round}", $"key{round}");
            await expect.AddsAsync(store, device).ConfigureAwait(false);
            bool[] done = await Expectation.AtOnceAsync(caller => caller % 2 == 0
                ? store.TryUpdateAsync(device.With(DeviceStatus.Revoked, "stolen"))
                : store.TryRemoveAsync(device)).ConfigureAwait(false);
            int winners = done.Count(won => won);
            expect.That(winners == 1, $"{winners} of {done.Length} were done.");
        }
    }

    private static async Task KeepsMarkAsync(IDeviceStore store, Expectation expect)
    {
        long mark = await store.GetRemovalMarkAsync("node", "key").ConfigureAwait(false);
        DeviceRecord other = TestDevices.Create("other", "other");
        await expect.AddsAsync(store, other).ConfigureAwait(false);
        await store.TryUpdateAsync(other.With(DeviceStatus.Retired, reason: null)).ConfigureAwait(false);
        await store.TryRemoveAsync(TestDevices.Create("nobody", "nothing")).ConfigureAwait(false);
        expect.Equal(mark, await store.GetRemovalMarkAsync("node", "key").ConfigureAwait(false), "the mark");
        expect.Equal(
            AddDeviceOutcome.Added, await store.TryAddAsync(TestDevices.Create("node", "key"), mark).ConfigureAwait(false), "the outcome of adding a device");
    }

    private static async Task NoticesRemovedNodeAsync(IDeviceStore store, Expectation expect)
    {
        long mark = await store.GetRemovalMarkAsync("node", "key").ConfigureAwait(false);
        await expect.AddsAsync(store, TestDevices.Create("node", "other")).ConfigureAwait(false);
        await store.RemoveAsync("node").ConfigureAwait(false);
        await expect.IsNoticedAsync(store, TestDevices.Create("node", "key"), mark).ConfigureAwait(false);
    }

    private static async Task NoticesRemovedKeyAsync(IDeviceStore store, Expectation expect)
    {
        long mark = await store.GetRemovalMarkAsync("node", "key").ConfigureAwait(false);
        await expect.AddsAsync(store, TestDevices.Create("other", "key")).ConfigureAwait(false);
        await store.RemoveAsync("other").ConfigureAwait(false);
        await expect.IsNoticedAsync(store, TestDevices.Create("node", "key"), mark).ConfigureAwait(false);
    }
}
