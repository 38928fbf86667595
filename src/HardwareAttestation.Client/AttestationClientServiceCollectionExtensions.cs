using HardwareAttestation;
using HardwareAttestation.Client;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Registers the client with a container.</summary>
public static class AttestationClientServiceCollectionExtensions
{
    /// <summary>
    /// Adds <see cref="AttestationClient"/>, an <see cref="ITpmDevice"/> and an <see cref="ITpmKeyStore"/> as singletons. What is
    /// registered already stays. A host does not start with wrong options.
    /// </summary>
    /// <remarks>The client and the device are disposed asynchronously: dispose of the container with <c>DisposeAsync</c>, as a host does.</remarks>
    /// <param name="services">The container's services.</param>
    /// <param name="configure">Sets the options, if the defaults do not fit.</param>
    /// <returns><paramref name="services"/>.</returns>
    public static IServiceCollection AddAttestationClient(
        this IServiceCollection services, Action<AttestationClientOptions>? configure = null)
    {
        AddOptions(services, Options.Options.DefaultName, configure);
        services.TryAddSingleton(provider => OpenDevice(GetOptions(provider, Options.Options.DefaultName)));
        services.TryAddSingleton<ITpmKeyStore>(provider => OpenStore(GetOptions(provider, Options.Options.DefaultName), DefaultKeyDirectory()));
        services.TryAddSingleton(provider => new AttestationClient(
            provider.GetRequiredService<ITpmDevice>(),
            GetOptions(provider, Options.Options.DefaultName).AuthValues,
            provider.GetService<ILogger<AttestationClient>>()));
        return services;
    }

    /// <summary>
    /// Adds a client of several, for a machine with several TPMs: <see cref="AttestationClient"/>, an <see cref="ITpmDevice"/> and an <see cref="ITpmKeyStore"/> as keyed
    /// singletons. What is registered with that key already stays. A host does not start with wrong options.
    /// </summary>
    /// <remarks>
    /// <para>Get them with <c>[FromKeyedServices("key")]</c> or <c>GetRequiredKeyedService&lt;AttestationClient&gt;("key")</c>. The options have the key as their name.</para>
    /// <para>The client and the device are disposed asynchronously: dispose of the container with <c>DisposeAsync</c>, as a host does.</para>
    /// </remarks>
    /// <param name="services">The container's services.</param>
    /// <param name="serviceKey">The key: letters, digits and <c>. _ -</c>, not beginning with a dot. The folder of the TPM keys is called so, too, unless the options name another.</param>
    /// <param name="configure">Sets the options: the device, for instance.</param>
    /// <returns><paramref name="services"/>.</returns>
    /// <exception cref="ArgumentException">The service key is not as it must be.</exception>
    public static IServiceCollection AddKeyedAttestationClient(
        this IServiceCollection services, string serviceKey, Action<AttestationClientOptions>? configure = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(serviceKey);
        if (serviceKey[0] == '.' || !serviceKey.All(character => char.IsAsciiLetterOrDigit(character) || character is '.' or '_' or '-'))
        {
            throw new ArgumentException(
                $"'{serviceKey}' is no service key of a client: it has letters, digits and . _ - alone, and does not begin with a dot.", nameof(serviceKey));
        }

        AddOptions(services, serviceKey, configure);
        services.TryAddKeyedSingleton(serviceKey, (provider, _) => OpenDevice(GetOptions(provider, serviceKey)));
        services.TryAddKeyedSingleton<ITpmKeyStore>(
            serviceKey, (provider, _) => OpenStore(GetOptions(provider, serviceKey), Path.Combine(DefaultKeyDirectory(), serviceKey)));
        services.TryAddKeyedSingleton(serviceKey, (provider, _) => new AttestationClient(
            provider.GetRequiredKeyedService<ITpmDevice>(serviceKey),
            GetOptions(provider, serviceKey).AuthValues,
            provider.GetService<ILogger<AttestationClient>>()));
        return services;
    }

    private static void AddOptions(IServiceCollection services, string name, Action<AttestationClientOptions>? configure)
    {
        ArgumentNullException.ThrowIfNull(services);
        services.AddOptions<AttestationClientOptions>(name).ValidateOnStart();
        if (configure is not null)
        {
            services.Configure(name, configure);
        }

        services.TryAddEnumerable(ServiceDescriptor.Singleton<IValidateOptions<AttestationClientOptions>, AttestationClientOptionsValidator>());
    }

    private static AttestationClientOptions GetOptions(IServiceProvider provider, string name) =>
        provider.GetRequiredService<IOptionsMonitor<AttestationClientOptions>>().Get(name);

    private static ITpmDevice OpenDevice(AttestationClientOptions options) => TpmDevice.Open(options.Device, options.DeviceOptions);

    private static FileTpmKeyStore OpenStore(AttestationClientOptions options, string defaultFolder) => new FileTpmKeyStore(options.KeyDirectory ?? defaultFolder);

    private static string DefaultKeyDirectory() => OperatingSystem.IsWindows()
        ? Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.CommonApplicationData), "HardwareAttestation")
        : "/var/lib/hardware-attestation";
}
