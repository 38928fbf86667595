using System.Globalization;
using HardwareAttestation.Structures;

namespace HardwareAttestation.Abstractions.Tests.Structures;

public sealed class TpmHandleTests
{
    [Theory]
    [InlineData("0x81010001", 0x81010001)]
    [InlineData("0X8101000a", 0x8101000A)]
    [InlineData("0x8101000A", 0x8101000A)]
    [InlineData("0x1", 1)]
    [InlineData("0x00000000", 0)]
    [InlineData("0xffffffff", 0xFFFFFFFF)]
    public void A_handle_is_read(string text, uint value)
    {
        TpmHandle.Parse(text).Value.Should().Be(value);
        Generic<TpmHandle>(text).Value.Should().Be(value);
        TpmHandle.Parse(new TpmHandle(value).ToString()).Value.Should().Be(value);
    }

    [Theory]
    [InlineData("")]
    [InlineData("0x")]
    [InlineData("81010001")]
    [InlineData("0x810100010")]
    [InlineData("0x8101000g")]
    [InlineData("0x-1")]
    [InlineData("0x 1")]
    [InlineData(" 0x1")]
    [InlineData("0x1 ")]
    [InlineData("0x1\0")]
    [InlineData("0x\0")]
    public void What_is_not_a_handle_is_refused(string text)
    {
        Action parse = () => TpmHandle.Parse(text);

        TpmHandle.TryParse(text, out TpmHandle handle).Should().BeFalse();
        handle.Should().Be(default(TpmHandle));
        parse.Should().Throw<FormatException>().WithMessage($"'{text}' is not a TPM handle; one looks like '0x81010001'.");
    }

    [Fact]
    public void Nothing_is_misuse()
    {
        Action parse = () => TpmHandle.Parse(null!);

        TpmHandle.TryParse(null, out _).Should().BeFalse();
        parse.Should().Throw<ArgumentNullException>();
    }

    [Fact]
    public void The_handles_that_every_TPM_has_are_permanent()
    {
        // TPM 2.0 Library, Part 2, section 7.4.
        TpmHandle.Owner.Value.Should().Be(0x40000001);
        TpmHandle.Null.Value.Should().Be(0x40000007);
        TpmHandle.Password.Value.Should().Be(0x40000009);
        TpmHandle.Lockout.Value.Should().Be(0x4000000A);
        TpmHandle.Endorsement.Value.Should().Be(0x4000000B);
        TpmHandle.Platform.Value.Should().Be(0x4000000C);
        new[] { TpmHandle.Owner, TpmHandle.Null, TpmHandle.Lockout, TpmHandle.Endorsement, TpmHandle.Platform }.Should().OnlyContain(handle => handle.IsPermanent);
        new[] { new TpmHandle(0), new TpmHandle(0x01C00002), new TpmHandle(0x80000000), new TpmHandle(0x81010001) }.Should().NotContain(handle => handle.IsPermanent);
    }

    private static T Generic<T>(string text)
        where T : IParsable<T> => T.Parse(text, CultureInfo.InvariantCulture);
}
