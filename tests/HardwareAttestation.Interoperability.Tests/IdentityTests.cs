using HardwareAttestation.Client;
using HardwareAttestation.Emulation;
using HardwareAttestation.Structures;
using HardwareAttestation.Wire;

namespace HardwareAttestation.Interoperability.Tests;

/// <summary>Certificates, public areas and Names: both sides see the same.</summary>
public sealed class IdentityTests
{
    [Theory]
    [InlineData("L-1", "0x01c00002")]
    [InlineData("H-3", "0x01c00016")]
    public async Task The_endorsement_certificate_is_the_one_of_tpm2_nvread(string template, string index)
    {
        await using TestMachine machine = await SharedMachines.CreateTestMachineAsync();
        using Tpm2Tools tools = new(machine);
        await tools.RunAsync("tpm2_nvread", index, "-o", "certificate");

        EndorsementKey key = await FindAsync(machine, template);

        key.Certificate.ToArray().Should().Equal(tools.Read("certificate"));
    }

    [Fact]
    public async Task The_endorsement_certificate_is_the_one_of_tpm2_getekcertificate()
    {
        await using TestMachine machine = await SharedMachines.CreateTestMachineAsync();
        using Tpm2Tools tools = new(machine);
        await tools.RunAsync("tpm2_getekcertificate", "-o", "certificate");

        EndorsementKey key = await FindAsync(machine, "L-1");

        key.Certificate.ToArray().Should().Equal(tools.Read("certificate"));
    }

    [Theory]
    [MemberData(nameof(ToolKeys.EndorsementKeys), MemberType = typeof(ToolKeys))]
    public async Task The_endorsement_key_and_its_Name_are_the_ones_of_the_tools(string endorsementKey)
    {
        await using TestMachine machine = await SharedMachines.CreateTestMachineAsync();
        using Tpm2Tools tools = new(machine);
        await tools.CreateEndorsementKeyAsync(endorsementKey);

        EndorsementKey key = await FindAsync(machine, ToolKeys.TemplateOf(endorsementKey).Id);

        key.Public.EncodeSized().Should().Equal(tools.Read("ek.pub"));
        key.Name.Bytes.ToArray().Should().Equal(tools.Read("ek.name"));
    }

    [Theory]
    [MemberData(nameof(ToolKeys.AttestationKeys), MemberType = typeof(ToolKeys))]
    public async Task The_Name_of_an_attestation_key_is_the_one_of_tpm2_createak(string algorithm, string hash, string scheme)
    {
        await using TestMachine machine = await SharedMachines.CreateTestMachineAsync();
        using Tpm2Tools tools = new(machine);
        await tools.CreateAttestationKeyAsync(await tools.CreateEndorsementKeyAsync("rsa"), algorithm, hash, scheme);

        tools.ReadPublic("ak.pub").ComputeName().Bytes.ToArray().Should().Equal(tools.Read("ak.name"));
    }

    [Theory]
    [InlineData("p256")]
    [InlineData("p384")]
    [InlineData("rsa2048")]
    public async Task The_Name_of_our_attestation_key_is_the_one_of_tpm2_loadexternal(string algorithm)
    {
        await using TestMachine machine = await SharedMachines.CreateTestMachineAsync();
        using Tpm2Tools tools = new(machine);
        TpmName name;
        await using (ITpmDevice device = TpmDevice.Open(machine.DeviceString))
        {
            await using AttestationClient client = new(device);
            await using AttestationKey key = await client.CreateAttestationKeyAsync(
                await client.GetEndorsementKeyAsync(), new TpmKeyOptions { Algorithm = TpmKeyAlgorithm.Parse(algorithm) });
            tools.Write("ak.pub", key.Public.EncodeSized());
            name = key.Name;
        }

        await tools.RunAsync("tpm2_loadexternal", "-u", "ak.pub", "-c", "ak.ctx", "-n", "ak.name");

        name.Bytes.ToArray().Should().Equal(tools.Read("ak.name"));
    }

    [Fact]
    public async Task A_tool_that_is_missing_is_a_failure_with_words()
    {
        await using TestMachine machine = await SharedMachines.CreateTestMachineAsync();
        using Tpm2Tools tools = new(machine);

        await tools.Invoking(run => run.RunAsync("tpm2_nosuchtool")).Should().ThrowAsync<ToolException>()
            .WithMessage("*tpm2_nosuchtool was not found*install the package tpm2-tools*");
    }

    private static async Task<EndorsementKey> FindAsync(TestMachine machine, string template)
    {
        await using ITpmDevice device = TpmDevice.Open(machine.DeviceString);
        await using AttestationClient client = new(device);
        return await client.GetEndorsementKeyAsync(EndorsementKeyTemplate.Parse(template));
    }
}
