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
    /// Register an <see cref="EndorsementCertificateFetcher"/> as a singleton if the verifier is to fetch issuers' certificates and revocation lists: without one it fetches nothing.
    /// </remarks>
    /// <param name="services">The container's services.</param>
    /// <param name="configure">Sets the options; at least one trust anchor is needed.</param>
    /// <returns><paramref name="services"/>.</returns>
    public static IServiceCollection AddAttestationVerifier(this IServiceCollection services, Action<AttestationVerifierOptions> configure)
    {
        ArgumentNullException.ThrowIfNull(services);
        ArgumentNullException.ThrowIfNull(configure);
        services.AddOptions<AttestationVerifierOptions>().Configure(configure).ValidateOnStart();
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IValidateOptions<AttestationVerifierOptions>, AttestationVerifierOptionsValidator>());
        services.TryAddSingleton(TimeProvider.System);
        services.TryAddSingleton<IDeviceStore, InMemoryDeviceStore>();
        services.TryAddSingleton<IChallengeStore>(provider =>
            new InMemoryChallengeStore(timeProvider: provider.GetRequiredService<TimeProvider>()));
        services.TryAddSingleton(provider => new AttestationVerifier(
            provider.GetRequiredService<IOptions<AttestationVerifierOptions>>().Value,
            provider.GetRequiredService<IDeviceStore>(),
            provider.GetRequiredService<IChallengeStore>(),
            provider.GetRequiredService<TimeProvider>(),
            provider.GetService<ILogger<AttestationVerifier>>(),
            provider.GetService<EndorsementCertificateFetcher>()));
        services.TryAddSingleton(provider => provider.GetRequiredService<AttestationVerifier>().Devices);
        return services;
    }
}
