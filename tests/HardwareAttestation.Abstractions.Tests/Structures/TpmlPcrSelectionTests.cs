using HardwareAttestation.Structures;
using HardwareAttestation.Wire;

namespace HardwareAttestation.Abstractions.Tests.Structures;

public sealed class TpmlPcrSelectionTests : TpmStructureContract<TpmlPcrSelection>
{
    private const string Sha1AndSha256 = "00000002" + "000403010000" + "000B038F0000";

    protected override IReadOnlyList<string> Vectors =>
    [
        Sha1AndSha256,
        "00000000",
        "00000001" + "000B00",
        "00000001" + "000B0181",
        "00000001" + "000B04FFFFFFFF",
        "00000001" + "123403000000",
    ];

    [Fact]
    public void A_selection_is_read()
    {
        TpmlPcrSelection selection = Parse(Sha1AndSha256);

        selection.Should().HaveCount(2);
        selection[0].Hash.Should().Be(TpmAlgId.Sha1);
        selection[0].Pcrs.Should().Equal(0);
        selection[1].Hash.Should().Be(TpmAlgId.Sha256);
        selection[1].Pcrs.Should().Equal(0, 1, 2, 3, 7);
        selection[1].Count.Should().Be(5);
        selection[1].Contains(7).Should().BeTrue();
        selection[1].Contains(8).Should().BeFalse();
        selection[1].Contains(-1).Should().BeFalse();
        selection[1].Contains(32).Should().BeFalse();
    }

    [Theory]
    [InlineData("FFFFFFFF", "TPML_PCR_SELECTION has 4294967295 elements, and at most 16 are allowed.")]
    [InlineData("00000011", "TPML_PCR_SELECTION has 17 elements, and at most 16 are allowed.")]
    [InlineData("00000002" + "000B00" + "000C", "TPML_PCR_SELECTION has 2 elements, and only 5 bytes follow.")]
    [InlineData("00000001" + "000B05" + "0000000000", "TPMS_PCR_SELECTION.sizeofSelect is 5, and at most 4 is allowed.")]
    [InlineData("00000001" + "000B03" + "0000", "TPMS_PCR_SELECTION.pcrSelect needs 3 bytes at offset 7, and only 2 are left.")]
    public void A_field_that_cannot_be_is_refused_by_its_name(string hex, string message)
    {
        RefusalOf(hex).Should().Be(message);
    }

    [Theory]
    [InlineData("sha256:0", "sha256:0", "00000001" + "000B03010000")]
    [InlineData("sha256:0,1,7", "sha256:0,1,7", "00000001" + "000B03830000")]
    [InlineData("sha256:7,1,0", "sha256:0,1,7", "00000001" + "000B03830000")]
    [InlineData("sha256:23,8,16", "sha256:8,16,23", "00000001" + "000B03000181")]
    [InlineData("sha1:0+sha256:0,1,2,3,7", "sha1:0+sha256:0,1,2,3,7", Sha1AndSha256)]
    [InlineData("sha256:0+sha1:0", "sha256:0+sha1:0", "00000002" + "000B03010000" + "000403010000")]
    [InlineData("sha384:1+sha512:2", "sha384:1+sha512:2", "00000002" + "000C03020000" + "000D03040000")]
    [InlineData("sm3_256:3+sha3_256:4+sha3_384:5+sha3_512:6", "sm3_256:3+sha3_256:4+sha3_384:5+sha3_512:6",
        "00000004" + "001203080000" + "002703100000" + "002803200000" + "002903400000")]
    [InlineData("sha256:007", "sha256:7", "00000001" + "000B03800000")]
    public void The_words_of_TPM_tools_are_read_and_written(string text, string canonical, string hex)
    {
        TpmlPcrSelection selection = TpmlPcrSelection.Parse(text);

        selection.ToString().Should().Be(canonical);
        Convert.ToHexString(selection.Encode()).Should().Be(hex);
        TpmlPcrSelection.Parse(canonical).Should().Equal(selection);
    }

    [Theory]
    [InlineData("")]
    [InlineData("sha256")]
    [InlineData("sha256:")]
    [InlineData(":0")]
    [InlineData("sha256:24")]
    [InlineData("sha256:-1")]
    [InlineData("sha256:+1")]
    [InlineData("sha256:1.0")]
    [InlineData("sha256:0x1")]
    [InlineData("sha256:99999999999999999999")]
    [InlineData("sha256:0,")]
    [InlineData("sha256:,0")]
    [InlineData("sha256:0,,1")]
    [InlineData("sha256:0,0")]
    [InlineData("sha256:7,07")]
    [InlineData("sha256: 0")]
    [InlineData(" sha256:0")]
    [InlineData("sha256:0 ")]
    [InlineData("SHA256:0")]
    [InlineData("sha-256:0")]
    [InlineData("md5:0")]
    [InlineData("0x000b:0")]
    [InlineData("sha256:0+")]
    [InlineData("+sha256:0")]
    [InlineData("sha256:0++sha1:0")]
    [InlineData("sha256:0+sha256:1")]
    [InlineData("sha256:0:1")]
    [InlineData("sha256:all")]
    [InlineData("sha256:\u0661")] // an Arabic digit
    [InlineData("sha256:0\0")]
    public void Other_words_are_refused(string text)
    {
        Action parse = () => TpmlPcrSelection.Parse(text);

        TpmlPcrSelection.TryParse(text, out TpmlPcrSelection? selection).Should().BeFalse();
        selection.Should().BeNull();
        parse.Should().Throw<FormatException>().WithMessage("* is not a PCR selection; one looks like 'sha256:0,1,7' or 'sha1:0+sha256:0,1'.");
    }

    [Fact]
    public void A_text_that_is_far_too_long_is_not_looked_into()
    {
        string text = "sha256:" + string.Join(',', Enumerable.Repeat("0", 10_000_000));
        long before = GC.GetAllocatedBytesForCurrentThread();

        TpmlPcrSelection.TryParse(text, out _).Should().BeFalse();

        (GC.GetAllocatedBytesForCurrentThread() - before).Should().BeLessThan(10_000);
        TpmlPcrSelection.TryParse(null, out _).Should().BeFalse();
        Generic<TpmlPcrSelection>("sha256:0").Should().Equal(TpmlPcrSelection.Parse("sha256:0"));
    }

    [Fact]
    public void Selections_of_the_same_PCRs_are_equal_whatever_the_number_of_octets_on_the_wire()
    {
        TpmlPcrSelection usual = Parse("00000001" + "000B03810000");

        foreach (string hex in (string[])["00000001" + "000B0181", "00000001" + "000B028100", "00000001" + "000B0481000000"])
        {
            TpmlPcrSelection other = Parse(hex);
            usual.Equals(other).Should().BeTrue(hex);
            usual.Equals((object)other).Should().BeTrue(hex);
            usual[0].Equals((object)other[0]).Should().BeTrue(hex);
            (usual == other).Should().BeTrue(hex);
            (usual[0] == other[0]).Should().BeTrue(hex);
            other.GetHashCode().Should().Be(usual.GetHashCode());
            Convert.ToHexString(other.Encode()).Should().Be(hex, "what was read is written as it was");
        }
    }

    [Theory]
    [InlineData("sha256:0", "sha256:1")]
    [InlineData("sha256:0", "sha384:0")]
    [InlineData("sha256:0+sha1:0", "sha1:0+sha256:0")]
    [InlineData("sha256:0", "sha256:0+sha1:0")]
    public void Selections_of_other_PCRs_banks_or_order_are_not_equal(string one, string other)
    {
        TpmlPcrSelection.Parse(one).Equals(TpmlPcrSelection.Parse(other)).Should().BeFalse();
        TpmlPcrSelection.Parse(one).Equals(null).Should().BeFalse();
        (TpmlPcrSelection.Parse(one) != TpmlPcrSelection.Parse(other)).Should().BeTrue();
    }

    [Fact]
    public void PCRs_that_a_bank_does_not_have_are_misuse()
    {
        Action negative = () => _ = new TpmsPcrSelection(TpmAlgId.Sha256, -1);
        Action tooLarge = () => _ = new TpmsPcrSelection(TpmAlgId.Sha256, 24);
        Action twice = () => _ = new TpmsPcrSelection(TpmAlgId.Sha256, 1, 2, 1);
        Action tooManyBanks = () => _ = new TpmlPcrSelection(Enumerable.Repeat(new TpmsPcrSelection(TpmAlgId.Sha256, 0), 17));

        negative.Should().Throw<ArgumentOutOfRangeException>();
        tooLarge.Should().Throw<ArgumentOutOfRangeException>();
        twice.Should().Throw<ArgumentException>().WithMessage("PCR 1 is named twice.*");
        tooManyBanks.Should().Throw<ArgumentException>().WithMessage("A TPM has at most 16 PCR banks.*");
    }

    private static T Generic<T>(string text)
        where T : IParsable<T> => T.Parse(text, null);
}
