using System.Reflection;
using HardwareAttestation.Structures;
using HardwareAttestation.Verifier.Testing;

namespace HardwareAttestation.Verifier.Tests.Enrollment;

/// <summary>Device records as bytes, and what a record says of its keys.</summary>
public sealed class DeviceRecordTests
{
    private static readonly DeviceRecord Full = TestDevices.CreateFull("node", "key", revision: 0x1_0000_0007);

    [Fact]
    public void Every_property_that_can_be_set_survives()
    {
        DeviceRecord other = TestDevices.Create("other", "other key", "other");
        DeviceRecord read = DeviceRecord.Parse(Full.ToArray());

        // A property that is forgotten here would be read as a new record has it.
        foreach (PropertyInfo property in typeof(DeviceRecord).GetProperties().Where(property => property.CanWrite))
        {
            Said(property, Full).Should().NotBe(Said(property, other), $"{property.Name} should differ in what is tested");
            Said(property, read).Should().Be(Said(property, Full), property.Name);
        }
    }

    [Fact]
    public void What_is_absent_stays_absent()
    {
        DeviceRecord read = DeviceRecord.Parse(TestDevices.Create("node", "key").ToArray());

        read.Should().BeEquivalentTo(
            new { StatusReason = (string?)null, EnrollmentGrant = (EnrollmentGrant?)null, LastVerifiedAt = (DateTimeOffset?)null, LastClockInfo = (TpmsClockInfo?)null });
        read.StorageParentPublic.IsEmpty.Should().BeTrue();
        read.EndorsementCertificateChain.Should().BeEmpty();
    }

    [Fact]
    public void A_record_is_written_in_the_same_way_each_time() => DeviceRecord.Parse(Full.ToArray()).ToArray().Should().Equal(Full.ToArray());

    [Fact]
    public void Damage_anywhere_is_told_or_gives_another_record_of_the_same_length()
    {
        byte[] bytes = Full.ToArray();
        int told = 0;
        for (int at = 0; at < bytes.Length; at++)
        {
            foreach (byte value in new byte[] { 0, 1, 0x7F, 0x80, 0xFF, (byte)(bytes[at] ^ 1) })
            {
                byte[] damaged = [.. bytes];
                damaged[at] = value;
                try
                {
                    DeviceRecord.Parse(damaged).ToArray().Should().Equal(damaged);
                }
                catch (DeviceRecordFormatException)
                {
                    told++;
                }
            }
        }

        told.Should().BePositive();
    }

    [Fact]
    public void A_record_that_is_cut_or_too_long_is_damaged()
    {
        byte[] bytes = Full.ToArray();

        for (int length = 0; length < bytes.Length; length++)
        {
            FluentActions.Invoking(() => DeviceRecord.Parse(bytes.AsSpan(0, length))).Should().Throw<DeviceRecordFormatException>();
        }

        FluentActions.Invoking(() => DeviceRecord.Parse([.. bytes, 0])).Should().Throw<DeviceRecordFormatException>();
    }

    [Fact]
    public void A_record_of_a_later_version_is_not_guessed_at()
    {
        byte[] bytes = Full.ToArray();
        bytes[0]++;

        FluentActions.Invoking(() => DeviceRecord.Parse(bytes)).Should().Throw<DeviceRecordFormatException>().WithMessage("*version 2*");
    }

    [Theory]
    [InlineData(typeof(DeviceStatus), "None=0 Active=1 Retired=2 Revoked=3")]
    [InlineData(typeof(EnrollmentGrantKind), "None=0 SameEndorsementKey=1 AnyEndorsementKey=2")]
    [InlineData(typeof(ChallengePurpose), "None=0 Enrollment=1 Attestation=2")]
    public void Numbers_that_are_stored_do_not_change(Type type, string numbers) =>
        string.Join(' ', Enum.GetValues(type).Cast<Enum>().Select(value => $"{value}={value:D}")).Should().Be(numbers);

    [Fact]
    public async Task A_record_gives_its_keys_as_they_are_expected_of_evidence()
    {
        using SoftwareFleet fleet = new();
        SoftwareTpm tpm = await fleet.EnrollAsync();
        DeviceRecord device = (await fleet.Devices.FindAsync(SoftwareFleet.Node))!;

        device.GetEndorsementKey().Encoded.ToArray().Should().Equal(tpm.EndorsementKey.Public.Encoded.ToArray());
        device.GetAttestationKey().Encoded.ToArray().Should().Equal(tpm.AttestationKey.Public.Encoded.ToArray());
        device.GetQualifiedSigner().Should().Be(
            QualifiedName.OfChild(QualifiedName.OfPrimary(TpmHandle.Endorsement, tpm.EndorsementKey.Public), tpm.AttestationKey.Public));
    }

    [Fact]
    public async Task A_key_under_a_storage_root_key_is_expected_to_sign_under_that()
    {
        using SoftwareFleet fleet = new();
        await fleet.EnrollAsync();
        DeviceRecord device = (await fleet.Devices.FindAsync(SoftwareFleet.Node))!;
        DeviceRecord under = new()
        {
            NodeId = device.NodeId,
            EnrollmentId = device.EnrollmentId,
            EndorsementKeyId = device.EndorsementKeyId,
            EndorsementCertificate = device.EndorsementCertificate,
            EndorsementPublic = device.EndorsementPublic,
            AttestationPublic = device.AttestationPublic,
            StorageParentPublic = device.EndorsementPublic,
            EnrolledAt = device.EnrolledAt,
            Status = device.Status,
        };

        under.GetQualifiedSigner().Should().Be(
            QualifiedName.OfChild(QualifiedName.OfPrimary(TpmHandle.Owner, device.GetEndorsementKey()), device.GetAttestationKey()));
    }

    private static string Said(PropertyInfo property, DeviceRecord device) => property.GetValue(device) switch
    {
        ReadOnlyMemory<byte> bytes => Convert.ToHexString(bytes.Span),
        IReadOnlyList<ReadOnlyMemory<byte>> list => string.Join(',', list.Select(bytes => Convert.ToHexString(bytes.Span))),
        DateTimeOffset time => time.UtcTicks.ToString(provider: null),
        object value => $"{value}",
        null => "(none)",
    };
}
