using System.Buffers.Binary;
using HardwareAttestation.Client.Sessions;
using HardwareAttestation.Client.Tests.Sessions;
using HardwareAttestation.Structures;
using Microsoft.Extensions.Logging.Abstractions;

namespace HardwareAttestation.Client.Tests.Keys;

/// <summary>How the TPM's answer about its buffer is taken: emulators say 1024, and nothing else.</summary>
public sealed class DataHasherTests
{
    private const uint InputBuffer = 0x10D;
    private const int HeaderSize = 10;

    // A handle, the size of the authorisation area, TPM_RS_PW with an empty nonce and value, and the size of the data.
    private const int UpdateOverhead = HeaderSize + 4 + 4 + 9 + 2;
    private readonly ScriptedTpm _tpm = new();

    [Theory]
    [InlineData(InputBuffer, 1024u, 1024)]
    [InlineData(InputBuffer, 2048u, 2048)]
    [InlineData(InputBuffer, 4000u, 4000)]
    [InlineData(InputBuffer, 0u, 1024)]
    [InlineData(InputBuffer, 1u, 1024)]
    [InlineData(InputBuffer, 1023u, 1024)]
    [InlineData(InputBuffer, 4001u, 1024)]
    [InlineData(InputBuffer, uint.MaxValue, 1024)]
    [InlineData(InputBuffer + 1, 2048u, 1024)]
    public async Task Parts_are_as_large_as_the_TPM_says_unless_that_cannot_be(uint property, uint value, int expected)
    {
        AnswerProperty(property, value);
        AnswerSequence(updates: 2);

        await CreateHasher().HashAsync(new byte[(2 * expected) + 1], TpmAlgId.Sha256, default);

        _tpm.Commands.Select(CodeOf).Should().Equal(
            TpmCommandCode.GetCapability,
            TpmCommandCode.HashSequenceStart,
            TpmCommandCode.SequenceUpdate,
            TpmCommandCode.SequenceUpdate,
            TpmCommandCode.SequenceComplete);
        _tpm.Commands[2].Length.Should().Be(UpdateOverhead + expected);
        _tpm.Commands[3].Length.Should().Be(UpdateOverhead + expected);
    }

    [Fact]
    public async Task A_TPM_that_lacks_the_property_gets_parts_that_every_TPM_takes()
    {
        _tpm.Answer(ScriptedTpm.Response(0x8001, 0, [0, 0, 0, 0, 6, 0, 0, 0, 0]));
        AnswerSequence(updates: 1);

        await CreateHasher().HashAsync(new byte[1025], TpmAlgId.Sha256, default);

        _tpm.Commands[2].Length.Should().Be(UpdateOverhead + 1024);
    }

    [Fact]
    public async Task What_fits_into_a_larger_buffer_is_hashed_in_one_command()
    {
        AnswerProperty(InputBuffer, 2048);
        _tpm.Answer(ScriptedTpm.Response(0x8001, 0, HashAndTicket()));
        _tpm.Answer(ScriptedTpm.Response(0x8001, 0, HashAndTicket()));
        DataHasher hasher = CreateHasher();
        using MemoryStream stream = new(new byte[2000]);

        await hasher.HashAsync(new byte[2048], TpmAlgId.Sha256, default);
        await hasher.HashAsync(stream, TpmAlgId.Sha256, default);

        _tpm.Commands.Select(CodeOf).Should().Equal(TpmCommandCode.GetCapability, TpmCommandCode.Hash, TpmCommandCode.Hash);
    }

    [Fact]
    public async Task A_sequence_whose_end_the_TPM_refuses_is_flushed()
    {
        AnswerProperty(InputBuffer, 1024);
        _tpm.Answer(ScriptedTpm.Response(0x8001, 0, [0x80, 0, 0, 1]));
        _tpm.Answer(ScriptedTpm.Response(0x8002, 0, [0, 0, 0, 0, 0, 0, 1, 0, 0]));
        _tpm.Refuse((uint)TpmRc.Failure);
        _tpm.Answer(ScriptedTpm.Response(0x8001, 0, []));
        Func<Task> hash = () => CreateHasher().HashAsync(new byte[2000], TpmAlgId.Sha256, default).AsTask();

        await hash.Should().ThrowAsync<TpmCommandException>();

        _tpm.Commands[^1].Should().Equal(0x80, 0x01, 0, 0, 0, 14, 0, 0, 0x01, 0x65, 0x80, 0, 0, 1);
    }

    private static TpmCommandCode CodeOf(byte[] command) => (TpmCommandCode)BinaryPrimitives.ReadUInt32BigEndian(command.AsSpan(6));

    // An empty digest and TPMT_TK_HASHCHECK without one.
    private static byte[] HashAndTicket() => [0, 0, 0x80, 0x24, 0x40, 0, 0, 0x07, 0, 0];

    private DataHasher CreateHasher() => new(new TpmChannel(_tpm, NullLogger.Instance));

    // No more data, TPM_CAP_TPM_PROPERTIES, one property.
    private void AnswerProperty(uint property, uint value)
    {
        byte[] body = [0, 0, 0, 0, 6, 0, 0, 0, 1, .. new byte[8]];
        BinaryPrimitives.WriteUInt32BigEndian(body.AsSpan(9), property);
        BinaryPrimitives.WriteUInt32BigEndian(body.AsSpan(13), value);
        _tpm.Answer(ScriptedTpm.Response(0x8001, 0, body));
    }

    private void AnswerSequence(int updates)
    {
        byte[] authorization = [0, 0, 1, 0, 0];
        _tpm.Answer(ScriptedTpm.Response(0x8001, 0, [0x80, 0, 0, 1]));
        for (int i = 0; i < updates; i++)
        {
            _tpm.Answer(ScriptedTpm.Response(0x8002, 0, [0, 0, 0, 0, .. authorization]));
        }

        byte[] hash = HashAndTicket();
        _tpm.Answer(ScriptedTpm.Response(0x8002, 0, [0, 0, 0, (byte)hash.Length, .. hash, .. authorization]));
    }
}
