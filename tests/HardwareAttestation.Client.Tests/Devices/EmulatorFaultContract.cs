namespace HardwareAttestation.Client.Tests.Devices;

/// <summary>What devices do besides when no firmware starts their TPM.</summary>
public abstract class EmulatorFaultContract : TpmDeviceFaultContract
{
    [Fact]
    public async Task The_TPM_is_started_once_for_each_connection()
    {
        await using ITpmDevice device = Open();
        Relay.Startups.Should().Be(0, "the device connects with its first command");

        await TestCommands.HashAsync(device, "first");
        await TestCommands.HashAsync(device, "second");
        Relay.Startups.Should().Be(1);

        Relay.BreakOffNext(0);
        await TestCommands.HashAsync(device, "broken").Awaiting(task => task).Should().ThrowAsync<TpmDeviceException>();
        await TestCommands.HashAsync(device, "third");
        Relay.Startups.Should().Be(2);
    }

    [Fact]
    public async Task A_TPM_that_does_not_start_is_an_error()
    {
        await using ITpmDevice device = Open();
        Relay.StartupResponse = Convert.FromHexString("80010000000A00000101");

        Func<Task> failing = () => TestCommands.HashAsync(device, "never");

        (await failing.Should().ThrowAsync<TpmDeviceException>()).WithMessage("*start*TPM_RC_FAILURE*");
        Relay.Commands.Should().BeEmpty();
        Relay.StartupResponse = null;
        await TestCommands.HashAsync(device, "afterwards");
    }

    [Fact]
    public void An_emulator_has_no_resource_manager()
    {
        Open().HasResourceManager.Should().BeFalse();
    }
}
