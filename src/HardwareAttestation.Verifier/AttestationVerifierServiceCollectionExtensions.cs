using HardwareAttestation.Verifier;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Registers the verifier with a container.</summary>
public static class AttestationVerifierServiceCollectionExtensions
{
    /// <summary>
    /// Adds <see cref="AttestationVerifier"/>, its <see cref="DeviceRegistry"/> and, unless others are registered, in-memory stores and the system's clock, as singletons. A host does not
    /// start with wrong options.
    /// </summary>
    /// <remarks>
    /// The verifier lives as long as the container and keeps its stores: register stores as singletons too, and let one that works with a scoped service,
    /// such as a database context, make a scope or a context for each call.
    /// Call <see cref="EndorsementCertificateFetcherServiceCollectionExtensions.AddEndorsementCertificateFetcher"/> if the verifier is to fetch issuers' certificates and revocation lists: without that it fetches nothing.
    /// Register an <see cref="IPcrPolicyProvider"/> if machines differ in what PCR values are good.
    /// </remarks>
    /// <param name="services">The container's services.</param>
    /// <param name="configure">Sets the options; null if they are configured elsewhere. At least one trust anchor is needed.</param>
    /// <returns><paramref name="services"/>.</returns>
    public static IServiceCollection AddAttestationVerifier(this IServiceCollection services, Action<AttestationVerifierOptions>? configure = null)
    {
        AddOptions(services, Options.Options.DefaultName, configure);
        services.TryAddSingleton<IDeviceStore>(_ => CreateDeviceStore());
        services.TryAddSingleton<IChallengeStore>(CreateChallengeStore);
        services.TryAddSingleton(provider => Create(
            provider,
            Options.Options.DefaultName,
            provider.GetRequiredService<IDeviceStore>(),
            provider.GetRequiredService<IChallengeStore>(),
            provider.GetService<EndorsementCertificateFetcher>(),
            provider.GetService<IPcrPolicyProvider>()));
        services.TryAddSingleton(provider => provider.GetRequiredService<AttestationVerifier>().Devices);
        return services;
    }

    /// <summary>
    /// Adds a verifier with a key, for a server of several fleets: <see cref="AttestationVerifier"/>, its <see cref="DeviceRegistry"/> and, unless others are registered with that key,
    /// in-memory stores, as keyed singletons. Its options are those of the same name. A host does not start with wrong options.
    /// </summary>
    /// <remarks>
    /// <para>Get them with <c>[FromKeyedServices("key")]</c> or <c>GetRequiredKeyedService&lt;AttestationVerifier&gt;("key")</c>.</para>
    /// <para>Register the stores with the key too. One that is registered without is not used, and the verifier is not made then: it would remember in memory what is meant for that store.</para>
    /// <para>An <see cref="EndorsementCertificateFetcher"/> that is registered with the key is used, or else one that is registered without; an <see cref="IPcrPolicyProvider"/> only with the key.</para>
    /// </remarks>
    /// <param name="services">The container's services.</param>
    /// <param name="serviceKey">The key, and the name of the options.</param>
    /// <param name="configure">Sets the options; null if they are configured elsewhere. At least one trust anchor is needed.</param>
    /// <returns><paramref name="services"/>.</returns>
    public static IServiceCollection AddKeyedAttestationVerifier(
        this IServiceCollection services, string serviceKey, Action<AttestationVerifierOptions>? configure = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(serviceKey);
        AddOptions(services, serviceKey, configure);
        services.TryAddKeyedSingleton<IDeviceStore>(serviceKey, (provider, _) =>
            provider.GetService<IDeviceStore>() is null or InMemoryDeviceStore { IsDefault: true } ? CreateDeviceStore() : throw Forgotten(nameof(IDeviceStore), serviceKey));
        services.TryAddKeyedSingleton<IChallengeStore>(serviceKey, (provider, _) =>
            provider.GetService<IChallengeStore>() is null or InMemoryChallengeStore { IsDefault: true }
                ? CreateChallengeStore(provider)
                : throw Forgotten(nameof(IChallengeStore), serviceKey));
        services.TryAddKeyedSingleton(serviceKey, (provider, _) => Create(
            provider,
            serviceKey,
            provider.GetRequiredKeyedService<IDeviceStore>(serviceKey),
            provider.GetRequiredKeyedService<IChallengeStore>(serviceKey),
            provider.GetKeyedService<EndorsementCertificateFetcher>(serviceKey) ?? provider.GetService<EndorsementCertificateFetcher>(),
            provider.GetKeyedService<IPcrPolicyProvider>(serviceKey)
                ?? (provider.GetService<IPcrPolicyProvider>() is null ? null : throw Forgotten(nameof(IPcrPolicyProvider), serviceKey))));
        services.TryAddKeyedSingleton(serviceKey, (provider, _) => provider.GetRequiredKeyedService<AttestationVerifier>(serviceKey).Devices);
        return services;
    }

    private static void AddOptions(IServiceCollection services, string name, Action<AttestationVerifierOptions>? configure)
    {
        ArgumentNullException.ThrowIfNull(services);
        services.AddOptions<AttestationVerifierOptions>(name).Configure(options => configure?.Invoke(options)).ValidateOnStart();
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IValidateOptions<AttestationVerifierOptions>, AttestationVerifierOptionsValidator>());
        services.TryAddSingleton(TimeProvider.System);
    }

    private static InMemoryDeviceStore CreateDeviceStore() => new() { IsDefault = true };

    private static InMemoryChallengeStore CreateChallengeStore(IServiceProvider provider) => new(provider.GetRequiredService<TimeProvider>()) { IsDefault = true };

    private static InvalidOperationException Forgotten(string service, string serviceKey) => new(
        $"An {service} is registered without a key, and the verifier '{serviceKey}' would do without. "
        + $"Register the one that it is to have with AddKeyedSingleton<{service}>(\"{serviceKey}\", …): an in-memory store too, if that is meant.");

    private static AttestationVerifier Create(
        IServiceProvider provider,
        string name,
        IDeviceStore devices,
        IChallengeStore challenges,
        EndorsementCertificateFetcher? fetcher,
        IPcrPolicyProvider? pcrPolicies) => new(
            provider.GetRequiredService<IOptionsMonitor<AttestationVerifierOptions>>().Get(name),
            devices,
            challenges,
            fetcher,
            pcrPolicies,
            provider.GetRequiredService<TimeProvider>(),
            provider.GetService<ILogger<AttestationVerifier>>());
}
