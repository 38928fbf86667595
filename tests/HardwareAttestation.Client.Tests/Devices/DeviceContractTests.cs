using HardwareAttestation.Client.Testing;

namespace HardwareAttestation.Client.Tests.Devices;

/// <summary>What every device does, over a TPM that behaves. Each derived class runs it over another transport.</summary>
public abstract class DeviceContractTests
{
    public static TheoryData<string> Rules => new(TpmDeviceContract.GetRules().Select(rule => rule.Name));

    /// <summary>The string that opens the device.</summary>
    protected abstract string DeviceString { get; }

    protected virtual ITpmDevice Open(TpmDeviceOptions? options = null) => TpmDevice.Open(DeviceString, options);

    [Theory]
    [MemberData(nameof(Rules))]
    public async Task The_device_keeps_the_contract(string rule)
    {
        await using ITpmDevice device = Open();

        await TpmDeviceContract.GetRules().Single(candidate => candidate.Name == rule).VerifyAsync(device);
    }

    [Fact]
    public async Task A_command_that_is_larger_than_TPMs_take_is_refused()
    {
        await using ITpmDevice device = Open();
        byte[] command = new byte[4097];
        new byte[] { 0x80, 0x01, 0, 0, 0x10, 0x01 }.CopyTo(command, 0);

        Func<Task> large = async () => await device.ExecuteAsync(command, new byte[4096]);

        (await large.Should().ThrowAsync<ArgumentException>()).WithMessage("*at most 4096*");
    }

    [Theory]
    [InlineData("8001000000090000", "*header*")]
    [InlineData("80010000000D0000017B0010", "*says 13 bytes*has 12*")]
    public async Task What_is_wrong_with_a_command_is_told(string command, string message)
    {
        await using ITpmDevice device = Open();

        Func<Task> malformed = async () => await device.ExecuteAsync(Convert.FromHexString(command), new byte[4096]);

        (await malformed.Should().ThrowAsync<ArgumentException>()).WithMessage(message).And.ParamName.Should().Be("command");
    }

    [Fact]
    public async Task What_does_not_fit_is_told()
    {
        await using ITpmDevice device = Open();

        Func<Task> tooSmall = async () => await device.ExecuteAsync(TestCommands.GetRandom(16), new byte[27]);

        (await tooSmall.Should().ThrowAsync<ArgumentException>()).WithMessage("*28 bytes*").And.ParamName.Should().Be("response");
    }

    [Fact]
    public async Task The_device_is_named_by_its_string()
    {
        await using ITpmDevice device = Open();

        device.Name.Should().Be(DeviceString);
    }

    [Fact]
    public async Task A_device_that_was_disposed_of_leaves_the_TPM_to_the_next()
    {
        ITpmDevice device = Open();
        await TestCommands.HashAsync(device, "before");
        await device.DisposeAsync();

        await using ITpmDevice next = Open();
        await TestCommands.HashAsync(next, "the TPM is free for the next device");
    }
}
