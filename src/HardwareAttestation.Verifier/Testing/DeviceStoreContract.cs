namespace HardwareAttestation.Verifier.Testing;

/// <summary>What any <see cref="IDeviceStore"/> must do, to run in the tests of whoever writes one. Needs no test framework.</summary>
public static class DeviceStoreContract
{
    /// <summary>The rules, to run each by itself.</summary>
    public static IReadOnlyList<StoreRule<IDeviceStore>> Rules { get; } =
    [
        .. DeviceStoreRules.All,
        .. DeviceReplacementRules.All,
    ];

    /// <summary>Runs all rules.</summary>
    /// <param name="createEmptyStore">Makes a store without content; called for each rule. What it makes is disposed of, if it can be.</param>
    /// <returns>When the store has kept every rule.</returns>
    /// <exception cref="StoreContractException">It has not kept one; the message says which, and what it did instead.</exception>
    public static Task VerifyAsync(Func<Task<IDeviceStore>> createEmptyStore) => StoreRule<IDeviceStore>.VerifyAllAsync(Rules, createEmptyStore);
}
