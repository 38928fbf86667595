using HardwareAttestation.Structures;
using HardwareAttestation.Wire;

namespace HardwareAttestation.Abstractions.Tests.Wire;

public sealed class TpmWireTests
{
    [Fact]
    public void What_follows_a_structure_is_refused_by_its_name()
    {
        byte[] bytes = [0x00, 0x10, 0x00];
        Action parse = () => TpmWire.Parse<TpmtScheme>(bytes);

        parse.Should().Throw<TpmFormatException>().WithMessage("TpmtScheme is followed by 1 bytes that do not belong to it.");
    }

    [Theory]
    [InlineData("000200")]
    [InlineData("0002001000")]
    [InlineData("00030010")]
    [InlineData("00010010")]
    [InlineData("0003001000")]
    [InlineData("0000")]
    [InlineData("00")]
    [InlineData("")]
    public void A_structure_that_does_not_fill_its_size_exactly_is_refused(string hex)
    {
        byte[] bytes = Convert.FromHexString(hex);
        Action parse = () => TpmWire.ParseSized<TpmtScheme>(bytes);

        parse.Should().Throw<TpmFormatException>();
    }

    [Fact]
    public void More_bytes_than_any_structure_of_a_TPM_has_are_refused_before_they_are_read()
    {
        // TPM_ST_ATTEST_NV_DIGEST, whose content is kept as it comes, however long.
        byte[] bytes = new byte[TpmWire.MaximumSize + 1];
        Convert.FromHexString("FF544347801C0000").CopyTo(bytes, 0);
        Action parse = () => TpmWire.Parse<TpmsAttest>(bytes);

        parse.Should().Throw<TpmFormatException>().WithMessage("TpmsAttest*4097 bytes*4096*");
        TpmsAttest longest = TpmWire.Parse<TpmsAttest>(bytes.AsSpan(0, TpmWire.MaximumSize));
        longest.Encode().Should().Equal(bytes.Take(TpmWire.MaximumSize));
    }

    [Fact]
    public void A_structure_is_read_where_there_is_one_and_answered_with_false_where_there_is_none()
    {
        TpmWire.TryParse([0x00, 0x16, 0x00, 0x0B], out TpmtScheme scheme).Should().BeTrue();
        scheme.Should().Be(new TpmtScheme(TpmAlgId.RsaPss, TpmAlgId.Sha256));

        TpmWire.TryParse([0x00, 0x16, 0x00, 0x0B, 0x00], out scheme).Should().BeFalse("something follows");
        scheme.Should().Be(default(TpmtScheme));
        TpmWire.TryParse([0x00], out TpmtPublic? key).Should().BeFalse();
        key.Should().BeNull();
        TpmWire.TryParse<TpmsAttest>(new byte[TpmWire.MaximumSize + 1], out _).Should().BeFalse();
    }

    [Fact]
    public void Nothing_is_not_a_structure_to_write()
    {
        Action write = () => ((TpmtPublic)null!).Encode();
        Action writeSized = () => ((TpmtPublic)null!).EncodeSized();

        write.Should().Throw<ArgumentNullException>();
        writeSized.Should().Throw<ArgumentNullException>();
    }
}
