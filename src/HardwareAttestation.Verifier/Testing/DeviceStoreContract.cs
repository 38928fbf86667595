using System.Diagnostics.CodeAnalysis;

namespace HardwareAttestation.Verifier.Testing;

/// <summary>What any <see cref="IDeviceStore"/> must do, to run in the tests of whoever writes one. Needs no test framework.</summary>
public static class DeviceStoreContract
{
    /// <summary>Gives the rules, to run each by itself.</summary>
    /// <returns>The rules.</returns>
    [SuppressMessage("Design", "CA1024:Use properties where appropriate", Justification = "As those of challenge stores are, which depend on a clock.")]
    public static IReadOnlyList<StoreRule<IDeviceStore>> GetRules() => [.. DeviceStoreRules.All, .. DeviceRemovalRules.All, .. DeviceReplacementRules.All];

    /// <summary>Runs all rules.</summary>
    /// <typeparam name="TStore">The kind of store.</typeparam>
    /// <param name="createEmptyStore">Makes a store without content; called for each rule. What it makes is disposed of, if it can be.</param>
    /// <returns>When the store has kept every rule.</returns>
    /// <exception cref="StoreContractException">It has not kept one; the message says which, and what it did instead.</exception>
    public static Task VerifyAsync<TStore>(Func<Task<TStore>> createEmptyStore)
        where TStore : class, IDeviceStore => StoreRule<IDeviceStore>.VerifyAllAsync(GetRules(), createEmptyStore);
}
