using HardwareAttestation.Client;
using HardwareAttestation.Emulation;
using HardwareAttestation.Verifier;

namespace HardwareAttestation.EndToEnd.Tests;

/// <summary>Enrolment and a boot through what stands between the client and a TPM, besides the sockets of swtpm.</summary>
public sealed class TransportTests
{
    [Fact]
    public async Task A_machine_is_enrolled_and_attests_itself_through_the_protocol_of_the_simulator()
    {
        AttestationVerifier verifier = await TestFleet.CreateVerifierAsync();
        await using EmulatedMachine machine = await SharedMachines.CreateMachineAsync();
        await using SimulatorServer server = new(machine);
        await using ITpmDevice device = TpmDevice.Open(server.DeviceString);
        await using AttestationClient client = new(device);
        device.Name.Should().StartWith("mssim:");

        AttestationKeyBlob blob = await TestFleet.EnrollAsync(verifier, client);
        AttestationResult result = await TestFleet.AttestAsync(verifier, client, blob);

        result.Verdict.ShouldBeVerified();
        (await RawTpm.ListHandlesAsync(device)).Should().BeEmpty();
    }

    [Theory]
    [InlineData(EmulatedTransport.UnixSocket)]
    [InlineData(EmulatedTransport.Tcp)]
    public async Task A_key_of_one_transport_is_loaded_over_another(EmulatedTransport transport)
    {
        AttestationVerifier verifier = await TestFleet.CreateVerifierAsync();
        await using EmulatedMachine machine = await SharedMachines.CreateMachineAsync(transport);
        AttestationKeyBlob blob;
        await using (SimulatorServer server = new(machine))
        await using (ITpmDevice device = TpmDevice.Open(server.DeviceString))
        await using (AttestationClient client = new(device))
        {
            blob = await TestFleet.EnrollAsync(verifier, client);
        }

        await using ITpmDevice direct = TpmDevice.Open(machine.DeviceString);
        await using AttestationClient directClient = new(direct);
        (await TestFleet.AttestAsync(verifier, directClient, blob)).Verdict.ShouldBeVerified();
    }
}
