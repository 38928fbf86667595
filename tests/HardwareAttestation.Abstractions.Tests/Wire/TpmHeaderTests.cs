using HardwareAttestation.Structures;
using HardwareAttestation.Wire;

namespace HardwareAttestation.Abstractions.Tests.Wire;

public sealed class TpmHeaderTests
{
    [Fact]
    public void The_header_of_a_command_is_read_and_the_reader_stands_behind_it()
    {
        TpmReader reader = new(Convert.FromHexString("80010000000C0000017B0020"));

        TpmHeader header = TpmHeader.Read(ref reader);

        header.Tag.Should().Be(TpmSt.NoSessions);
        header.Size.Should().Be(12);
        header.CommandCode.Should().Be(TpmCommandCode.GetRandom);
        reader.ReadUInt16("bytesRequested").Should().Be(32);
    }

    [Theory]
    [InlineData("80020000000A000001DF", TpmSt.Sessions, TpmRc.Integrity)]
    [InlineData("00C40000000A0000001E", TpmSt.RspCommand, TpmRc.BadTag)]
    public void The_header_of_a_response_is_read(string hex, TpmSt tag, TpmRc error)
    {
        TpmHeader header = TpmHeader.ReadWhole(Convert.FromHexString(hex));

        header.Tag.Should().Be(tag);
        header.ResponseCode.Error.Should().Be(error);
        Convert.ToHexString(header.Encode()).Should().Be(hex);
    }

    [Theory]
    [InlineData("", "tag needs 2 bytes at offset 0, and only 0 are left.")]
    [InlineData("80010000000A0000", "code needs 4 bytes at offset 6, and only 2 are left.")]
    [InlineData("80140000000A00000000", "The tag 0x8014 is not that of a TPM command or response.")]
    [InlineData("80010000000900000000", "The size field says 9 bytes, and TPM commands and responses have 10 to 4096.")]
    [InlineData("80010000100100000000", "The size field says 4097 bytes, and TPM commands and responses have 10 to 4096.")]
    [InlineData("8001FFFFFFFF00000000", "The size field says 4294967295 bytes, and TPM commands and responses have 10 to 4096.")]
    [InlineData("80010000000B00000000", "The size field says 11 bytes, and there are 10.")]
    [InlineData("80010000000A0000000000", "The size field says 10 bytes, and there are 11.")]
    public void What_is_not_one_whole_command_or_response_is_refused(string hex, string message)
    {
        Action read = () => TpmHeader.ReadWhole(Convert.FromHexString(hex));

        read.Should().Throw<TpmFormatException>().WithMessage(message);
    }

    [Fact]
    public void A_refusal_is_ten_bytes()
    {
        byte[] response = new byte[16];

        TpmHeader.WriteResponse(response, new TpmResponseCode(0x922)).Should().Be(TpmHeader.EncodedSize);

        Convert.ToHexString(response).Should().Be("80010000000A00000922000000000000");
        TpmHeader.ReadWhole(response.AsSpan(0, 10)).ResponseCode.Error.Should().Be(TpmRc.Retry);
    }

    [Fact]
    public void A_refusal_needs_room()
    {
        Action write = () => TpmHeader.WriteResponse(new byte[9], default);

        write.Should().Throw<InvalidOperationException>();
    }
}
