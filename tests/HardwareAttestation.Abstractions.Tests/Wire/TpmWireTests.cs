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
        longest.ToArray().Should().Equal(bytes.Take(TpmWire.MaximumSize));
    }

    [Fact]
    public void Nothing_is_not_a_structure_to_write()
    {
        Action write = () => ((TpmtPublic)null!).ToArray();
        Action writeSized = () => ((TpmtPublic)null!).ToSizedArray();

        write.Should().Throw<ArgumentNullException>();
        writeSized.Should().Throw<ArgumentNullException>();
    }
}
