using HardwareAttestation.Structures;
using HardwareAttestation.Wire;

namespace HardwareAttestation.Abstractions.Tests.Wire;

public sealed class TpmReaderTests
{
    private delegate void Reading(ref TpmReader reader);

    [Fact]
    public void Integers_are_read_big_endian_one_after_the_other()
    {
        TpmReader reader = new([0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x07, 0x08, 0x09, 0x0A, 0x0B, 0x0C, 0x0D, 0x0E, 0x0F, 0x00, 0x0B, 0x01, 0x40, 0x00, 0x00, 0x07]);

        reader.ReadByte("a").Should().Be(0x01);
        reader.ReadUInt16("b").Should().Be(0x0203);
        reader.ReadUInt32("c").Should().Be(0x04050607);
        reader.ReadUInt64("d").Should().Be(0x08090A0B0C0D0E0F);
        reader.ReadAlgorithm("e").Should().Be(TpmAlgId.Sha256);
        reader.ReadYesNo("f").Should().BeTrue();
        reader.ReadHandle("g").Should().Be(TpmHandle.Null);
        reader.Position.Should().Be(22);
        reader.Remaining.Should().Be(0);
        reader.ExpectEnd("all");
    }

    [Fact]
    public void A_field_behind_the_end_is_refused_by_its_name_and_place()
    {
        RefusalOf([0x00], (ref TpmReader reader) =>
        {
            reader.ReadByte("first");
            reader.ReadByte("second");
        }).Should().Be("second needs 1 bytes at offset 1, and only 0 are left.");
        RefusalOf([0x00], (ref TpmReader reader) => reader.ReadUInt16("size")).Should().Be("size needs 2 bytes at offset 0, and only 1 are left.");
        RefusalOf([1, 2, 3], (ref TpmReader reader) => reader.ReadUInt32("count")).Should().Be("count needs 4 bytes at offset 0, and only 3 are left.");
        RefusalOf(new byte[7], (ref TpmReader reader) => reader.ReadUInt64("clock")).Should().Be("clock needs 8 bytes at offset 0, and only 7 are left.");
        RefusalOf([], (ref TpmReader reader) => reader.ReadAlgorithm("hash")).Should().Be("hash needs 2 bytes at offset 0, and only 0 are left.");
        RefusalOf([1, 2], (ref TpmReader reader) => reader.ReadBytes("octets", 3)).Should().Be("octets needs 3 bytes at offset 0, and only 2 are left.");
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(int.MinValue)]
    [InlineData(int.MaxValue)]
    public void A_length_that_cannot_be_is_refused(int count)
    {
        RefusalOf([1, 2, 3, 4], (ref TpmReader reader) => reader.ReadBytes("octets", count)).Should().StartWith("octets needs ");
    }

    [Fact]
    public void What_is_refused_is_not_read()
    {
        TpmReader reader = new([0x00, 0x05, 0x01]);
        try
        {
            reader.ReadUInt32("four bytes");
        }
        catch (TpmFormatException)
        {
        }

        reader.Position.Should().Be(0);
        reader.ReadUInt16("two bytes").Should().Be(5);
    }

    [Fact]
    public void A_sized_buffer_is_a_slice_without_its_size()
    {
        byte[] bytes = [0x00, 0x02, 0xAA, 0xBB, 0xCC];
        TpmReader reader = new(bytes);

        ReadOnlySpan<byte> body = reader.ReadSized("TPM2B_DIGEST");

        body.ToArray().Should().Equal(0xAA, 0xBB);
        body.Overlaps(bytes).Should().BeTrue("nothing is copied");
        reader.Remaining.Should().Be(1);
    }

    [Fact]
    public void A_sized_buffer_may_be_empty_and_as_long_as_it_may_be()
    {
        TpmReader reader = new([0x00, 0x00, 0x00, 0x02, 0x01, 0x02]);

        reader.ReadSized("empty", 0).IsEmpty.Should().BeTrue();
        reader.ReadSized("two", 2).Length.Should().Be(2);
    }

    [Fact]
    public void A_sized_buffer_that_lies_is_refused()
    {
        RefusalOf([0xFF, 0xFF, 0x01], (ref TpmReader reader) => reader.ReadSized("nonce"))
            .Should().Be("nonce needs 65535 bytes at offset 2, and only 1 are left.");
        RefusalOf([0x00, 0x03, 1, 2, 3], (ref TpmReader reader) => reader.ReadSized("nonce", 2))
            .Should().Be("nonce is 3 bytes long, and at most 2 are allowed.");
    }

    [Fact]
    public void A_count_is_read_if_its_elements_can_follow()
    {
        TpmReader reader = new([0, 0, 0, 2, 1, 2, 3, 4, 5, 6]);

        reader.ReadCount("TPML_PCR_SELECTION", 3, 16).Should().Be(2);
    }

    [Theory]
    [InlineData("FFFFFFFF", "list has 4294967295 elements, and at most 16 are allowed.")]
    [InlineData("80000000", "list has 2147483648 elements, and at most 16 are allowed.")]
    [InlineData("00000011", "list has 17 elements, and at most 16 are allowed.")]
    [InlineData("00000002AABBCCDDEE", "list has 2 elements, and only 5 bytes follow.")]
    [InlineData("00000001", "list has 1 elements, and only 0 bytes follow.")]
    [InlineData("000000", "list needs 4 bytes at offset 0, and only 3 are left.")]
    public void A_count_that_lies_is_refused(string hex, string message)
    {
        RefusalOf(Convert.FromHexString(hex), (ref TpmReader reader) => reader.ReadCount("list", 3, 16)).Should().Be(message);
    }

    [Fact]
    public void A_count_is_checked_against_the_rest_also_where_any_number_is_allowed()
    {
        RefusalOf([0xFF, 0xFF, 0xFF, 0xFF, 0x00], (ref TpmReader reader) => reader.ReadCount("list", 1, int.MaxValue))
            .Should().Be("list has 4294967295 elements, and at most 2147483647 are allowed.");
        RefusalOf([0x7F, 0xFF, 0xFF, 0xFF, 0x00], (ref TpmReader reader) => reader.ReadCount("list", 1, int.MaxValue))
            .Should().Be("list has 2147483647 elements, and only 1 bytes follow.");
    }

    [Fact]
    public void A_negative_maximum_is_misuse_and_no_leave_for_any_count()
    {
        byte[] bytes = [0, 0, 0, 1, 0, 0, 0, 0];
        Action negative = () => new TpmReader(bytes).ReadCount("list", 1, -1);

        negative.Should().Throw<ArgumentOutOfRangeException>();
    }

    [Fact]
    public void An_element_size_below_one_is_misuse()
    {
        byte[] bytes = new byte[8];
        Action zero = () => new TpmReader(bytes).ReadCount("list", 0, 16);

        zero.Should().Throw<ArgumentOutOfRangeException>();
    }

    [Theory]
    [InlineData(0, false)]
    [InlineData(1, true)]
    public void Yes_and_no_are_one_and_zero(byte value, bool expected)
    {
        new TpmReader([value]).ReadYesNo("safe").Should().Be(expected);
    }

    [Theory]
    [InlineData(2)]
    [InlineData(255)]
    public void Other_values_are_neither_yes_nor_no(byte value)
    {
        RefusalOf([value], (ref TpmReader reader) => reader.ReadYesNo("safe")).Should().Be($"safe is {value}, and must be 0 (NO) or 1 (YES).");
    }

    [Fact]
    public void Trailing_bytes_are_refused()
    {
        RefusalOf([1, 2, 3], (ref TpmReader reader) =>
        {
            reader.ReadByte("first");
            reader.ExpectEnd("TPMT_PUBLIC");
        }).Should().Be("TPMT_PUBLIC is followed by 2 bytes that do not belong to it.");
    }

    [Fact]
    public void What_was_read_since_a_place_can_be_had_again()
    {
        TpmReader reader = new([1, 2, 3, 4]);
        reader.ReadByte("first");
        int start = reader.Position;
        reader.ReadUInt16("second");

        reader.Since(start).ToArray().Should().Equal(2, 3);
    }

    [Fact]
    public void Reading_allocates_nothing()
    {
        byte[] bytes = Convert.FromHexString(TestVectors.Quote);
        ReadSome(bytes);
        long before = GC.GetAllocatedBytesForCurrentThread();

        ReadSome(bytes);

        (GC.GetAllocatedBytesForCurrentThread() - before).Should().Be(0);
    }

    private static void ReadSome(byte[] bytes)
    {
        TpmReader reader = new(bytes);
        reader.ReadUInt32("magic");
        reader.ReadUInt16("type");
        reader.ReadSized("qualifiedSigner");
        reader.ReadSized("extraData");
        reader.ReadBytes("rest", reader.Remaining);
        reader.ExpectEnd("all");
    }

    private static string RefusalOf(byte[] bytes, Reading reading)
    {
        Action read = () =>
        {
            TpmReader reader = new(bytes);
            reading(ref reader);
        };
        return read.Should().Throw<TpmFormatException>().Which.Message;
    }
}
