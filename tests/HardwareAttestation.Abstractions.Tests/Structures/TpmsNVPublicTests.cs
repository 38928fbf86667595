using HardwareAttestation.Structures;

namespace HardwareAttestation.Abstractions.Tests.Structures;

public sealed class TpmsNVPublicTests : TpmStructureContract<TpmsNVPublic>
{
    // With a policy, reserved bits set, and SHA-384.
    private const string Odd = "01C00002" + "000C" + "FFFFFFFF" + "0003AABBCC" + "FFFF";

    protected override IReadOnlyList<string> Vectors => [TestVectors.NVPublic, Odd];

    [Fact]
    public void A_public_area_is_read()
    {
        TpmsNVPublic index = Parse(TestVectors.NVPublic);

        index.NVIndex.Should().Be(new TpmHandle(0x01500010));
        index.NameAlg.Should().Be(TpmAlgId.Sha256);
        index.Attributes.Should().Be(TpmaNV.OwnerRead | TpmaNV.AuthRead | TpmaNV.OwnerWrite | TpmaNV.AuthWrite | TpmaNV.Written);
        index.AuthPolicy.IsEmpty.Should().BeTrue();
        index.DataSize.Should().Be(12);
        Parse(Odd).AuthPolicy.ToArray().Should().Equal(0xAA, 0xBB, 0xCC);
    }

    [Fact]
    public void The_Name_is_the_one_that_the_TPM_computes()
    {
        Convert.ToHexString(Parse(TestVectors.NVPublic).ComputeName().Bytes.Span).Should().Be(TestVectors.NVName);
    }

    [Fact]
    public void A_Name_by_an_unknown_hash_algorithm_is_not_computed()
    {
        Action compute = () => Parse("01500010" + "0010" + "20060006" + "0000" + "000C").ComputeName();

        compute.Should().Throw<TpmFormatException>().WithMessage("TPMS_NV_PUBLIC.nameAlg 0x0010 is not a hash algorithm*");
    }

    [Fact]
    public void A_public_area_is_made_from_its_fields_and_equal_by_them()
    {
        TpmsNVPublic read = Parse(Odd);

        TpmsNVPublic made = new(read.NVIndex, read.NameAlg, read.Attributes, read.AuthPolicy.Span, read.DataSize);

        made.Equals(read).Should().BeTrue();
        made.Equals((object)read).Should().BeTrue();
        made.GetHashCode().Should().Be(read.GetHashCode());
        (made == read).Should().BeTrue();
        (made != new TpmsNVPublic(new TpmHandle(1), read.NameAlg, read.Attributes, read.AuthPolicy.Span, read.DataSize)).Should().BeTrue();
        made.Equals(new TpmsNVPublic(new TpmHandle(1), read.NameAlg, read.Attributes, read.AuthPolicy.Span, read.DataSize)).Should().BeFalse();
        made.Equals(new TpmsNVPublic(read.NVIndex, TpmAlgId.Sha256, read.Attributes, read.AuthPolicy.Span, read.DataSize)).Should().BeFalse();
        made.Equals(new TpmsNVPublic(read.NVIndex, read.NameAlg, TpmaNV.None, read.AuthPolicy.Span, read.DataSize)).Should().BeFalse();
        made.Equals(new TpmsNVPublic(read.NVIndex, read.NameAlg, read.Attributes, [], read.DataSize)).Should().BeFalse();
        made.Equals(new TpmsNVPublic(read.NVIndex, read.NameAlg, read.Attributes, read.AuthPolicy.Span, 1)).Should().BeFalse();
        made.Equals(null).Should().BeFalse();
    }

    [Fact]
    public void A_policy_is_no_longer_than_a_digest()
    {
        Action make = () => _ = new TpmsNVPublic(new TpmHandle(0x01500010), TpmAlgId.Sha256, TpmaNV.None, new byte[65], 1);

        make.Should().Throw<ArgumentException>().WithMessage("*at most 64 bytes, and 65 were given*");
        RefusalOf("01500010" + "000B" + "20060006" + "0041").Should().Be("TPMS_NV_PUBLIC.authPolicy is 65 bytes long, and at most 64 are allowed.");
    }

    [Fact]
    public void The_type_of_an_index_is_a_number_in_the_attributes()
    {
        TpmaNV attributes = TpmaNV.AuthRead | TpmaNV.PinPass | TpmaNV.Written;

        (attributes & TpmaNV.TypeMask).Should().Be(TpmaNV.PinPass);
        (TpmaNV.AuthRead & TpmaNV.TypeMask).Should().Be(TpmaNV.None);
    }
}
