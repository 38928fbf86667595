using HardwareAttestation.Structures;
using HardwareAttestation.Wire;

namespace HardwareAttestation.Abstractions.Tests.Structures;

public sealed class TpmsAttestTests : TpmStructureContract<TpmsAttest>
{
    private const string ClockAndFirmware = "0000000000000275" + "00000002" + "00000001" + "01" + "2019102300163636";

    // No signer, no extra data, no PCRs, no digest.
    private const string LeastQuote = "FF544347" + "8018" + "0000" + "0000" + ClockAndFirmware + "00000000" + "0000";

    protected override IReadOnlyList<string> Vectors =>
        [TestVectors.Quote, LeastQuote, TestVectors.Certify, TestVectors.Creation, TestVectors.Time, TestVectors.NVCertify];

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
        Convert.ToHexString(attest.Encode()).Should().Be(hex);
    }

    [Fact]
    public void A_certification_is_read()
    {
        TpmsAttest attest = Parse(TestVectors.Certify);

        attest.Type.Should().Be(TpmSt.AttestCertify);
        TpmsCertifyInfo certified = attest.Attested.Should().BeOfType<TpmsCertifyInfo>().Subject;
        certified.Name.Should().Be(TpmWire.Parse<TpmtPublic>(Convert.FromHexString(TestVectors.CertifiedKey)).ComputeName());
        certified.QualifiedName.ToString().Should().Be("000bc27404476fd9bdfa7d6f6d7c68a0e59754325b2a1016dc6655a8b9ccd93326c3");
    }

    [Fact]
    public void A_certification_of_a_creation_is_read()
    {
        TpmsAttest attest = Parse(TestVectors.Creation);

        attest.Type.Should().Be(TpmSt.AttestCreation);
        TpmsCreationInfo created = attest.Attested.Should().BeOfType<TpmsCreationInfo>().Subject;
        created.ObjectName.Should().Be(TpmWire.Parse<TpmtPublic>(Convert.FromHexString(TestVectors.CertifiedKey)).ComputeName());
        Convert.ToHexString(created.CreationHash.Span).Should().Be("F0D05FEC1D0AD752C9ED168A4D3BA14E76AF30CAE43E2D0DF15C831655CC0AC8");
    }

    [Fact]
    public void An_attestation_of_time_is_read()
    {
        TpmsAttest attest = Parse(TestVectors.Time);

        attest.Type.Should().Be(TpmSt.AttestTime);
        TpmsTimeAttestInfo time = attest.Attested.Should().BeOfType<TpmsTimeAttestInfo>().Subject;
        time.Time.Should().Be(new TpmsTimeInfo(0x45A, new TpmsClockInfo(0x466, 2, 0, true)));
        time.FirmwareVersion.Should().Be(0x2019102300163636);
        attest.ClockInfo.Should().Be(time.Time.ClockInfo);
    }

    [Fact]
    public void A_certification_of_an_NV_index_is_read()
    {
        TpmsAttest attest = Parse(TestVectors.NVCertify);

        attest.Type.Should().Be(TpmSt.AttestNV);
        TpmsNVCertifyInfo certified = attest.Attested.Should().BeOfType<TpmsNVCertifyInfo>().Subject;
        Convert.ToHexString(certified.IndexName.Bytes.Span).Should().Be(TestVectors.NVName);
        certified.Offset.Should().Be(7);
        certified.NVContents.ToArray().Should().Equal("world"u8.ToArray());
    }

    [Theory]
    [InlineData("8015")]
    [InlineData("8016")]
    [InlineData("801C")]
    [InlineData("1234")]
    public void What_an_attestation_of_another_type_holds_is_kept_as_it_came(string type)
    {
        string hex = "FF544347" + type + "0000" + "0000" + ClockAndFirmware + "0102030405";

        TpmsAttest attest = Parse(hex);

        attest.Attested.Should().BeOfType<TpmuAttestUnread>().Which.Bytes.ToArray().Should().Equal(1, 2, 3, 4, 5);
        Convert.ToHexString(attest.Encode()).Should().Be(hex);
    }

    [Theory]
    [InlineData("FF544347" + "8018" + "0043", "TPMS_ATTEST.qualifiedSigner is 67 bytes long, and at most 66 are allowed.")]
    [InlineData("FF544347" + "8018" + "0000" + "0043", "TPMS_ATTEST.extraData is 67 bytes long, and at most 66 are allowed.")]
    [InlineData("FF544347" + "8018" + "0000" + "0000" + "0000000000000275" + "00000002" + "00000001" + "02",
        "TPMS_CLOCK_INFO.safe is 2, and must be 0 (NO) or 1 (YES).")]
    [InlineData("FF544347" + "8018" + "0000" + "0000" + ClockAndFirmware + "00000011", "TPML_PCR_SELECTION has 17 elements, and at most 16 are allowed.")]
    [InlineData("FF544347" + "8018" + "0000" + "0000" + ClockAndFirmware + "00000000" + "0041",
        "TPMS_QUOTE_INFO.pcrDigest is 65 bytes long, and at most 64 are allowed.")]
    [InlineData("FF544347" + "8017" + "0000" + "0000" + ClockAndFirmware + "0043", "TPMS_CERTIFY_INFO.name is 67 bytes long, and at most 66 are allowed.")]
    [InlineData("FF544347" + "801A" + "0000" + "0000" + ClockAndFirmware + "0000" + "0041",
        "TPMS_CREATION_INFO.creationHash is 65 bytes long, and at most 64 are allowed.")]
    [InlineData("FF544347" + "8019" + "0000" + "0000" + ClockAndFirmware + "0000000000000001" + "0000000000000001" + "00000000" + "00000000" + "02",
        "TPMS_CLOCK_INFO.safe is 2, and must be 0 (NO) or 1 (YES).")]
    [InlineData("FF544347" + "8014" + "0000" + "0000" + ClockAndFirmware + "0000" + "0000" + "FFFF",
        "TPMS_NV_CERTIFY_INFO.nvContents needs 65535 bytes at offset 41, and only 0 are left.")]
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

        Convert.ToHexString(made.Encode()).Should().Be(TestVectors.Quote);
    }

    [Theory]
    [InlineData(TestVectors.Certify)]
    [InlineData(TestVectors.Creation)]
    [InlineData(TestVectors.Time)]
    [InlineData(TestVectors.NVCertify)]
    public void What_is_attested_is_made_from_its_fields(string hex)
    {
        TpmsAttest read = Parse(hex);

        TpmuAttest made = read.Attested switch
        {
            TpmsCertifyInfo info => new TpmsCertifyInfo(info.Name, info.QualifiedName),
            TpmsCreationInfo info => new TpmsCreationInfo(info.ObjectName, info.CreationHash.Span),
            TpmsTimeAttestInfo info => new TpmsTimeAttestInfo(info.Time, info.FirmwareVersion),
            TpmsNVCertifyInfo info => new TpmsNVCertifyInfo(info.IndexName, info.Offset, info.NVContents.Span),
            _ => throw new InvalidOperationException("There is no such vector."),
        };

        new TpmsAttest(read.Magic, read.Type, read.QualifiedSigner, read.ExtraData.Span, read.ClockInfo, read.FirmwareVersion, made)
            .Encode().Should().Equal(Convert.FromHexString(hex));
    }

    [Theory]
    [InlineData(TestVectors.Quote, TpmSt.AttestCertify)]
    [InlineData(TestVectors.Quote, TpmSt.AttestNVDigest)]
    [InlineData(TestVectors.Certify, TpmSt.AttestQuote)]
    [InlineData(TestVectors.Creation, TpmSt.AttestCertify)]
    [InlineData(TestVectors.Time, TpmSt.AttestNV)]
    [InlineData(TestVectors.NVCertify, TpmSt.AttestTime)]
    [InlineData("FF544347" + "801C" + "0000" + "0000" + ClockAndFirmware + "01", TpmSt.AttestQuote)]
    public void What_is_attested_is_of_the_type_that_the_attestation_says(string hex, TpmSt other)
    {
        TpmsAttest read = Parse(hex);
        Action make = () => _ = new TpmsAttest(
            read.Magic, other, read.QualifiedSigner, read.ExtraData.Span, read.ClockInfo, read.FirmwareVersion, read.Attested);

        make.Should().Throw<ArgumentException>().WithParameterName("attested").WithMessage($"What is attested is not of the type 0x{(ushort)other:X4}.*");
    }

    [Fact]
    public void An_attestation_is_made_with_no_longer_fields_than_one_is_read_with()
    {
        TpmsAttest read = Parse(TestVectors.Quote);
        Action extraData = () => _ = new TpmsAttest(
            read.Magic, read.Type, read.QualifiedSigner, new byte[67], read.ClockInfo, read.FirmwareVersion, read.Attested);
        Action pcrDigest = () => _ = new TpmsQuoteInfo(TpmlPcrSelection.Parse("sha256:0"), new byte[65]);
        Action creationHash = () => _ = new TpmsCreationInfo(new TpmName([]), new byte[65]);
        Action contents = () => _ = new TpmsNVCertifyInfo(new TpmName([]), 0, new byte[65_536]);

        extraData.Should().Throw<ArgumentException>().WithMessage("Extra data has at most 66 bytes, and 67 were given.*");
        pcrDigest.Should().Throw<ArgumentException>().WithParameterName("pcrDigest");
        creationHash.Should().Throw<ArgumentException>().WithParameterName("creationHash");
        contents.Should().Throw<ArgumentException>().WithParameterName("nvContents");
    }

    [Fact]
    public void Attestations_are_equal_by_their_content()
    {
        const string Unread = "FF544347" + "801C" + "0000" + "0000" + ClockAndFirmware + "0102";
        string[] vectors = [TestVectors.Quote, TestVectors.Certify, TestVectors.Creation, TestVectors.Time, TestVectors.NVCertify, Unread];
        foreach (string hex in vectors)
        {
            TpmsAttest attest = Parse(hex);
            TpmsAttest same = Parse(hex);

            (attest == same).Should().BeTrue();
            attest.GetHashCode().Should().Be(same.GetHashCode());
            (attest.Attested == same.Attested).Should().BeTrue();
            attest.Attested.GetHashCode().Should().Be(same.Attested.GetHashCode());
            foreach (string other in vectors.Where(other => other != hex))
            {
                (attest.Attested != Parse(other).Attested).Should().BeTrue();
            }

            // The end is of what is attested, and the fourth byte of the magic.
            for (int place = hex.Length - 1; place >= 7; place -= hex.Length - 8)
            {
                char changed = hex[place] == '1' ? '0' : '1';
                (attest != Parse(string.Concat(hex.AsSpan(0, place), [changed], hex.AsSpan(place + 1)))).Should().BeTrue($"{place} of {hex} differs");
            }
        }
    }
}

public sealed class TpmsTimeInfoTests : TpmStructureContract<TpmsTimeInfo>
{
    protected override IReadOnlyList<string> Vectors => ["0000000000000007" + "0123456789ABCDEF" + "11223344" + "55667788" + "01"];

    [Fact]
    public void Time_clock_and_counters_are_read()
    {
        Parse(Vectors[0]).Should().Be(new TpmsTimeInfo(7, new TpmsClockInfo(0x0123456789ABCDEF, 0x11223344, 0x55667788, true)));
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
