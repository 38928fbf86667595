using HardwareAttestation.Client.Testing;
using HardwareAttestation.Client.Tests.Devices;

namespace HardwareAttestation.Client.Tests.Testing;

public sealed class ReplayingTpmDeviceTests
{
    private const string Head = """{"transcript":1,"device":"swtpm:path=tpm.sock","resourceManager":true,"redacted":false}""";
    private const string GetRandom = """{"command":"80010000000c0000017b0002","response":"80010000000e000000000002cafe"}""";

    [Fact]
    public async Task Recorded_commands_are_answered_in_their_order_as_they_were_then()
    {
        await using ReplayingTpmDevice device = Replay(GetRandom, """{"command":"80010000000c0000017b0001","response":"80010000000a00000922"}""");
        byte[] response = new byte[4096];

        (await device.ExecuteAsync(TestCommands.GetRandom(2), response)).Should().Be(14);
        response.AsSpan(12, 2).ToArray().Should().Equal(0xCA, 0xFE);
        device.IsAtEnd.Should().BeFalse();
        (await device.ExecuteAsync(TestCommands.GetRandom(1), response)).Should().Be(10);

        TestCommands.ResponseCode(response).Should().Be((uint)TpmRc.Retry);
        (device.Position, device.IsAtEnd).Should().Be((2, true));
        device.HasResourceManager.Should().BeTrue();
        device.Name.Should().Be("replay of swtpm:path=tpm.sock");
    }

    [Theory]
    [InlineData("80010000000c0000017b0003", "*TPM2_GetRandom, 12 bytes. Came: TPM2_GetRandom, 12 bytes. They differ first at byte 11, in the parameters.*0002\n*0003*")]
    [InlineData("80010000000b0000014301", "*Recorded: TPM2_GetRandom*Came: TPM2_SelfTest, 11 bytes*at byte 5, in the size*")]
    [InlineData("80010000000c000001440000", "*Came: TPM2_Startup*at byte 9, in the command code*")]
    [InlineData("80020000000c0000017b0002", "*at byte 1, in the tag*")]
    [InlineData("80010000000c200000000002", "*Came: TPM command 0x20000000*")]
    public async Task Another_command_is_refused_with_what_was_recorded_and_what_came(string command, string message)
    {
        await using ReplayingTpmDevice device = Replay(GetRandom);

        Func<Task> other = async () => await device.ExecuteAsync(Convert.FromHexString(command), new byte[4096]);

        (await other.Should().ThrowAsync<TpmDeviceException>()).WithMessage("*command 1 of 1 is another than was recorded*").WithMessage(message);
        (await device.ExecuteAsync(TestCommands.GetRandom(2), new byte[4096])).Should().Be(14, "a refused command answers nothing");
    }

    [Theory]
    [InlineData("80020000001700000120400000010000000900", "handle 2", 17)]
    [InlineData("80020000001700000120400000018100000500", "the authorisations or the parameters", 18)]
    public async Task The_part_of_a_command_that_differs_is_named(string command, string part, int length)
    {
        byte[] bytes = Convert.FromHexString(command);
        bytes[5] = (byte)bytes.Length;
        byte[] recorded = [.. bytes];
        recorded[length]++;
        await using ReplayingTpmDevice device = Replay($$"""{"command":"{{Convert.ToHexStringLower(recorded)}}","error":"none"}""");

        Func<Task> other = async () => await device.ExecuteAsync(bytes, new byte[4096]);

        (await other.Should().ThrowAsync<TpmDeviceException>()).WithMessage($"*in {part}.*");
    }

    [Fact]
    public async Task After_the_end_every_command_is_refused()
    {
        await using ReplayingTpmDevice device = Replay();

        Func<Task> late = async () => await device.ExecuteAsync(TestCommands.GetRandom(2), new byte[4096]);

        (await late.Should().ThrowAsync<TpmDeviceException>()).WithMessage("*ends after 0 commands, and TPM2_GetRandom came*");
    }

    [Fact]
    public async Task Bytes_that_were_taken_out_match_any_and_are_answered_as_zeros()
    {
        await using ReplayingTpmDevice device = Replay("""{"command":"80010000000c0000017b00..","response":"80010000000e000000000002...."}""");
        byte[] response = [.. Enumerable.Repeat((byte)0xFF, 14)];

        await device.ExecuteAsync(TestCommands.GetRandom(0x42), response);

        response.AsSpan(12).ToArray().Should().Equal(0, 0);
    }

    [Fact]
    public async Task Misuse_is_answered_as_by_every_device()
    {
        ReplayingTpmDevice device = Replay(GetRandom);
        using CancellationTokenSource cancelled = new();
        await cancelled.CancelAsync();

        Func<Task> malformed = async () => await device.ExecuteAsync(new byte[3], new byte[4096]);
        Func<Task> tooSmall = async () => await device.ExecuteAsync(TestCommands.GetRandom(2), new byte[13]);
        Func<Task> late = async () => await device.ExecuteAsync(TestCommands.GetRandom(2), new byte[4096], cancelled.Token);
        Func<Task> after = async () => await device.ExecuteAsync(TestCommands.GetRandom(2), new byte[4096]);

        (await malformed.Should().ThrowAsync<ArgumentException>()).And.ParamName.Should().Be("command");
        (await tooSmall.Should().ThrowAsync<ArgumentException>()).And.ParamName.Should().Be("response");
        await late.Should().ThrowAsync<OperationCanceledException>();
        device.Position.Should().Be(0);
        await device.DisposeAsync();
        await after.Should().ThrowAsync<ObjectDisposedException>();
    }

    private static ReplayingTpmDevice Replay(params string[] exchanges) => new(TpmTranscript.Parse(string.Join('\n', [Head, .. exchanges])));
}
