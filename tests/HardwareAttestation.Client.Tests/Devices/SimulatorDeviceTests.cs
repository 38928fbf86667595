using HardwareAttestation.Emulation;

namespace HardwareAttestation.Client.Tests.Devices;

/// <summary>The protocol of Microsoft's simulator, with a real TPM behind it.</summary>
public sealed class SimulatorDeviceTests : EmulatorFaultContract
{
    private SimulatorServer Server => (SimulatorServer)Relay;

    internal override TpmRelay CreateRelay() => new SimulatorServer(Machine);

    [Fact]
    public async Task The_TPM_gets_power_and_NV_before_the_first_command_and_both_sessions_are_ended()
    {
        ITpmDevice device = Open();
        await TestCommands.HashAsync(device, "a command");
        await Server.PlatformSessionEnded;
        Server.PlatformSignals.Should().Equal([1, 11, 20], "others may switch the power while the device is connected");

        await device.DisposeAsync();

        await Server.CommandSessionEnded;
        Server.PlatformSignals.Should().Equal(1, 11, 20);
    }

    [Fact]
    public async Task A_platform_port_that_refuses_power_is_an_error()
    {
        await using ITpmDevice device = Open();
        Server.PlatformAcknowledgement = 1;

        Func<Task> refused = () => TestCommands.HashAsync(device, "never");

        (await refused.Should().ThrowAsync<TpmDeviceException>()).WithMessage($"*port {Server.Port + 1}*platform signal 1*");
        Server.PlatformAcknowledgement = 0;
        await TestCommands.HashAsync(device, "afterwards");
    }

    [Fact]
    public async Task An_answer_that_does_not_end_with_its_acknowledgement_is_an_error()
    {
        await using ITpmDevice device = Open();
        await TestCommands.HashAsync(device, "before");
        Server.CommandAcknowledgement = 7;

        Func<Task> strange = () => TestCommands.HashAsync(device, "strange");

        (await strange.Should().ThrowAsync<TpmDeviceException>()).WithMessage("*ended its answer with 7*");
        Server.CommandAcknowledgement = 0;
        await TestCommands.HashAsync(device, "afterwards");
    }

    [Theory]
    [InlineData(0u, "*announced 0 bytes*")]
    [InlineData(4097u, "*announced 4097 bytes*")]
    [InlineData(uint.MaxValue, "*announced 4294967295 bytes*")]
    [InlineData(11u, "*bytes*")]
    public async Task An_announced_size_that_is_not_the_response_s_is_an_error(uint size, string message)
    {
        await using ITpmDevice device = Open();
        await TestCommands.HashAsync(device, "before");
        Server.AnnouncedSize = size;

        Func<Task> lying = () => TestCommands.HashAsync(device, "lying");

        (await lying.Should().ThrowAsync<TpmDeviceException>()).WithMessage(message);
        Server.AnnouncedSize = null;
        await TestCommands.HashAsync(device, "afterwards");
    }
}
