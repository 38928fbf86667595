using HardwareAttestation.Client;
using HardwareAttestation.Structures;

namespace HardwareAttestation.EndToEnd.Tests;

/// <summary>What a TPM says of itself.</summary>
public sealed class TpmInfoTests
{
    [Fact]
    public async Task A_TPM_says_what_it_is()
    {
        await using Agent agent = await Agent.StartAsync();

        TpmInfo info = await agent.Client.GetTpmInfoAsync();

        info.Family.Should().Be("2.0");
        info.Revision.Should().BeInRange(116, 200);
        info.Manufacturer.Value.Should().NotBe(0);
        info.Manufacturer.Code.Should().MatchRegex("^[A-Z]{3,4}$");
        info.VendorString.Should().NotBeEmpty().And.NotContain("\0");
        info.FirmwareVersion.Should().NotBe(new Version(0, 0, 0, 0));
        info.Algorithms.Should().Contain([TpmAlgId.Rsa, TpmAlgId.Ecc, TpmAlgId.Sha256, TpmAlgId.Aes, TpmAlgId.Cfb]).And.BeInAscendingOrder().And.OnlyHaveUniqueItems();
        info.Curves.Should().Contain([TpmEccCurve.NistP256, TpmEccCurve.NistP384]).And.BeInAscendingOrder();
        info.PcrBanks.Should().Contain(bank => bank.Hash == TpmAlgId.Sha256).And.OnlyContain(bank => bank.Count == TpmsPcrSelection.PcrCount);
        info.MaximumNVBufferSize.Should().BeInRange(512, 4096);
        info.Lockout.IsActive.Should().BeFalse();
        info.Lockout.FailedTries.Should().Be(0);
        info.Lockout.MaximumTries.Should().BePositive();
        info.Lockout.RecoveryTime.Should().BePositive();
        info.HasOwnerAuthValue.Should().BeFalse();
        info.HasEndorsementAuthValue.Should().BeFalse();
    }

    [Fact]
    public async Task A_probe_is_one_command_and_fails_where_the_TPM_does_not_answer()
    {
        await using Agent agent = await Agent.StartAsync();
        agent.Device.Forget();

        await agent.Client.ProbeAsync();

        agent.Device.Commands.Should().ContainSingle();
        agent.Device.BeforeSending = _ => throw new TpmDeviceException(agent.Device.Name, "it is away.");
        await agent.Client.Invoking(client => client.ProbeAsync()).Should().ThrowAsync<TpmDeviceException>();
    }

    [Fact]
    public async Task Authorisation_values_that_were_set_are_seen()
    {
        await using Agent agent = await Agent.StartAsync();
        await RawTpm.ChangeHierarchyAuthAsync(agent.Device.Inner, TpmHandle.Owner, "owner"u8.ToArray());

        TpmInfo info = await agent.Client.GetTpmInfoAsync();

        info.HasOwnerAuthValue.Should().BeTrue();
        info.HasEndorsementAuthValue.Should().BeFalse();
    }
}
