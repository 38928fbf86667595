using HardwareAttestation.Client.Sessions;
using HardwareAttestation.Client.Tests.Sessions;
using HardwareAttestation.Structures;
using Microsoft.Extensions.Logging.Abstractions;

namespace HardwareAttestation.Client.Tests.Keys;

public sealed class PcrReaderTests
{
    private static readonly byte[] Value = [.. Enumerable.Repeat((byte)0xAA, 32)];

    [Theory]
    [InlineData("00000000")]
    [InlineData("00000001" + "000B" + "03" + "000000")]
    public async Task A_TPM_that_gives_none_lacks_them(string selection)
    {
        Func<Task> read = () => ReadAsync(Response(selection));

        (await read.Should().ThrowAsync<TpmPcrException>()).WithMessage("TPM device scripted does not have the PCRs sha256:0,1: *");
    }

    [Fact]
    public async Task A_TPM_that_gives_some_lacks_the_rest()
    {
        Func<Task> read = () => ReadAsync(Response("00000001" + "000B" + "03" + "010000", Value), Response("00000000"));

        (await read.Should().ThrowAsync<TpmPcrException>()).WithMessage("*does not have the PCRs sha256:1: *");
    }

    [Theory]
    [InlineData("00000001" + "000B" + "03" + "040000")]
    [InlineData("00000001" + "000C" + "03" + "010000")]
    public async Task Others_than_were_asked_for_are_no_answer(string selection)
    {
        Func<Task> read = () => ReadAsync(Response(selection, Value));

        await read.Should().ThrowAsync<TpmDeviceException>().WithMessage("*PCRs sha256:0,1, and gave others*");
    }

    private static Task<IReadOnlyList<PcrValue>> ReadAsync(params byte[][] responses)
    {
        ScriptedTpm device = new();
        foreach (byte[] response in responses)
        {
            device.Answer(response);
        }

        return PcrReader.ReadAsync(new TpmChannel(device, NullLogger.Instance), TpmlPcrSelection.Parse("sha256:0,1"), CancellationToken.None);
    }

    // pcrUpdateCounter, pcrSelectionOut, pcrValues.
    private static byte[] Response(string selection, params byte[][] values) => ScriptedTpm.Response(
        0x8001, 0, [0, 0, 0, 7, .. Convert.FromHexString(selection), 0, 0, 0, (byte)values.Length, .. values.SelectMany(value => (byte[])[0, (byte)value.Length, .. value])]);
}
