using System.Security.Cryptography;
using HardwareAttestation.Client;
using HardwareAttestation.Emulation;
using HardwareAttestation.Structures;
using HardwareAttestation.Verifier;
using HardwareAttestation.Wire;

namespace HardwareAttestation.Interoperability.Tests;

/// <summary>Credentials made by one side and opened by the other.</summary>
public sealed class CredentialTests
{
    [Theory]
    [MemberData(nameof(ToolKeys.EndorsementKeys), MemberType = typeof(ToolKeys))]
    public async Task Our_credential_is_opened_by_tpm2_activatecredential(string endorsementKey)
    {
        await using TestMachine machine = await SharedMachines.CreateTestMachineAsync();
        using Tpm2Tools tools = new(machine);
        string context = await tools.CreateEndorsementKeyAsync(endorsementKey);
        await tools.CreateAttestationKeyAsync(context);
        TpmtPublic publicArea = tools.ReadPublic("ek.pub");
        byte[] secret = RandomNumberGenerator.GetBytes(32);

        Credential credential = CredentialMaker.MakeCredential(publicArea, tools.ReadPublic("ak.pub").ComputeName(), secret);
        tools.Write("credential", ToolFiles.WriteCredential(credential));

        (await tools.ActivateCredentialAsync(context)).Should().Equal(secret);
    }

    [Fact]
    public async Task Our_credential_for_another_Name_is_refused_by_tpm2_activatecredential()
    {
        await using TestMachine machine = await SharedMachines.CreateTestMachineAsync();
        using Tpm2Tools tools = new(machine);
        string context = await tools.CreateEndorsementKeyAsync("rsa");
        await tools.CreateAttestationKeyAsync(context);
        TpmName name = tools.ReadPublic("ek.pub").ComputeName();

        Credential credential = CredentialMaker.MakeCredential(tools.ReadPublic("ek.pub"), name, new byte[16]);
        tools.Write("credential", ToolFiles.WriteCredential(credential));

        await tools.Invoking(open => open.ActivateCredentialAsync(context)).Should().ThrowAsync<ToolException>().WithMessage("*integrity check failed*");
    }

    [Theory]
    [InlineData("L-1")]
    [InlineData("L-2")]
    [InlineData("H-3")]
    public async Task The_credential_of_tpm2_makecredential_is_opened_by_our_client(string template)
    {
        await using TestMachine machine = await SharedMachines.CreateTestMachineAsync();
        using Tpm2Tools tools = new(machine);
        byte[] secret = RandomNumberGenerator.GetBytes(24);
        TpmKeyBlob blob;
        await using (ITpmDevice device = TpmDevice.Open(machine.DeviceString))
        {
            await using AttestationClient client = new(device);
            EndorsementKey endorsementKey = await client.GetEndorsementKeyAsync(EndorsementKeyTemplate.Parse(template));
            await using AttestationKey key = await client.CreateAttestationKeyAsync(endorsementKey);
            blob = key.Blob;
            tools.Write("ek.pub", endorsementKey.Public.EncodeSized());
        }

        tools.Write("plain", secret);
        await tools.RunAsync(
            "tpm2_makecredential", "-T", "none", "-u", "ek.pub", "-s", "plain", "-n", blob.Public.ComputeName().ToString(), "-o", "credential");
        (TpmsIdObject credentialBlob, byte[] encryptedSecret) = ToolFiles.ReadCredential(tools.Read("credential"));

        await using ITpmDevice again = TpmDevice.Open(machine.DeviceString);
        await using AttestationClient opener = new(again);
        await using AttestationKey loaded = await opener.LoadAttestationKeyAsync(blob);
        (await loaded.ActivateCredentialAsync(credentialBlob, encryptedSecret)).Should().Equal(secret);
    }

    [Fact]
    public async Task The_credential_that_the_TPM_itself_makes_is_opened_by_our_client()
    {
        await using TestMachine machine = await SharedMachines.CreateTestMachineAsync();
        using Tpm2Tools tools = new(machine);
        TpmKeyBlob blob;
        await using (ITpmDevice device = TpmDevice.Open(machine.DeviceString))
        {
            await using AttestationClient client = new(device);
            await using AttestationKey key = await client.CreateAttestationKeyAsync(await client.GetEndorsementKeyAsync());
            blob = key.Blob;
        }

        // Without "-T none" and with a key in a public file, the tool loads the key and asks the TPM.
        await tools.RunAsync("tpm2_readpublic", "-c", "0x81010001", "-o", "ek.pub");
        tools.Write("plain", new byte[] { 1, 2, 3 });
        await tools.RunAsync("tpm2_makecredential", "-u", "ek.pub", "-s", "plain", "-n", blob.Public.ComputeName().ToString(), "-o", "credential");
        (TpmsIdObject credentialBlob, byte[] encryptedSecret) = ToolFiles.ReadCredential(tools.Read("credential"));

        await using ITpmDevice again = TpmDevice.Open(machine.DeviceString);
        await using AttestationClient opener = new(again);
        await using AttestationKey loaded = await opener.LoadAttestationKeyAsync(blob);
        (await loaded.ActivateCredentialAsync(credentialBlob, encryptedSecret)).Should().Equal(1, 2, 3);
    }
}
