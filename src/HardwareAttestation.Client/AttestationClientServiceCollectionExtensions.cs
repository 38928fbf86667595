using HardwareAttestation.Client;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Registers the client with a container.</summary>
public static class AttestationClientServiceCollectionExtensions
{
    /// <summary>
    /// Adds <see cref="AttestationClient"/>, an <see cref="HardwareAttestation.ITpmDevice"/> and an <see cref="ITpmKeyStore"/> as singletons. What is
    /// registered already stays. A host does not start with wrong options.
    /// </summary>
    /// <remarks>The client and the device are disposed asynchronously: dispose of the container with <c>DisposeAsync</c>, as a host does.</remarks>
    /// <param name="services">The container's services.</param>
    /// <param name="configure">Sets the options, if the defaults do not fit.</param>
    /// <returns><paramref name="services"/>.</returns>
    public static IServiceCollection AddAttestationClient(
        this IServiceCollection services, Action<AttestationClientOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(services);
        services.AddOptions<AttestationClientOptions>().ValidateOnStart();
        if (configure is not null)
        {
            services.Configure(configure);
        }

        services.TryAddEnumerable(ServiceDescriptor.Singleton<IValidateOptions<AttestationClientOptions>, AttestationClientOptionsValidator>());
        services.TryAddSingleton(provider => provider.GetRequiredService<IOptions<AttestationClientOptions>>().Value.Device is { } device
            ? TpmDevice.Open(device)
            : TpmDevice.OpenDefault());
        services.TryAddSingleton<ITpmKeyStore>(provider => new FileTpmKeyStore(
            provider.GetRequiredService<IOptions<AttestationClientOptions>>().Value.KeyDirectory ?? DefaultKeyDirectory()));
        services.TryAddSingleton(provider => new AttestationClient(
            provider.GetRequiredService<HardwareAttestation.ITpmDevice>(),
            provider.GetService<ILogger<AttestationClient>>(),
            provider.GetRequiredService<IOptions<AttestationClientOptions>>().Value.AuthValues));
        return services;
    }

    private static string DefaultKeyDirectory() => OperatingSystem.IsWindows()
        ? Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.CommonApplicationData), "HardwareAttestation")
        : "/var/lib/hardware-attestation";
}
