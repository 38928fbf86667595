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
            provider.GetService<ILogger<AttestationClient>>(),
            GetOptions(provider, Options.Options.DefaultName).AuthValues));
        return services;
    }

    /// <summary>
    /// Adds a client with a name, for a machine with several TPMs: <see cref="AttestationClient"/>, an <see cref="ITpmDevice"/> and an <see cref="ITpmKeyStore"/> as keyed
    /// singletons, whose key is the name. What is registered with that key already stays. A host does not start with wrong options.
    /// </summary>
    /// <remarks>
    /// <para>Get them with <c>[FromKeyedServices("name")]</c> or <c>GetRequiredKeyedService&lt;AttestationClient&gt;("name")</c>.</para>
    /// <para>The client and the device are disposed asynchronously: dispose of the container with <c>DisposeAsync</c>, as a host does.</para>
    /// </remarks>
    /// <param name="services">The container's services.</param>
    /// <param name="name">The name: letters, digits and <c>. _ -</c>, not beginning with a dot. The folder of its keys has it, too, unless the options name another.</param>
    /// <param name="configure">Sets the options: the device, for instance.</param>
    /// <returns><paramref name="services"/>.</returns>
    /// <exception cref="ArgumentException">The name is not such a name.</exception>
    public static IServiceCollection AddAttestationClient(
        this IServiceCollection services, string name, Action<AttestationClientOptions>? configure = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        if (name[0] == '.' || !name.All(character => char.IsAsciiLetterOrDigit(character) || character is '.' or '_' or '-'))
        {
            throw new ArgumentException($"'{name}' is no name of a client: it has letters, digits and . _ - alone, and does not begin with a dot.", nameof(name));
        }

        AddOptions(services, name, configure);
        services.TryAddKeyedSingleton(name, (provider, _) => OpenDevice(GetOptions(provider, name)));
        services.TryAddKeyedSingleton<ITpmKeyStore>(name, (provider, _) => OpenStore(GetOptions(provider, name), Path.Combine(DefaultKeyDirectory(), name)));
        services.TryAddKeyedSingleton(name, (provider, _) => new AttestationClient(
            provider.GetRequiredKeyedService<ITpmDevice>(name),
            provider.GetService<ILogger<AttestationClient>>(),
            GetOptions(provider, name).AuthValues));
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

    private static ITpmDevice OpenDevice(AttestationClientOptions options)
    {
        TpmDeviceOptions timeouts = new() { CommandTimeout = options.CommandTimeout, ConnectTimeout = options.ConnectTimeout };
        return options.Device is { } device ? TpmDevice.Open(device, timeouts) : TpmDevice.OpenDefault(timeouts);
    }

    private static FileTpmKeyStore OpenStore(AttestationClientOptions options, string defaultFolder) => new FileTpmKeyStore(options.KeyDirectory ?? defaultFolder);

    private static string DefaultKeyDirectory() => OperatingSystem.IsWindows()
        ? Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.CommonApplicationData), "HardwareAttestation")
        : "/var/lib/hardware-attestation";
}
