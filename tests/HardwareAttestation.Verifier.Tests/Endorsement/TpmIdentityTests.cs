using System.Formats.Asn1;
using HardwareAttestation.Protocol;
using HardwareAttestation.Structures;

namespace HardwareAttestation.Verifier.Tests.Endorsement;

/// <summary>What a certificate says of its TPM, in each form, and which kinds of TPM are accepted.</summary>
public sealed class TpmIdentityTests : IDisposable
{
    private const string Infineon = "id:49465800";
    private const string Intel = "id:494E5443";
    private const string Microsoft = "id:4D534654";
    private const string Swtpm = "id:00001014";
    private readonly TestAuthority _root = TestAuthority.CreateRoot();
    private readonly SoftwareEndorsementKey _key = SoftwareEndorsementKey.Ecc();

    public void Dispose()
    {
        _root.Dispose();
        _key.Dispose();
    }

    [Fact]
    public void Manufacturer_model_and_version_are_read_from_one_set_and_from_many()
    {
        foreach (byte[] name in new[]
        {
            TpmNames.OneSet(Infineon, "SLB9670", "id:0755"),
            TpmNames.OneSetEach(Infineon, "SLB9670", "id:0755"),
            TpmNames.Build([[(TpmNames.Version, "id:0755"), (TpmNames.Model, "SLB9670"), (TpmNames.Manufacturer, Infineon)]]),
            TpmNames.Build([[(TpmNames.Manufacturer, Infineon)], [(TpmNames.Model, "SLB9670"), (TpmNames.Version, "id:0755")]], UniversalTagNumber.PrintableString),
        })
        {
            EndorsementCertificateResult result = Validate(name);

            result.Verdict.ShouldBeVerified();
            result.Verdict.OutcomeOf(CheckIds.EkCertificateIdentity).Should().Be(FindingOutcome.Passed);
            result.Verdict.OutcomeOf(CheckIds.EkCertificateTrustClass).Should().Be(FindingOutcome.Passed);
            result.Should().BeEquivalentTo(new
            {
                Manufacturer = "Infineon",
                ManufacturerId = new TpmManufacturerId(0x49465800),
                Model = "SLB9670",
                FirmwareVersion = "id:0755",
                TrustClass = EndorsementTrustClass.DiscreteHardware,
            });
        }
    }

    [Fact]
    public void A_TPM_in_firmware_is_told_from_a_chip()
    {
        EndorsementCertificateResult result = Validate(TpmNames.OneSetEach(Intel, "ADL", "id:00020000"));

        result.Verdict.ShouldBeVerified();
        result.TrustClass.Should().Be(EndorsementTrustClass.FirmwareHardware);
        result.Manufacturer.Should().Be("Intel");
    }

    [Fact]
    public void A_manufacturer_that_is_not_known_is_given_as_it_stands_and_flagged()
    {
        EndorsementCertificateResult result = Validate(TpmNames.OneSetEach(TpmNames.TestMaker, "M", "id:1"));

        result.Verdict.ShouldBeVerified();
        result.Verdict.OutcomeOf(CheckIds.EkCertificateTrustClass).Should().Be(FindingOutcome.Flagged);
        result.TrustClass.Should().Be(EndorsementTrustClass.Unknown);
        result.Manufacturer.Should().Be(TpmNames.TestMaker);
    }

    [Fact]
    public void A_class_that_is_not_set_is_the_unknown_one_and_the_numbers_stay()
    {
        default(EndorsementTrustClass).Should().Be(EndorsementTrustClass.Unknown);
        Enum.GetValues<EndorsementTrustClass>().Should().Equal(
            EndorsementTrustClass.Unknown,
            EndorsementTrustClass.DiscreteHardware,
            EndorsementTrustClass.FirmwareHardware,
            EndorsementTrustClass.CloudVirtual,
            EndorsementTrustClass.SoftwareEmulator);
        ((int)EndorsementTrustClass.SoftwareEmulator).Should().Be(4);
    }

    [Fact]
    public void Where_only_chips_are_allowed_firmware_and_the_unknown_are_refused()
    {
        EndorsementCertificateOptions onlyChips = new();
        onlyChips.AllowedTrustClasses.IntersectWith([EndorsementTrustClass.DiscreteHardware]);

        Validate(TpmNames.OneSetEach(Infineon, "SLB9672", "id:00100010"), onlyChips).Verdict.ShouldBeVerified();
        Validate(TpmNames.OneSetEach(Intel, "ADL", "id:00020000"), onlyChips).Verdict.ShouldBeRefusedBy(CheckIds.EkCertificateTrustClass);
        Verdict unknown = Validate(TpmNames.OneSetEach(TpmNames.TestMaker, "M", "id:1"), onlyChips).Verdict;
        unknown.ShouldBeRefusedBy(CheckIds.EkCertificateTrustClass);
        unknown.Refusals.Single().Detail.Should().Contain("AllowedTrustClasses has no Unknown");
    }

    public static TheoryData<byte[]> BadNames() =>
    [
        TpmNames.Build([]),
        TpmNames.Build([[(TpmNames.Model, "M"), (TpmNames.Version, "id:1")]]),
        TpmNames.Build([[(TpmNames.Manufacturer, Infineon), (TpmNames.Version, "id:1")]]),
        TpmNames.Build([[(TpmNames.Manufacturer, Infineon), (TpmNames.Model, "M")]]),
        TpmNames.Build([[(TpmNames.Manufacturer, Infineon)], [(TpmNames.Manufacturer, Infineon)], [(TpmNames.Model, "M"), (TpmNames.Version, "id:1")]]),
        TpmNames.Build([[(TpmNames.Manufacturer, Infineon), (TpmNames.Model, "M"), (TpmNames.Model, "M"), (TpmNames.Version, "id:1")]]),
        TpmNames.OneSetEach("Infineon", "M", "id:1"),
        TpmNames.OneSetEach("id:4946580", "M", "id:1"),
        TpmNames.OneSetEach("id:4946580G", "M", "id:1"),
        TpmNames.OneSetEach(Infineon, "M", "1.2"),
        TpmNames.OneSetEach(Infineon, "M", "id:"),
        TpmNames.OneSetEach(Infineon, "M", "id:00000000000000001"),
        (byte[])[0x30, 0x80],
        (byte[])[0x30, 0x03, 0xA4, 0x01, 0x30],
        (byte[])[0x05, 0x00],
        (byte[])[0x30, 0x10, 0xA4, 0x0E, 0x30, 0x0C, 0x31, 0x0A, 0x30, 0x08, 0x06, 0x05, 0x67, 0x81, 0x05, 0x02, 0x01, 0x00],
    ];

    [Theory]
    [MemberData(nameof(BadNames))]
    public void A30_NameOfTheTpmThatIsAbsentTwiceOrMalformed_IsFlagged(byte[] name)
    {
        EndorsementCertificateResult result = Validate(name);

        result.Verdict.ShouldBeVerified();
        result.Verdict.OutcomeOf(CheckIds.EkCertificateIdentity).Should().Be(FindingOutcome.Flagged);
    }

    [Fact]
    public void A30_CertificateThatDoesNotNameItsTpmAtAll_IsFlaggedAndNeverHardware()
    {
        EndorsementCertificateResult result = Validate(CertificateDetails.EndorsementKey with { HasTpmName = false });

        result.Verdict.ShouldBeVerified();
        result.Verdict.OutcomeOf(CheckIds.EkCertificateIdentity).Should().Be(FindingOutcome.Flagged);
        result.TrustClass.Should().Be(EndorsementTrustClass.Unknown);
    }

    [Theory]
    [InlineData(Swtpm, "swtpm", EndorsementTrustClass.SoftwareEmulator)]
    [InlineData("id:49424d00", "SW   TPM", EndorsementTrustClass.SoftwareEmulator)]
    [InlineData("id:58434720", "fTPM", EndorsementTrustClass.SoftwareEmulator)]
    [InlineData(Infineon, "swtpm", EndorsementTrustClass.SoftwareEmulator)]
    [InlineData(Microsoft, "Virtual", EndorsementTrustClass.CloudVirtual)]
    [InlineData("id:564D5700", "VMware TPM2", EndorsementTrustClass.CloudVirtual)]
    [InlineData("id:474F4F47", "vTPM", EndorsementTrustClass.CloudVirtual)]
    [InlineData("id:414D5A4E", "NitroTPM", EndorsementTrustClass.CloudVirtual)]
    [InlineData(Intel, "vTPM", EndorsementTrustClass.CloudVirtual)]
    public void A36_VirtualOrSoftwareTpm_IsRefusedUnlessAllowedAndNeverReportedAsHardware(string manufacturer, string model, EndorsementTrustClass expected)
    {
        byte[] name = TpmNames.OneSetEach(manufacturer, model, "id:00000001");
        EndorsementTrustClass other = expected == EndorsementTrustClass.SoftwareEmulator ? EndorsementTrustClass.CloudVirtual : EndorsementTrustClass.SoftwareEmulator;

        EndorsementCertificateResult refused = Validate(name);
        EndorsementCertificateResult refusedStill = Validate(name, new() { AllowedTrustClasses = { other } });
        EndorsementCertificateResult allowed = Validate(name, new() { AllowedTrustClasses = { expected } });

        refused.Verdict.ShouldBeRefusedBy(CheckIds.EkCertificateTrustClass);
        refusedStill.Verdict.ShouldBeRefusedBy(CheckIds.EkCertificateTrustClass);
        allowed.Verdict.ShouldBeVerified();
        allowed.Verdict.OutcomeOf(CheckIds.EkCertificateTrustClass).Should().Be(FindingOutcome.Flagged);
        new[] { refused.TrustClass, refusedStill.TrustClass, allowed.TrustClass }.Should().AllBeEquivalentTo(expected);
    }

    [Theory]
    [InlineData("CN=swtpm-localca", EndorsementTrustClass.SoftwareEmulator)]
    [InlineData("CN=Global Virtual TPM CA - 03", EndorsementTrustClass.CloudVirtual)]
    public void A36_EmulatorThatNamesAMakerOfChips_IsToldByItsIssuer(string issuer, EndorsementTrustClass expected)
    {
        using TestAuthority authority = _root.CreateIntermediate(issuer);
        byte[] certificate = authority.Issue(_key, CertificateDetails.EndorsementKey with { TpmName = TpmNames.OneSet(Infineon, "SLB9672", "id:00100010") });

        EndorsementCertificateResult result = new EndorsementCertificateValidator([_root.Certificate], [authority.Certificate])
            .Validate(certificate, _key.Public, time: ManualTimeProvider.Start);

        result.Verdict.ShouldBeRefusedBy(CheckIds.EkCertificateTrustClass);
        result.TrustClass.Should().Be(expected);
    }

    [Fact]
    public void A36_ChipAndEmulatorNamedTogether_CountAsTheEmulator()
    {
        EndorsementCertificateResult result = Validate(
            TpmNames.Build([[(TpmNames.Manufacturer, Infineon)], [(TpmNames.Manufacturer, Swtpm)], [(TpmNames.Model, "M")], [(TpmNames.Version, "id:1")]]));

        result.Verdict.ShouldBeRefusedBy(CheckIds.EkCertificateTrustClass);
        result.TrustClass.Should().Be(EndorsementTrustClass.SoftwareEmulator);
    }

    public static TheoryData<byte[], EndorsementTrustClass> HalfHiddenNames()
    {
        // An octet string in the place of the model: what comes after it is not read.
        byte[] cut = TpmNames.Build([[(TpmNames.Manufacturer, Infineon)], [(TpmNames.Model, "SLB9670")], [(TpmNames.Manufacturer, Swtpm)]]);
        cut[cut.AsSpan().IndexOf("SLB9670"u8) - 2] = 0x04;
        return new()
        {
            { TpmNames.Build([[(TpmNames.Manufacturer, Infineon)], [(TpmNames.Model, "SLB9670"), (TpmNames.Model, "swtpm")]]), EndorsementTrustClass.SoftwareEmulator },
            { TpmNames.OneSetEach(Infineon, new string('A', 200) + "swtpm", "id:1"), EndorsementTrustClass.SoftwareEmulator },
            { TpmNames.Build([[(TpmNames.Manufacturer, Infineon)], [(TpmNames.Manufacturer, "id:1014")]]), EndorsementTrustClass.Unknown },
            { cut, EndorsementTrustClass.Unknown },
        };
    }

    [Theory]
    [MemberData(nameof(HalfHiddenNames))]
    public void A36_NameOfAnEmulatorBehindThatOfAChip_IsNeverHardware(byte[] name, EndorsementTrustClass expected)
    {
        EndorsementCertificateResult result = Validate(name, new() { AllowedTrustClasses = { EndorsementTrustClass.SoftwareEmulator } });

        result.TrustClass.Should().Be(expected);
        result.Verdict.OutcomeOf(CheckIds.EkCertificateTrustClass).Should().Be(FindingOutcome.Flagged);
    }

    [Theory]
    [InlineData(Infineon, "id:053D")] // 5.61
    [InlineData(Infineon, "id:0500")]
    [InlineData(Infineon, "id:0007003D")] // 7.61
    [InlineData(Infineon, "id:0428")] // 4.40
    [InlineData(Infineon, "id:8520")] // 133.32
    [InlineData("id:53544D20", "id:00490004")] // 73.4
    [InlineData("id:53544D20", "id:004A0010")] // 74.16
    [InlineData("id:4E544300", "id:0001000300020008")] // 1.3.2.8
    [InlineData("id:4E544300", "id:13")] // 1.3, as certificates of the NPCT6xx have it
    public void A51_FirmwareThatIsKnownToBeBroken_IsFlaggedOrRefusedAsThePolicySays(string manufacturer, string version)
    {
        byte[] name = TpmNames.OneSet(manufacturer, "M", version);

        Validate(name).Verdict.ShouldBeVerified();
        Validate(name).Verdict.OutcomeOf(CheckIds.EkCertificateFirmware).Should().Be(FindingOutcome.Flagged);
        Validate(name, new() { VulnerableFirmware = PolicyAction.Refuse }).Verdict.ShouldBeRefusedBy(CheckIds.EkCertificateFirmware);
    }

    [Theory]
    [InlineData(Infineon, "id:053E")] // 5.62
    [InlineData(Infineon, "id:0422")] // 4.34, between two ranges
    [InlineData(Infineon, "id:00070055")] // 7.85
    [InlineData("id:53544D20", "id:00490014")] // 73.20
    [InlineData("id:53544D20", "id:053D")] // another maker's
    public void Firmware_that_is_not_known_to_be_broken_passes(string manufacturer, string version)
    {
        EndorsementCertificateResult result = Validate(TpmNames.OneSet(manufacturer, "M", version), new() { VulnerableFirmware = PolicyAction.Refuse });

        result.Verdict.ShouldBeVerified();
        result.Verdict.OutcomeOf(CheckIds.EkCertificateFirmware).Should().Be(FindingOutcome.Passed);
    }

    private EndorsementCertificateResult Validate(byte[] name, EndorsementCertificateOptions? options = null) =>
        Validate(CertificateDetails.EndorsementKey with { TpmName = name }, options);

    private EndorsementCertificateResult Validate(CertificateDetails details, EndorsementCertificateOptions? options = null) =>
        new EndorsementCertificateValidator([_root.Certificate], options: options).Validate(_root.Issue(_key, details), _key.Public, time: ManualTimeProvider.Start);
}
