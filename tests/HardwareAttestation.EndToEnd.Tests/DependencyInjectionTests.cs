using System.Security.Cryptography.X509Certificates;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using HardwareAttestation.Client;
using HardwareAttestation.Emulation;
using HardwareAttestation.Protocol;
using HardwareAttestation.Verifier;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace HardwareAttestation.EndToEnd.Tests;

/// <summary>Both sides from one container, with every message in JSON on its way, as in a web service.</summary>
public sealed class DependencyInjectionTests : IDisposable
{
    private readonly DirectoryInfo _keyFolder = Directory.CreateTempSubdirectory("keys-");

    public void Dispose() => _keyFolder.Delete(recursive: true);

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_machine_is_enrolled_and_attests_itself_through_the_services(bool quote)
    {
        await using TestMachine machine = await SharedMachines.CreateTestMachineAsync();
        TpmManufacturer manufacturer = await SharedMachines.GetManufacturerAsync();
        await using (ServiceProvider services = CreateServices(machine.DeviceString, manufacturer, quote))
        {
            var client = services.GetRequiredService<AttestationClient>();
            var verifier = services.GetRequiredService<AttestationVerifier>();
            await EnrollAsync(client, verifier, services.GetRequiredService<ITpmKeyStore>());

            TpmKeyBlob? blob = await services.GetRequiredService<ITpmKeyStore>().LoadAsync("ak");
            AttestationChallenge challenge = Send((await verifier.CreateChallengeAsync(TestFleet.Node)).Challenge!, ProtocolJson.AttestationChallenge);
            AttestationKey key = await client.LoadAttestationKeyAsync(blob!);
            AttestationEvidence evidence = Send(await key.RespondAsync(challenge), ProtocolJson.AttestationEvidence);
            AttestationResult result = await verifier.VerifyAsync(evidence);

            challenge.RequiresQuote.Should().Be(quote);
            Send(result.Verdict, ProtocolJson.Verdict).ShouldBeVerified();
            result.PcrValues.Should().HaveCount(quote ? 8 : 0);
            (await services.GetRequiredService<IDeviceStore>().FindAsync(TestFleet.Node))!.LastVerifiedAt.Should().NotBeNull();
        }

        // The container disposes of the client before it does of the device: the key that nobody has disposed of is flushed.
        await using ITpmDevice device = TpmDevice.Open(machine.DeviceString);
        (await RawTpm.ListHandlesAsync(device)).Should().BeEmpty();
    }

    [Fact]
    public async Task Verifiers_with_names_know_their_own_machines_alone()
    {
        await using Agent agent = await Agent.StartAsync();
        TpmManufacturer manufacturer = await SharedMachines.GetManufacturerAsync();
        ServiceCollection services = new();
        foreach (string fleet in new[] { "north", "south" })
        {
            services.AddKeyedAttestationVerifier(fleet, options =>
            {
                options.TrustAnchors.ImportFromPemFile(manufacturer.RootCertificatePath);
                options.Intermediates.ImportFromPemFile(manufacturer.IssuerCertificatePath);
                options.EndorsementCertificates.AllowedTrustClasses.Add(EndorsementTrustClass.SoftwareEmulator);
            });
        }

        await using ServiceProvider provider = services.BuildServiceProvider(validateScopes: true);
        await EnrollAsync(agent.Client, provider.GetRequiredKeyedService<AttestationVerifier>("north"), new FileTpmKeyStore(_keyFolder.FullName));

        (await provider.GetRequiredKeyedService<DeviceRegistry>("north").FindAsync(TestFleet.Node)).Should().NotBeNull();
        (await provider.GetRequiredKeyedService<DeviceRegistry>("south").FindAsync(TestFleet.Node)).Should().BeNull();
        provider.GetService<AttestationVerifier>().Should().BeNull();
        provider.Invoking(services => services.GetRequiredService<IStartupValidator>().Validate()).Should().NotThrow();
    }

    [Fact]
    public void A_fault_in_the_options_of_a_verifier_with_a_name_says_whose_it_is()
    {
        using ServiceProvider provider = new ServiceCollection().AddKeyedAttestationVerifier("north").BuildServiceProvider();

        provider.Invoking(services => services.GetRequiredService<IStartupValidator>().Validate()).Should().Throw<OptionsValidationException>()
            .WithMessage("AttestationVerifierOptions 'north'.TrustAnchors is empty*");
    }

    [Fact]
    public async Task A_refusal_keeps_its_reasons_in_JSON()
    {
        await using TestMachine machine = await SharedMachines.CreateTestMachineAsync();
        await using ServiceProvider services = CreateServices(machine.DeviceString, await SharedMachines.GetManufacturerAsync(), quote: true);
        var verifier = services.GetRequiredService<AttestationVerifier>();

        Verdict verdict = Send((await verifier.CreateChallengeAsync(TestFleet.Node)).Verdict, ProtocolJson.Verdict);

        verdict.ShouldBeRefusedBy("device.enrolled");
    }

    [Fact]
    public async Task What_is_registered_already_stays()
    {
        await using Agent machine = await Agent.StartAsync();
        InMemoryDeviceStore devices = new();
        ManualTime time = new();
        ServiceCollection collection = new();
        collection.AddSingleton<ITpmDevice>(machine.Device);
        collection.AddSingleton<IDeviceStore>(devices);
        collection.AddSingleton<TimeProvider>(time);
        await using ServiceProvider services = AddBoth(collection, "swtpm:path=/nowhere", await SharedMachines.GetManufacturerAsync(), quote: true)
            .BuildServiceProvider();

        time.Advance(TimeSpan.FromDays(365));
        await EnrollAsync(
            services.GetRequiredService<AttestationClient>(),
            services.GetRequiredService<AttestationVerifier>(),
            services.GetRequiredService<ITpmKeyStore>());

        (await devices.FindAsync(TestFleet.Node))!.EnrolledAt.Should().Be(time.GetUtcNow());
    }

    [Fact]
    public async Task Wrong_options_are_told_when_a_service_is_asked_for()
    {
        ServiceCollection collection = new();
        collection.AddAttestationClient(options => options.Device = "nonsense");
        collection.AddAttestationVerifier(_ => { });
        await using ServiceProvider services = collection.BuildServiceProvider();

        services.Invoking(s => s.GetRequiredService<AttestationClient>())
            .Should().Throw<OptionsValidationException>().WithMessage("*Device*nonsense*");
        services.Invoking(s => s.GetRequiredService<AttestationVerifier>())
            .Should().Throw<OptionsValidationException>().WithMessage("*TrustAnchors*");
    }

    private static async Task EnrollAsync(AttestationClient client, AttestationVerifier verifier, ITpmKeyStore store)
    {
        EndorsementKey endorsementKey = await client.GetEndorsementKeyAsync();
        await using AttestationKey key = await client.CreateAttestationKeyAsync(endorsementKey);
        await store.SaveAsync("ak", key.Blob);
        EnrollmentRequest request = Send(key.CreateEnrollmentRequest(TestFleet.Node, endorsementKey), ProtocolJson.EnrollmentRequest);
        EnrollmentOffer offer = await verifier.BeginEnrollmentAsync(request);
        CredentialChallenge challenge = Send(offer.Challenge!, ProtocolJson.CredentialChallenge);
        CredentialResponse response = Send(await key.RespondAsync(challenge, TestFleet.Node), ProtocolJson.CredentialResponse);
        Send((await verifier.CompleteEnrollmentAsync(response)).Verdict, ProtocolJson.Verdict).ShouldBeVerified();
    }

    private static T Send<T>(T message, JsonTypeInfo<T> type) =>
        JsonSerializer.Deserialize(JsonSerializer.SerializeToUtf8Bytes(message, type), type)!;

    private ServiceProvider CreateServices(string device, TpmManufacturer manufacturer, bool quote) =>
        AddBoth(new ServiceCollection(), device, manufacturer, quote)
            .BuildServiceProvider(new ServiceProviderOptions { ValidateOnBuild = true, ValidateScopes = true });

    private IServiceCollection AddBoth(IServiceCollection services, string device, TpmManufacturer manufacturer, bool quote) => services
        .AddAttestationClient(options =>
        {
            options.Device = device;
            options.KeyDirectory = _keyFolder.FullName;
        })
        .AddAttestationVerifier(options =>
        {
            options.TrustAnchors.Add(X509CertificateLoader.LoadCertificateFromFile(manufacturer.RootCertificatePath));
            options.Intermediates.Add(X509CertificateLoader.LoadCertificateFromFile(manufacturer.IssuerCertificatePath));
            options.EndorsementCertificates.AllowedTrustClasses.Add(EndorsementTrustClass.SoftwareEmulator);
            if (!quote)
            {
                options.PcrSelection = null;
            }
        });
}
