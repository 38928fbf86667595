using HardwareAttestation.Verifier;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Registers the fetcher with a container.</summary>
public static class EndorsementCertificateFetcherServiceCollectionExtensions
{
    /// <summary>
    /// Adds an <see cref="EndorsementCertificateFetcher"/> with a handler of its own and, unless another is registered, the system's clock, as singletons. The container's verifiers use it, but for one with a
    /// name that has its own. A host does not start with wrong options.
    /// </summary>
    /// <param name="services">The container's services.</param>
    /// <param name="configure">Sets the options; at least one host is needed.</param>
    /// <returns><paramref name="services"/>.</returns>
    /// <exception cref="ArgumentNullException">An argument is null.</exception>
    public static IServiceCollection AddEndorsementCertificateFetcher(this IServiceCollection services, Action<EndorsementCertificateFetchOptions> configure)
    {
        ArgumentNullException.ThrowIfNull(services);
        ArgumentNullException.ThrowIfNull(configure);
        services.AddOptions<EndorsementCertificateFetchOptions>().Configure(configure).ValidateOnStart();
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IValidateOptions<EndorsementCertificateFetchOptions>, EndorsementCertificateFetchOptionsValidator>());
        services.TryAddSingleton(TimeProvider.System);
        services.TryAddSingleton(provider => new EndorsementCertificateFetcher(
            provider.GetRequiredService<IOptions<EndorsementCertificateFetchOptions>>().Value,
            provider.GetRequiredService<TimeProvider>(),
            provider.GetService<ILogger<EndorsementCertificateFetcher>>()));
        return services;
    }
}
