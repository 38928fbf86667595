using HardwareAttestation.Structures;
using HardwareAttestation.Wire;

namespace HardwareAttestation.Abstractions.Tests.Wire;

public sealed class TpmWriterTests
{
    [Fact]
    public void Fields_are_written_big_endian_one_after_the_other()
    {
        byte[] buffer = new byte[64];
        TpmWriter writer = new(buffer);

        writer.WriteByte(0x01);
        writer.WriteUInt16(0x0203);
        writer.WriteUInt32(0x04050607);
        writer.WriteUInt64(0x08090A0B0C0D0E0F);
        writer.WriteAlgorithm(TpmAlgId.Sha256);
        writer.WriteHandle(TpmHandle.Endorsement);
        writer.WriteYesNo(true);
        writer.WriteYesNo(false);
        writer.WriteBytes([0xAA]);
        writer.WriteSized([0xBB, 0xCC]);

        Convert.ToHexString(writer.Written).Should().Be("0102030405060708090A0B0C0D0E0F000B4000000B0100AA0002BBCC");
        writer.Position.Should().Be(28);
    }

    [Fact]
    public void Sizes_are_filled_in_when_they_are_known_also_one_in_the_other()
    {
        byte[] buffer = new byte[32];
        TpmWriter writer = new(buffer);

        int outer = writer.BeginSized();
        writer.WriteByte(0x11);
        int inner = writer.BeginSized();
        writer.WriteUInt32(0x22222222);
        writer.EndSized(inner);
        writer.EndSized(outer);

        Convert.ToHexString(writer.Written).Should().Be("000711000422222222");
    }

    [Fact]
    public void A_written_word_can_be_overwritten()
    {
        byte[] buffer = new byte[8];
        TpmWriter writer = new(buffer);
        writer.WriteUInt32(0);
        writer.WriteUInt32(7);

        writer.OverwriteUInt32(0, 0xDEADBEEF);

        Convert.ToHexString(writer.Written).Should().Be("DEADBEEF00000007");
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(1)]
    [InlineData(4)]
    [InlineData(int.MaxValue)]
    public void What_was_not_written_cannot_be_overwritten(int position)
    {
        byte[] buffer = new byte[16];
        Action overwrite = () =>
        {
            TpmWriter writer = new(buffer);
            writer.WriteUInt32(7);
            writer.OverwriteUInt32(position, 0xFFFFFFFF);
        };

        overwrite.Should().Throw<ArgumentOutOfRangeException>();
        buffer.Should().Equal([0, 0, 0, 7, .. new byte[12]]);
    }

    [Fact]
    public void Writing_past_the_end_is_misuse_and_writes_nothing()
    {
        byte[] buffer = new byte[3];
        Action write = () =>
        {
            TpmWriter writer = new(buffer);
            writer.WriteByte(1);
            writer.WriteUInt32(0xFFFFFFFF);
        };

        write.Should().Throw<InvalidOperationException>().WithMessage("The TPM structure does not fit: 4 bytes are to be written and 2 are left.");
        buffer.Should().Equal(1, 0, 0);
    }

    [Fact]
    public void A_sized_buffer_holds_65535_bytes_and_no_more()
    {
        byte[] buffer = new byte[70_000];
        new TpmWriter(buffer).WriteSized(new byte[ushort.MaxValue]);
        Action tooLong = () => new TpmWriter(buffer).WriteSized(new byte[ushort.MaxValue + 1]);

        buffer[0].Should().Be(0xFF);
        buffer[1].Should().Be(0xFF);
        tooLong.Should().Throw<ArgumentOutOfRangeException>();
    }

    [Fact]
    public void A_size_that_does_not_fit_16_bits_is_misuse()
    {
        byte[] buffer = new byte[70_000];
        Action tooLong = () =>
        {
            TpmWriter writer = new(buffer);
            int start = writer.BeginSized();
            writer.WriteBytes(new byte[ushort.MaxValue + 1]);
            writer.EndSized(start);
        };

        tooLong.Should().Throw<OverflowException>();
    }
}
