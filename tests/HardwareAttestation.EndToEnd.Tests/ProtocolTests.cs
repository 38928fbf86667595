using HardwareAttestation.Client;
using HardwareAttestation.Emulation;
using HardwareAttestation.Protocol;
using HardwareAttestation.Verifier;

namespace HardwareAttestation.EndToEnd.Tests;

public sealed class ProtocolTests
{
    [Theory]
    [InlineData(EmulatedTransport.UnixSocket)]
    [InlineData(EmulatedTransport.Tcp)]
    public async Task A_machine_is_enrolled_and_attests_itself_at_every_boot(EmulatedTransport transport)
    {
        AttestationVerifier verifier = await TestFleet.CreateVerifierAsync();
        await using TestMachine machine = await SharedMachines.CreateTestMachineAsync(transport, ofItsOwn: true);
        TpmKeyBlob blob;
        await using (ITpmDevice device = TpmDevice.Open(machine.DeviceString))
        {
            await using AttestationClient client = new(device);
            blob = await TestFleet.EnrollAsync(verifier, client);
        }

        uint lastReset = 0;
        for (int boot = 0; boot < 3; boot++)
        {
            await machine.RebootAsync();
            await using ITpmDevice device = TpmDevice.Open(machine.DeviceString);
            await using AttestationClient client = new(device);
            AttestationResult result = await TestFleet.AttestAsync(verifier, client, TpmKeyBlob.Parse(blob.ToArray()));

            result.Verdict.Status.Should().Be(VerdictStatus.Verified, result.Verdict.ToString());
            result.Device!.NodeId.Should().Be(TestFleet.Node);
            result.PcrValues.Should().HaveCount(8);
            result.Attested!.ClockInfo.ResetCount.Should().BeGreaterThan(lastReset);
            lastReset = result.Attested.ClockInfo.ResetCount;
        }
    }

    [Fact]
    public async Task A_signature_over_the_challenge_is_enough_where_no_quote_is_asked_for()
    {
        AttestationVerifier verifier = await TestFleet.CreateVerifierAsync(options => options.PcrSelection = null);
        await using TestMachine machine = await SharedMachines.CreateTestMachineAsync();
        await using ITpmDevice device = TpmDevice.Open(machine.DeviceString);
        await using AttestationClient client = new(device);
        TpmKeyBlob blob = await TestFleet.EnrollAsync(verifier, client);

        AttestationResult result = await TestFleet.AttestAsync(verifier, client, blob);

        result.Verdict.Status.Should().Be(VerdictStatus.Verified, result.Verdict.ToString());
        result.PcrValues.Should().BeEmpty();
        result.Device!.LastVerifiedAt.Should().NotBeNull();
    }
}
