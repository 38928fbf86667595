using HardwareAttestation.Structures;
using HardwareAttestation.Wire;

namespace HardwareAttestation.Abstractions.Tests.Structures;

public sealed class TpmsAttestTests : TpmStructureContract<TpmsAttest>
{
    private const string ClockAndFirmware = "0000000000000275" + "00000002" + "00000001" + "01" + "2019102300163636";

    // No signer, no extra data, no PCRs, no digest.
    private const string LeastQuote = "FF544347" + "8018" + "0000" + "0000" + ClockAndFirmware + "00000000" + "0000";

    protected override IReadOnlyList<string> Vectors => [TestVectors.Quote, LeastQuote];

    [Fact]
    public void A_quote_is_read()
    {
        TpmsAttest attest = Parse(TestVectors.Quote);

        attest.Magic.Should().Be(TpmsAttest.TpmGeneratedValue);
        attest.Type.Should().Be(TpmSt.AttestQuote);
        attest.QualifiedSigner.ToString().Should().Be("000b3004a3e964e008106f6acd91f22afe8d47cb2ce0dc98ee2cad8c0e97afa811c0");
        Convert.ToHexString(attest.ExtraData.Span).Should().Be("00112233445566778899AABBCCDDEEFF");
        attest.ClockInfo.Should().Be(new TpmsClockInfo(0x275, 2, 0, true));
        attest.FirmwareVersion.Should().Be(0x2019102300163636);
        TpmsQuoteInfo quote = attest.Attested.Should().BeOfType<TpmsQuoteInfo>().Subject;
        quote.PcrSelect.ToString().Should().Be("sha1:0+sha256:0,1,2,3,7");
        Convert.ToHexString(quote.PcrDigest.Span).Should().Be("10B2A66888C58A54B277FE2E68FB6E87150C3CD2C537B7F6A2D84559017438C7");
    }

    [Fact]
    public void A_wrong_magic_is_kept_for_the_verifier_to_refuse()
    {
        string hex = "00000000" + TestVectors.Quote[8..];

        TpmsAttest attest = Parse(hex);

        attest.Magic.Should().Be(0);
        Convert.ToHexString(attest.ToArray()).Should().Be(hex);
    }

    [Theory]
    [InlineData("8014")]
    [InlineData("8017")]
    [InlineData("801A")]
    [InlineData("1234")]
    public void What_an_attestation_of_another_type_holds_is_kept_as_it_came(string type)
    {
        string hex = "FF544347" + type + "0000" + "0000" + ClockAndFirmware + "0102030405";

        TpmsAttest attest = Parse(hex);

        attest.Attested.Should().BeOfType<TpmuAttestUnread>().Which.Bytes.ToArray().Should().Equal(1, 2, 3, 4, 5);
        Convert.ToHexString(attest.ToArray()).Should().Be(hex);
    }

    [Theory]
    [InlineData("FF544347" + "8018" + "0043", "TPMS_ATTEST.qualifiedSigner is 67 bytes long, and at most 66 are allowed.")]
    [InlineData("FF544347" + "8018" + "0000" + "0043", "TPMS_ATTEST.extraData is 67 bytes long, and at most 66 are allowed.")]
    [InlineData("FF544347" + "8018" + "0000" + "0000" + "0000000000000275" + "00000002" + "00000001" + "02",
        "TPMS_CLOCK_INFO.safe is 2, and must be 0 (NO) or 1 (YES).")]
    [InlineData("FF544347" + "8018" + "0000" + "0000" + ClockAndFirmware + "00000011", "TPML_PCR_SELECTION has 17 elements, and at most 16 are allowed.")]
    [InlineData("FF544347" + "8018" + "0000" + "0000" + ClockAndFirmware + "00000000" + "0041",
        "TPMS_QUOTE_INFO.pcrDigest is 65 bytes long, and at most 64 are allowed.")]
    public void A_field_that_cannot_be_is_refused_by_its_name(string hex, string message)
    {
        RefusalOf(hex).Should().Be(message);
    }

    [Fact]
    public void An_attestation_is_made_from_its_fields()
    {
        TpmsAttest read = Parse(TestVectors.Quote);
        TpmsQuoteInfo quote = (TpmsQuoteInfo)read.Attested;

        TpmsAttest made = new(
            read.Magic,
            read.Type,
            read.QualifiedSigner,
            read.ExtraData.Span,
            read.ClockInfo,
            read.FirmwareVersion,
            new TpmsQuoteInfo(TpmlPcrSelection.Parse("sha1:0+sha256:7,3,2,1,0"), quote.PcrDigest.Span));

        Convert.ToHexString(made.ToArray()).Should().Be(TestVectors.Quote);
    }
}

public sealed class TpmsClockInfoTests : TpmStructureContract<TpmsClockInfo>
{
    protected override IReadOnlyList<string> Vectors =>
        ["000000000000000000000000000000000" + "0", "0123456789ABCDEF" + "11223344" + "55667788" + "01"];

    [Fact]
    public void Clock_and_counters_are_read()
    {
        Parse("0123456789ABCDEF" + "11223344" + "55667788" + "01").Should().Be(new TpmsClockInfo(0x0123456789ABCDEF, 0x11223344, 0x55667788, true));
        Parse("0000000000000001" + "00000002" + "00000003" + "00").Should().Be(new TpmsClockInfo(1, 2, 3, false));
    }

    [Theory]
    [InlineData("02")]
    [InlineData("FF")]
    public void Safe_is_yes_or_no(string safe)
    {
        RefusalOf("0000000000000001" + "00000002" + "00000003" + safe).Should().StartWith("TPMS_CLOCK_INFO.safe is ");
    }
}
