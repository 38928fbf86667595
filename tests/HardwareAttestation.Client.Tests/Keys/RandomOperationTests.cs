using HardwareAttestation.Client.Tests.Sessions;
using HardwareAttestation.Emulation;

namespace HardwareAttestation.Client.Tests.Keys;

/// <summary>How random bytes are got, also from a TPM that gives them in other portions than emulators do.</summary>
public sealed class RandomOperationTests
{
    private const ushort NoSessions = 0x8001;
    private readonly ScriptedTpm _tpm = new();

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(32)]
    [InlineData(1000)]
    public async Task As_many_bytes_come_as_were_asked_for(int count)
    {
        await using EmulatedMachine machine = await SharedMachines.CreateMachineAsync();
        await using ITpmDevice device = TpmDevice.Open(machine.DeviceString);
        await using AttestationClient client = new(device);

        byte[] first = await client.GetRandomAsync(count);
        byte[] second = await client.GetRandomAsync(count);

        first.Should().HaveCount(count);
        second.Should().HaveCount(count);
        if (count >= 32)
        {
            first.Should().NotEqual(second);
        }
    }

    [Fact]
    public async Task Portions_are_put_together_in_their_order()
    {
        _tpm.Answer(Portion(1, 2, 3)).Answer(Portion(4)).Answer(Portion(5, 6));
        await using AttestationClient client = new(_tpm);

        (await client.GetRandomAsync(6)).Should().Equal(1, 2, 3, 4, 5, 6);

        _tpm.Commands.Select(command => command[^1]).Should().Equal(6, 3, 2);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(5)]
    public async Task A_portion_that_is_empty_or_too_large_is_a_fault_of_the_device(int size)
    {
        _tpm.Answer(Portion(1, 2)).Answer(Portion(new byte[size]));
        await using AttestationClient client = new(_tpm);

        await client.Invoking(asked => asked.GetRandomAsync(6)).Should().ThrowAsync<TpmDeviceException>().WithMessage($"*asked for 4 random bytes, and gave {size}*");
    }

    [Fact]
    public async Task A_negative_count_is_misuse()
    {
        await using AttestationClient client = new(_tpm);

        await client.Invoking(asked => asked.GetRandomAsync(-1)).Should().ThrowAsync<ArgumentOutOfRangeException>();
    }

    private static byte[] Portion(params byte[] bytes) => ScriptedTpm.Response(NoSessions, 0, [0, (byte)bytes.Length, .. bytes]);
}
