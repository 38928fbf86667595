using System.Security.Cryptography;
using HardwareAttestation.Client;
using HardwareAttestation.Emulation;
using HardwareAttestation.Structures;
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

        TpmKeyBlob blob = await TestFleet.EnrollAsync(verifier, client);
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
        TpmKeyBlob blob;
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

    /// <summary>libtpms is one TPM per process, and this is the only test here that uses it.</summary>
    [Fact]
    public async Task A_key_is_created_activated_and_quotes_in_a_TPM_inside_the_process_and_after_its_restart()
    {
        TpmlPcrSelection selection = TpmlPcrSelection.Parse("sha256:0,1,2,3,4,5,6,7");
        byte[] nonce = RandomNumberGenerator.GetBytes(32);
        DirectoryInfo folder = Directory.CreateTempSubdirectory("hwa-libtpms-");
        try
        {
            // A new TPM has endorsement keys but no certificates of them.
            TpmKeyBlob blob;
            await using (ITpmDevice device = TpmDevice.Open($"libtpms:dir={folder.FullName}"))
            {
                await using AttestationClient client = new(device);
                EndorsementKey endorsementKey = await client.GetEndorsementKeyAsync(EndorsementKeyTemplate.L2);
                await using AttestationKey key = await client.CreateAttestationKeyAsync(endorsementKey);
                Credential credential = CredentialMaker.MakeCredential(endorsementKey.Public, key.Name, nonce);
                (await key.ActivateCredentialAsync(credential.CredentialBlob, credential.EncryptedSecret)).Should().Equal(nonce);
                blob = key.Blob;
            }

            await using ITpmDevice restarted = TpmDevice.Open($"libtpms:dir={folder.FullName}");
            await using AttestationClient later = new(restarted);
            await using AttestationKey loaded = await later.LoadAttestationKeyAsync(blob);
            TpmQuote quote = await loaded.QuoteAsync(selection, nonce);

            QuoteExpectation expectation = new() { AttestationKey = blob.Public, Nonce = nonce, PcrSelection = selection };
            QuoteResult result = EvidenceVerifier.VerifyQuote(expectation, quote.Attest.Span, quote.Signature.Encode(), quote.PcrValues);
            result.Verdict.ShouldBeVerified();
            result.Attested!.ClockInfo.Safe.Should().BeTrue("closing the device has shut the TPM down in order");
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }
}
