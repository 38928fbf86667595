using System.Security.Cryptography;
using HardwareAttestation.Client;
using HardwareAttestation.Emulation;
using HardwareAttestation.Structures;
using HardwareAttestation.Verifier;

namespace HardwareAttestation.Interoperability.Tests;

/// <summary>
/// The tests' own server speaks the protocol of Microsoft's simulator as another client knows it: the one of tpm2-tss, which was written for the
/// simulator itself. What the SDK is tested with is therefore that protocol, and not a misunderstanding that both sides share.
/// </summary>
public sealed class SimulatorTests
{
    [Fact]
    public async Task The_tools_power_the_TPM_on_and_start_it()
    {
        await using EmulatedMachine machine = await SharedMachines.CreateMachineAsync();
        await using SimulatorServer server = new(machine);
        using Tpm2Tools tools = new(server.DeviceString);

        await tools.RunAsync("tpm2_startup", "-c");
        string random = await tools.RunAsync("tpm2_getrandom", "--hex", "16");

        random.Trim().Should().MatchRegex("^[0-9a-f]{32}$");
        server.Startups.Should().Be(1);
        server.PlatformSignals.Chunk(2).Should().AllSatisfy(signals => signals.Should().Equal([1, 11], "each tool switches power and NV on"));
    }

    [Fact]
    public async Task A_key_of_the_tools_activates_and_quotes_through_the_server()
    {
        TpmlPcrSelection selection = TpmlPcrSelection.Parse("sha256:0,1,7,16");
        byte[] nonce = RandomNumberGenerator.GetBytes(32);
        byte[] secret = RandomNumberGenerator.GetBytes(32);
        await using EmulatedMachine machine = await SharedMachines.CreateMachineAsync();
        await using SimulatorServer server = new(machine);
        using Tpm2Tools tools = new(server.DeviceString);
        await tools.ExtendPcrsAsync();
        string endorsementKey = await tools.CreateEndorsementKeyAsync("rsa");
        TpmName qualifiedName = await tools.CreateAttestationKeyAsync(endorsementKey);
        TpmtPublic key = tools.ReadPublic("ak.pub");

        await tools.QuoteAsync(nonce, selection, "sha256", "ecdsa");
        Credential credential = CredentialMaker.MakeCredential(tools.ReadPublic("ek.pub"), key.ComputeName(), secret);
        tools.Write("credential", ToolFiles.WriteCredential(credential));

        (await tools.ActivateCredentialAsync(endorsementKey)).Should().Equal(secret);
        QuoteExpectation expectation = new() { AttestationKey = key, Nonce = nonce, PcrSelection = selection, QualifiedSigner = qualifiedName };
        PcrValue[] values = ToolFiles.ReadPcrValues(tools.Read("values"), selection);
        QuoteResult result = EvidenceVerifier.VerifyQuote(expectation, tools.Read("message"), tools.Read("signature"), values);
        result.Verdict.IsVerified.Should().BeTrue(result.Verdict.ToString());
    }

    [Fact]
    public async Task The_tools_and_the_SDK_take_turns_at_one_server()
    {
        await using EmulatedMachine machine = await SharedMachines.CreateMachineAsync();
        await using SimulatorServer server = new(machine);
        using Tpm2Tools tools = new(server.DeviceString);
        TpmlPcrSelection selection = TpmlPcrSelection.Parse("sha256:0,1,2,7,16,17,23");
        await tools.ExtendPcrsAsync();

        IReadOnlyList<PcrValue> ours;
        await using (ITpmDevice device = TpmDevice.Open(server.DeviceString))
        {
            await using AttestationClient client = new(device);
            ours = await client.ReadPcrsAsync(selection);
        }

        await tools.RunAsync("tpm2_pcrread", selection.ToString(), "-o", "values");
        ours.Should().Equal(ToolFiles.ReadPcrValues(tools.Read("values"), selection));
    }
}
