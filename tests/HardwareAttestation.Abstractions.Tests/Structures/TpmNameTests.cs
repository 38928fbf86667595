using HardwareAttestation.Structures;
using HardwareAttestation.Wire;

namespace HardwareAttestation.Abstractions.Tests.Structures;

public sealed class TpmNameTests
{
    [Fact]
    public void A_Name_is_read_and_printed_as_TPM_tools_print_it()
    {
        TpmReader reader = new(Convert.FromHexString("0022" + TestVectors.EccAttestationKeyName));

        TpmName.Read(ref reader, "name").ToString().Should().Be("000bc87a5ea0fc9c5bae16608f9179a5e4be0ed65a36f34877adaac6b341d777fe78");
        reader.Remaining.Should().Be(0);
    }

    [Theory]
    [InlineData("")]
    [InlineData("40000001")]
    [InlineData("000bc87a5ea0fc9c5bae16608f9179a5e4be0ed65a36f34877adaac6b341d777fe78")]
    public void A_Name_is_read_as_it_is_printed(string text)
    {
        TpmName.Parse(text).ToString().Should().Be(text);
        TpmName.Parse(text.ToUpperInvariant()).ToString().Should().Be(text);
        Generic<TpmName>(text).Should().Be(TpmName.Parse(text));
    }

    [Theory]
    [InlineData("0")]
    [InlineData("000g")]
    [InlineData("0x000b")]
    [InlineData("00 0b")]
    [InlineData("000b\0")]
    public void What_is_not_hexadecimal_is_no_Name(string text)
    {
        Action parse = () => TpmName.Parse(text);

        TpmName.TryParse(text, out TpmName? name).Should().BeFalse();
        name.Should().BeNull();
        parse.Should().Throw<FormatException>().WithMessage($"'{text}' is not a Name; *");
    }

    [Fact]
    public void More_than_66_bytes_in_hexadecimal_are_no_Name()
    {
        TpmName.TryParse(new string('0', 132), out _).Should().BeTrue();
        TpmName.TryParse(new string('0', 134), out _).Should().BeFalse();
        TpmName.TryParse(null, out _).Should().BeFalse();
    }

    [Fact]
    public void A_Name_is_written_as_it_is_read()
    {
        byte[] buffer = new byte[8];
        TpmWriter writer = new(buffer);

        new TpmName([0x00, 0x0B, 0x01]).Write(ref writer);

        Convert.ToHexString(writer.Written).Should().Be("0003000B01");
        TpmReader reader = new(writer.Written);
        TpmName.Read(ref reader, "name").Should().Be(new TpmName([0x00, 0x0B, 0x01]));
    }

    [Fact]
    public void Names_are_equal_if_their_bytes_are()
    {
        TpmName name = new([0x00, 0x0B, 0x01]);
        TpmName same = new([0x00, 0x0B, 0x01]);

        name.Equals(same).Should().BeTrue();
        name.Equals((object)same).Should().BeTrue();
        name.GetHashCode().Should().Be(same.GetHashCode());
        name.Equals(new TpmName([0x00, 0x0B, 0x02])).Should().BeFalse();
        name.Equals(new TpmName([0x00, 0x0B])).Should().BeFalse();
        name.Equals(null).Should().BeFalse();
        (name == same).Should().BeTrue();
        (name != new TpmName([0x00, 0x0B, 0x02])).Should().BeTrue();
        new TpmName([]).Equals(new TpmName([])).Should().BeTrue();
    }

    [Fact]
    public void A_Name_has_at_most_66_bytes()
    {
        byte[] bytes = [0x00, 67, .. new byte[67]];
        Action make = () => _ = new TpmName(new byte[67]);
        Action read = () =>
        {
            TpmReader reader = new(bytes);
            TpmName.Read(ref reader, "qualifiedSigner");
        };

        new TpmName(new byte[66]).Bytes.Length.Should().Be(66);
        make.Should().Throw<ArgumentException>().WithMessage("A Name has at most 66 bytes, and 67 were given.*");
        read.Should().Throw<TpmFormatException>().WithMessage("qualifiedSigner is 67 bytes long, and at most 66 are allowed.");
    }

    [Fact]
    public void Every_truncation_is_refused()
    {
        byte[] bytes = Convert.FromHexString("0022" + TestVectors.EccAttestationKeyName);
        for (int length = 0; length < bytes.Length; length++)
        {
            Action read = () =>
            {
                TpmReader reader = new(bytes.AsSpan(0, length));
                TpmName.Read(ref reader, "name");
            };
            read.Should().Throw<TpmFormatException>().WithMessage("name *");
        }
    }

    private static T Generic<T>(string text)
        where T : IParsable<T> => T.Parse(text, null);
}
