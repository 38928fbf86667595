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
    /// </remarks>
    /// <param name="services">The container's services.</param>
    /// <param name="configure">Sets the options; at least one trust anchor is needed.</param>
    /// <returns><paramref name="services"/>.</returns>
    public static IServiceCollection AddAttestationVerifier(this IServiceCollection services, Action<AttestationVerifierOptions> configure)
    {
        AddOptions(services, Options.Options.DefaultName, configure);
        services.TryAddSingleton<IDeviceStore, InMemoryDeviceStore>();
        services.TryAddSingleton<IChallengeStore>(CreateChallengeStore);
        services.TryAddSingleton(provider => Create(
            provider,
            Options.Options.DefaultName,
            provider.GetRequiredService<IDeviceStore>(),
            provider.GetRequiredService<IChallengeStore>(),
            provider.GetService<EndorsementCertificateFetcher>()));
        services.TryAddSingleton(provider => provider.GetRequiredService<AttestationVerifier>().Devices);
        return services;
    }

    /// <summary>
    /// Adds a verifier with a name, for a server of several fleets: <see cref="AttestationVerifier"/>, its <see cref="DeviceRegistry"/> and, unless others are registered with that key,
    /// in-memory stores, as keyed singletons whose key is the name. A host does not start with wrong options.
    /// </summary>
    /// <remarks>
    /// <para>Get them with <c>[FromKeyedServices("name")]</c> or <c>GetRequiredKeyedService&lt;AttestationVerifier&gt;("name")</c>.</para>
    /// <para>An <see cref="EndorsementCertificateFetcher"/> that is registered with the key is used, or else one that is registered without.</para>
    /// </remarks>
    /// <param name="services">The container's services.</param>
    /// <param name="name">The name.</param>
    /// <param name="configure">Sets the options; at least one trust anchor is needed.</param>
    /// <returns><paramref name="services"/>.</returns>
    public static IServiceCollection AddAttestationVerifier(this IServiceCollection services, string name, Action<AttestationVerifierOptions> configure)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        AddOptions(services, name, configure);
        services.TryAddKeyedSingleton<IDeviceStore, InMemoryDeviceStore>(name);
        services.TryAddKeyedSingleton<IChallengeStore>(name, (provider, _) => CreateChallengeStore(provider));
        services.TryAddKeyedSingleton(name, (provider, _) => Create(
            provider,
            name,
            provider.GetRequiredKeyedService<IDeviceStore>(name),
            provider.GetRequiredKeyedService<IChallengeStore>(name),
            provider.GetKeyedService<EndorsementCertificateFetcher>(name) ?? provider.GetService<EndorsementCertificateFetcher>()));
        services.TryAddKeyedSingleton(name, (provider, _) => provider.GetRequiredKeyedService<AttestationVerifier>(name).Devices);
        return services;
    }

    private static void AddOptions(IServiceCollection services, string name, Action<AttestationVerifierOptions> configure)
    {
        ArgumentNullException.ThrowIfNull(services);
        ArgumentNullException.ThrowIfNull(configure);
        services.AddOptions<AttestationVerifierOptions>(name).Configure(configure).ValidateOnStart();
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IValidateOptions<AttestationVerifierOptions>, AttestationVerifierOptionsValidator>());
        services.TryAddSingleton(TimeProvider.System);
    }

    private static InMemoryChallengeStore CreateChallengeStore(IServiceProvider provider) => new(timeProvider: provider.GetRequiredService<TimeProvider>());

    private static AttestationVerifier Create(
        IServiceProvider provider, string name, IDeviceStore devices, IChallengeStore challenges, EndorsementCertificateFetcher? fetcher) => new(
            provider.GetRequiredService<IOptionsMonitor<AttestationVerifierOptions>>().Get(name),
            devices,
            challenges,
            provider.GetRequiredService<TimeProvider>(),
            provider.GetService<ILogger<AttestationVerifier>>(),
            fetcher);
}
