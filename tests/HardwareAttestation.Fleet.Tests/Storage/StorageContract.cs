using Fleet.Server.Storage;
using HardwareAttestation.Verifier.Testing;

namespace HardwareAttestation.Fleet.Tests.Storage;

/// <summary>What either storage does. Each kind has a class that says how one is made.</summary>
public abstract partial class StorageContract : IAsyncLifetime
{
    private readonly List<IFleetStorage> _opened = [];

    public static TheoryData<string> DeviceRules => [.. DeviceStoreContract.GetRules().Select(rule => rule.Name)];

    public static TheoryData<string> ChallengeRules => [.. ChallengeStoreContract.GetRules().Select(rule => rule.Name)];

    private protected Clock Clock { get; } = new();

    public abstract Task InitializeAsync();

    public virtual async Task DisposeAsync()
    {
        foreach (IFleetStorage storage in _opened)
        {
            await storage.DisposeAsync();
        }
    }

    [Theory]
    [MemberData(nameof(DeviceRules))]
    public async Task The_store_of_devices_keeps_the_rule(string name)
    {
        IFleetStorage storage = await OpenAsync();

        await DeviceStoreContract.GetRules().Single(rule => rule.Name == name).VerifyAsync(storage.Devices);
    }

    [Theory]
    [MemberData(nameof(ChallengeRules))]
    public async Task The_store_of_challenges_keeps_the_rule(string name)
    {
        IFleetStorage storage = await OpenAsync();

        await ChallengeStoreContract.GetRules(Clock).Single(rule => rule.Name == name).VerifyAsync(storage.Challenges);
    }

    /// <summary>One more instance on this test's database, which need not have its tables.</summary>
    private protected abstract IFleetStorage Create(StorageOptions options);

    // Counts of challenges are exact, as a single instance's nearly are anyway.
    private protected IFleetStorage Connect(StorageOptions? options = null)
    {
        IFleetStorage storage = Create((options ?? new StorageOptions()) with { CountLifetime = TimeSpan.Zero });
        _opened.Add(storage);
        return storage;
    }

    private protected async Task<IFleetStorage> OpenAsync(StorageOptions? options = null)
    {
        IFleetStorage storage = Connect(options);
        await storage.MigrateAsync();
        return storage;
    }
}
