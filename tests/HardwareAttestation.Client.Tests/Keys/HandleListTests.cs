using System.Buffers.Binary;
using HardwareAttestation.Client.Sessions;
using HardwareAttestation.Client.Tests.Sessions;
using HardwareAttestation.Structures;
using Microsoft.Extensions.Logging.Abstractions;

namespace HardwareAttestation.Client.Tests.Keys;

public sealed class HandleListTests
{
    [Fact]
    public async Task Handles_are_asked_for_until_there_are_no_more()
    {
        ScriptedTpm device = new ScriptedTpm().Answer(Handles(true, 0x01C00002, 0x01C00016)).Answer(Handles(true, 0x01C00100)).Answer(Handles(false, 0x01C00101));

        (await ListAsync(device)).Should().Equal(0x01C00002, 0x01C00016, 0x01C00100, 0x01C00101);
        device.Commands.Select(command => BinaryPrimitives.ReadUInt32BigEndian(command.AsSpan(14))).Should().Equal(0x01C00000, 0x01C00017, 0x01C00101);
    }

    [Fact]
    public async Task Handles_behind_the_range_end_it_and_are_left_out()
    {
        ScriptedTpm device = new ScriptedTpm().Answer(Handles(true, 0x01C00002, 0x01C08000));

        (await ListAsync(device)).Should().Equal(0x01C00002);
    }

    // Each has the caller's question come to an end, though it says that there is more.
    [Theory]
    [InlineData(new uint[0])]
    [InlineData(new uint[] { 0x01BFFFFF })]
    [InlineData(new uint[] { 0xFFFFFFFF })]
    [InlineData(new uint[] { 0x01C001FF })]
    public async Task A_TPM_that_always_has_more_is_not_asked_for_ever(uint[] handles)
    {
        ScriptedTpm device = new ScriptedTpm().Answer(Handles(true, handles));

        (await ListAsync(device)).Should().BeSubsetOf(handles);
        device.Commands.Should().ContainSingle();
    }

    [Fact]
    public async Task Handles_out_of_order_are_malformed()
    {
        ScriptedTpm device = new ScriptedTpm().Answer(Handles(true, 0x01C00016, 0x01C00002));
        Func<Task> list = () => ListAsync(device);

        await list.Should().ThrowAsync<TpmDeviceException>().WithMessage("*ascending*");
    }

    [Fact]
    public async Task Another_capability_is_malformed()
    {
        ScriptedTpm device = new ScriptedTpm().Answer(ScriptedTpm.Response(0x8001, 0, [0, 0, 0, 0, 6, 0, 0, 0, 0]));
        Func<Task> list = () => ListAsync(device);

        await list.Should().ThrowAsync<TpmDeviceException>().WithMessage("*0x00000001 was asked for*");
    }

    private static async Task<IEnumerable<uint>> ListAsync(ITpmDevice device)
    {
        TpmChannel channel = new(device, NullLogger.Instance);
        return (await HandleList.ReadAsync(channel, new TpmHandle(0x01C00000), new TpmHandle(0x01C001FF), CancellationToken.None)).Select(handle => handle.Value);
    }

    private static byte[] Handles(bool more, params uint[] handles)
    {
        byte[] body = new byte[9 + (4 * handles.Length)];
        body[0] = more ? (byte)1 : (byte)0;
        body[4] = 1;
        body[8] = (byte)handles.Length;
        for (int i = 0; i < handles.Length; i++)
        {
            BinaryPrimitives.WriteUInt32BigEndian(body.AsSpan(9 + (4 * i)), handles[i]);
        }

        return ScriptedTpm.Response(0x8001, 0, body);
    }
}
