using HardwareAttestation.Client.Tests.Keys;
using HardwareAttestation.Client.Tests.Sessions;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace HardwareAttestation.Client.Tests;

public sealed class AttestationClientServiceCollectionExtensionsTests
{
    [Fact]
    public async Task Client_device_and_store_are_registered_once_for_all()
    {
        using TemporaryFolder folder = new();
        ServiceCollection services = new();
        services.AddAttestationClient(options =>
        {
            options.Device = "swtpm:host=127.0.0.1,port=2321";
            options.KeyDirectory = folder.File("keys");
        }).Should().BeSameAs(services);
        await using ServiceProvider provider = services.BuildServiceProvider(validateScopes: true);

        AttestationClient client = provider.GetRequiredService<AttestationClient>();
        await provider.GetRequiredService<ITpmKeyStore>().SaveAsync("ak", TestKeys.Blob());

        client.Should().BeSameAs(provider.GetRequiredService<AttestationClient>());
        provider.GetRequiredService<ITpmDevice>().Name.Should().Be("swtpm:host=127.0.0.1,port=2321");
        provider.GetRequiredService<ITpmDevice>().Should().BeSameAs(provider.GetRequiredService<ITpmDevice>());
        File.Exists(Path.Combine(folder.File("keys"), "ak.akblob")).Should().BeTrue();
    }

    [Fact]
    public async Task What_is_registered_already_stays()
    {
        using TemporaryFolder folder = new();
        ScriptedTpm device = new();
        FileTpmKeyStore store = new(folder.Path);
        await using AttestationClient client = new(device);
        ServiceCollection services = new();
        services.AddSingleton<ITpmDevice>(device);
        services.AddSingleton<ITpmKeyStore>(store);
        services.AddSingleton(client);
        services.AddAttestationClient();
        services.AddAttestationClient(options => options.Device = "swtpm");
        await using ServiceProvider provider = services.BuildServiceProvider();

        provider.GetServices<ITpmDevice>().Should().ContainSingle().Which.Should().BeSameAs(device);
        provider.GetServices<ITpmKeyStore>().Should().ContainSingle().Which.Should().BeSameAs(store);
        provider.GetServices<AttestationClient>().Should().ContainSingle().Which.Should().BeSameAs(client);
        provider.GetServices<IValidateOptions<AttestationClientOptions>>().Should().ContainSingle();
    }

    [Fact]
    public async Task The_client_talks_to_the_registered_device_and_logs_to_the_registered_logger()
    {
        // A blob whose parent is not of this TPM: TPM2_ReadPublic is refused, no NV index is in use (TPM_CAP_HANDLES), and TPM2_CreatePrimary's refusal passes.
        ScriptedTpm device = new ScriptedTpm().Refuse(0x18B).Answer(ScriptedTpm.Response(0x8001, 0, [0, 0, 0, 0, 1, 0, 0, 0, 0])).Refuse(0x185);
        RecordingLogger<AttestationClient> logger = new();
        ServiceCollection services = new();
        services.AddSingleton<ITpmDevice>(device);
        services.AddSingleton<ILogger<AttestationClient>>(logger);
        services.AddAttestationClient();
        await using ServiceProvider provider = services.BuildServiceProvider();
        AttestationClient client = provider.GetRequiredService<AttestationClient>();
        Func<Task> load = () => client.LoadAttestationKeyAsync(TestKeys.Blob());

        (await load.Should().ThrowAsync<TpmCommandException>()).WithMessage("TPM2_CreatePrimary*enable it in the firmware's settings.");
        client.Logger.Should().BeSameAs(logger);
    }

    [Fact]
    public async Task A_host_with_wrong_options_does_not_start()
    {
        await using ServiceProvider provider = new ServiceCollection().AddAttestationClient(options => options.Device = "nonsense").BuildServiceProvider();
        Action start = provider.GetRequiredService<IStartupValidator>().Validate;

        start.Should().Throw<OptionsValidationException>().WithMessage("*AttestationClientOptions.Device: The device string 'nonsense'*");
    }

    [Theory]
    [InlineData("nonsense", "*AttestationClientOptions.Device: The device string 'nonsense' names no kind of TPM device that is known here. Accepted are *")]
    [InlineData("", "*AttestationClientOptions.Device: The device string '' names no kind of TPM device*")]
    [InlineData("device:", "*AttestationClientOptions.Device: The device string 'device:' has no path. Accepted are device:/dev/tpmrm0, *")]
    [InlineData("mssim:port=0", "*port '0', which is not a number from 1 to 65535*")]
    public async Task A_wrong_device_string_is_refused_with_the_forms_that_are_right(string device, string message)
    {
        await using ServiceProvider provider = new ServiceCollection().AddAttestationClient(options => options.Device = device).BuildServiceProvider();

        provider.Invoking(services => services.GetRequiredService<ITpmDevice>()).Should().Throw<OptionsValidationException>().WithMessage(message);
        provider.Invoking(services => services.GetRequiredService<AttestationClient>()).Should().Throw<OptionsValidationException>().WithMessage(message);
        provider.Invoking(services => services.GetRequiredService<ITpmKeyStore>()).Should().Throw<OptionsValidationException>();
    }

    [Fact]
    public async Task A_device_of_another_operating_system_is_refused_likewise()
    {
        string device = OperatingSystem.IsWindows() ? "device:/dev/tpmrm0" : "tbs";
        await using ServiceProvider provider = new ServiceCollection().AddAttestationClient(options => options.Device = device).BuildServiceProvider();

        provider.Invoking(services => services.GetRequiredService<ITpmDevice>()).Should().Throw<OptionsValidationException>()
            .WithMessage("AttestationClientOptions.Device: *exist on * only*");
    }

    [Fact]
    public void An_empty_folder_is_refused()
    {
        ServiceProvider provider = new ServiceCollection().AddAttestationClient(options => options.KeyDirectory = "").BuildServiceProvider();

        provider.Invoking(services => services.GetRequiredService<ITpmKeyStore>()).Should().Throw<OptionsValidationException>()
            .WithMessage("AttestationClientOptions.KeyDirectory is empty: name a folder, or leave it null.");
    }

    [Fact]
    public void Options_are_checked_without_a_container_as_well()
    {
        AttestationClientOptionsValidator validator = new();

        validator.Validate(null, new AttestationClientOptions()).Succeeded.Should().BeTrue();
        validator.Validate(null, new AttestationClientOptions { Device = "swtpm", KeyDirectory = "keys" }).Succeeded.Should().BeTrue();
        validator.Validate(null, new AttestationClientOptions { Device = "nonsense" }).FailureMessage.Should().Contain("'nonsense'").And.Contain("Accepted are");
        validator.Validate(null, new AttestationClientOptions { KeyDirectory = "" }).Failed.Should().BeTrue();
        ((Action)(() => TpmDevice.Open("nonsense"))).Should().Throw<ArgumentException>().WithMessage("*'nonsense'*Accepted are*");
    }

    [Fact]
    public async Task Clients_with_names_have_a_device_and_a_store_each_and_leave_the_one_without_a_name_alone()
    {
        using TemporaryFolder folder = new();
        ServiceCollection services = new();
        services.AddKeyedAttestationClient("host", options =>
        {
            options.Device = "swtpm:host=127.0.0.1,port=2321";
            options.KeyDirectory = folder.File("host");
        });
        services.AddKeyedAttestationClient("guest", options =>
        {
            options.Device = "swtpm:host=127.0.0.1,port=2421";
            options.KeyDirectory = folder.File("guest");
        });
        await using ServiceProvider provider = services.BuildServiceProvider(validateScopes: true);

        await provider.GetRequiredKeyedService<ITpmKeyStore>("guest").SaveAsync("ak", TestKeys.Blob());

        provider.GetRequiredKeyedService<ITpmDevice>("host").Name.Should().Be("swtpm:host=127.0.0.1,port=2321");
        provider.GetRequiredKeyedService<ITpmDevice>("guest").Name.Should().Be("swtpm:host=127.0.0.1,port=2421");
        provider.GetRequiredKeyedService<AttestationClient>("host").Should().BeSameAs(provider.GetRequiredKeyedService<AttestationClient>("host"))
            .And.NotBeSameAs(provider.GetRequiredKeyedService<AttestationClient>("guest"));
        (await provider.GetRequiredKeyedService<ITpmKeyStore>("host").LoadAsync("ak")).Should().BeNull();
        provider.GetService<AttestationClient>().Should().BeNull();
    }

    [Fact]
    public async Task What_is_registered_with_the_name_already_stays()
    {
        ScriptedTpm device = new();
        ServiceCollection services = new();
        services.AddKeyedSingleton<ITpmDevice>("host", device);
        services.AddKeyedAttestationClient("host");
        services.AddKeyedAttestationClient("host", options => options.Device = "swtpm");
        await using ServiceProvider provider = services.BuildServiceProvider();

        provider.GetKeyedServices<ITpmDevice>("host").Should().ContainSingle().Which.Should().BeSameAs(device);
        provider.GetKeyedServices<AttestationClient>("host").Should().ContainSingle();
    }

    [Fact]
    public async Task A_fault_in_the_options_of_a_client_with_a_name_says_whose_it_is()
    {
        await using ServiceProvider provider = new ServiceCollection()
            .AddKeyedAttestationClient("host", options => options.DeviceOptions.CommandTimeout = TimeSpan.Zero)
            .BuildServiceProvider();

        provider.Invoking(services => services.GetRequiredService<IStartupValidator>().Validate()).Should().Throw<OptionsValidationException>()
            .WithMessage("AttestationClientOptions 'host'.DeviceOptions.CommandTimeout is 00:00:00: a timeout of a TPM device is positive and at most 24 days.");
    }

    [Theory]
    [InlineData(".hidden")]
    [InlineData("../up")]
    [InlineData("a b")]
    public void A_name_that_is_no_folders_is_refused(string name)
    {
        Action add = () => new ServiceCollection().AddKeyedAttestationClient(name);

        add.Should().Throw<ArgumentException>().WithMessage($"'{name}' is no service key of a client*");
    }

    [Fact]
    public async Task The_timeouts_of_the_options_are_the_devices()
    {
        await using ServiceProvider provider = new ServiceCollection()
            .AddAttestationClient(options =>
            {
                options.Device = "swtpm:host=192.0.2.1,port=1";
                options.DeviceOptions.ConnectTimeout = TimeSpan.FromMilliseconds(1);
            })
            .BuildServiceProvider();
        AttestationClient client = provider.GetRequiredService<AttestationClient>();

        await client.Invoking(tpm => tpm.ProbeAsync()).Should().ThrowAsync<TpmDeviceException>();
    }

    [Fact]
    public void Nothing_is_no_collection_of_services()
    {
        Action add = () => ((IServiceCollection)null!).AddAttestationClient();

        add.Should().Throw<ArgumentNullException>();
    }
}
