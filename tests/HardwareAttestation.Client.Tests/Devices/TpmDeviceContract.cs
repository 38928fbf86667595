namespace HardwareAttestation.Client.Tests.Devices;

/// <summary>What every device does, over a TPM that behaves. Each derived class runs it over another transport.</summary>
public abstract class TpmDeviceContract
{
    /// <summary>The string that opens the device.</summary>
    protected abstract string DeviceString { get; }

    protected virtual ITpmDevice Open(TpmDeviceOptions? options = null) => TpmDevice.Open(DeviceString, options);

    [Fact]
    public async Task A_command_gets_its_response()
    {
        await using ITpmDevice device = Open();
        byte[] response = new byte[4096];

        int length = await device.ExecuteAsync(TestCommands.GetRandom(16), response);

        length.Should().Be(10 + 2 + 16);
        TestCommands.ResponseCode(response).Should().Be(0);
    }

    [Fact]
    public async Task Commands_of_many_tasks_each_get_their_own_response()
    {
        await using ITpmDevice device = Open();

        await Task.WhenAll(Enumerable.Range(0, 200).Select(i => Task.Run(() => TestCommands.HashAsync(device, $"command {i}"))));
    }

    [Fact]
    public async Task Commands_of_many_tasks_that_can_be_cancelled_each_get_their_own_response()
    {
        await using ITpmDevice device = Open();
        using CancellationTokenSource source = new();

        await Task.WhenAll(Enumerable.Range(0, 200).Select(i => Task.Run(() => TestCommands.HashAsync(device, $"command {i}", source.Token))));
    }

    [Fact]
    public async Task An_error_of_the_TPM_is_a_response()
    {
        await using ITpmDevice device = Open();
        byte[] response = new byte[4096];

        int length = await device.ExecuteAsync(new byte[] { 0x80, 0x01, 0, 0, 0, 10, 0x20, 0xFF, 0xFF, 0xFF }, response);

        length.Should().Be(10);
        TestCommands.ResponseCode(response).Should().Be((uint)TpmRc.CommandCode);
    }

    [Fact]
    public async Task A_response_that_does_not_fit_is_refused_and_the_device_stays_in_step()
    {
        await using ITpmDevice device = Open();

        Func<Task> tooSmall = async () => await device.ExecuteAsync(TestCommands.GetRandom(16), new byte[27]);

        (await tooSmall.Should().ThrowAsync<ArgumentException>()).WithMessage("*28 bytes*").And.ParamName.Should().Be("response");
        await TestCommands.HashAsync(device, "afterwards");
    }

    [Theory]
    [InlineData("", "*header*")]
    [InlineData("8001000000090000", "*header*")]
    [InlineData("80010000000D0000017B0010", "*says 13 bytes*has 12*")]
    [InlineData("80010000000B0000017B0010", "*says 11 bytes*has 12*")]
    [InlineData("8001FFFFFFFF0000017B0010", "*says 4294967295 bytes*")]
    public async Task A_malformed_command_is_refused_and_the_device_stays_in_step(string command, string message)
    {
        await using ITpmDevice device = Open();

        Func<Task> malformed = async () => await device.ExecuteAsync(Convert.FromHexString(command), new byte[4096]);

        (await malformed.Should().ThrowAsync<ArgumentException>()).WithMessage(message).And.ParamName.Should().Be("command");
        await TestCommands.HashAsync(device, "afterwards");
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

    [Fact]
    public async Task The_device_is_named_by_its_string()
    {
        await using ITpmDevice device = Open();

        device.Name.Should().Be(DeviceString);
    }

    [Fact]
    public async Task A_disposed_device_says_so()
    {
        ITpmDevice device = Open();
        await TestCommands.HashAsync(device, "before");
        await device.DisposeAsync();

        Func<Task> late = () => TestCommands.HashAsync(device, "after");

        await late.Should().ThrowAsync<ObjectDisposedException>();
    }

    [Fact]
    public async Task Disposing_twice_is_disposing_once()
    {
        ITpmDevice device = Open();
        await TestCommands.HashAsync(device, "before");
        await device.DisposeAsync();

        Func<Task> again = async () => await device.DisposeAsync();

        await again.Should().NotThrowAsync();
        await using ITpmDevice next = Open();
        await TestCommands.HashAsync(next, "the TPM is free for the next device");
    }

    [Fact]
    public async Task A_device_that_was_never_used_can_be_disposed()
    {
        ITpmDevice device = Open();
        await device.DisposeAsync();

        Func<Task> late = () => TestCommands.HashAsync(device, "after");

        await late.Should().ThrowAsync<ObjectDisposedException>();
    }
}
