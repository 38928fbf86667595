using HardwareAttestation.Protocol;

namespace HardwareAttestation.Verifier.Tests.Enrollment;

/// <summary>What is known of the certificate at the beginning of an enrolment reaches its end, and the boots after it.</summary>
public sealed class TrustClassTests
{
    private static readonly CertificateDetails Emulator =
        CertificateDetails.EndorsementKey with { TpmName = TpmNames.OneSetEach("id:00001014", "swtpm", "id:20191023") };

    private static readonly CertificateDetails Chip =
        CertificateDetails.EndorsementKey with { TpmName = TpmNames.OneSetEach("id:49465800", "SLB9672", "id:00100010") };

    [Fact]
    public async Task What_the_beginning_flags_is_said_first_by_the_verdict_on_the_enrolment()
    {
        using SoftwareFleet fleet = new(options =>
        {
            options.EndorsementCertificates.AllowedTrustClasses.Add(EndorsementTrustClass.SoftwareEmulator);
            options.EndorsementCertificates.AllowExpiredLeaf = true;
        });
        SoftwareTpm tpm = fleet.CreateTpm(details: Emulator with { NotAfter = ManualTimeProvider.Start.AddDays(-1) });

        EnrollmentOffer offer = await fleet.Verifier.BeginEnrollmentAsync(tpm.Ask(SoftwareFleet.Node));
        EnrollmentResult result = await fleet.Verifier.CompleteEnrollmentAsync(tpm.Answer(offer.Challenge!));

        result.Verdict.ShouldBeVerified();
        offer.Verdict.Flags.Select(finding => finding.Check).Should().BeEquivalentTo(
            [CheckIds.EkCertificateValidity, CheckIds.EkCertificateTrustClass, CheckIds.EkCertificateRevocation]);
        result.Verdict.Flags.Should().Equal(offer.Verdict.Flags);
        result.Verdict.Findings.Take(offer.Verdict.Flags.Count).Should().Equal(offer.Verdict.Flags);
    }

    [Fact]
    public async Task What_the_beginning_flags_is_said_of_an_enrolment_that_fails_too()
    {
        using SoftwareFleet fleet = new();
        SoftwareTpm tpm = fleet.CreateTpm();
        EnrollmentOffer offer = await fleet.Verifier.BeginEnrollmentAsync(tpm.Ask(SoftwareFleet.Node));

        Verdict verdict = (await fleet.Verifier.CompleteEnrollmentAsync(
            new CredentialResponse { ChallengeId = offer.Challenge!.ChallengeId, Proof = new byte[32] })).Verdict;

        verdict.ShouldBeRefusedBy(CheckIds.CredentialSecret);
        verdict.Flags.Should().Equal(offer.Verdict.Flags).And.NotBeEmpty();
    }

    [Fact]
    public async Task A_server_can_tell_whose_chip_asks_whether_it_is_refused_or_not()
    {
        using SoftwareFleet fleet = new(options => options.TrustOnFirstUse = true);

        EnrollmentOffer accepted = await fleet.Verifier.BeginEnrollmentAsync(fleet.CreateTpm(details: Chip).Ask(SoftwareFleet.Node));
        EnrollmentOffer refused = await fleet.Verifier.BeginEnrollmentAsync(fleet.CreateTpm(details: Emulator).Ask(SoftwareFleet.Node));
        EnrollmentOffer without = await fleet.Verifier.BeginEnrollmentAsync(fleet.CreateTpm().Ask(SoftwareFleet.Node, certificate: []));

        accepted.EndorsementCertificate!.Verdict.ShouldBeVerified();
        accepted.EndorsementCertificate.TrustClass.Should().Be(EndorsementTrustClass.DiscreteHardware);
        refused.Challenge.Should().BeNull();
        refused.EndorsementCertificate!.Model.Should().Be("swtpm");
        refused.EndorsementCertificate.Verdict.ShouldBeRefusedBy(CheckIds.EkCertificateTrustClass);
        without.Verdict.ShouldBeVerified();
        without.EndorsementCertificate.Should().BeNull();
    }

    [Fact]
    public async Task A36_SoftwareTpmThatIsNotAllowedAnyMore_IsRefusedAtTheNextBoot()
    {
        using SoftwareFleet fleet = new(options => options.EndorsementCertificates.AllowedTrustClasses.Add(EndorsementTrustClass.SoftwareEmulator));
        SoftwareTpm emulator = await fleet.EnrollAsync(tpm: fleet.CreateTpm(details: Emulator));
        SoftwareTpm chip = await fleet.EnrollAsync("chip", fleet.CreateTpm(details: Chip));
        fleet.Options.EndorsementCertificates.AllowedTrustClasses.Remove(EndorsementTrustClass.SoftwareEmulator);
        AttestationVerifier stricter = new(fleet.Options, fleet.Devices, fleet.Challenges, timeProvider: fleet.Time);

        (await stricter.VerifyAsync(emulator.Answer(await fleet.ChallengeAsync()))).Verdict.ShouldBeRefusedBy(CheckIds.EkCertificateTrustClass);
        (await fleet.Verifier.VerifyAsync(emulator.Answer(await fleet.ChallengeAsync()))).Verdict.ShouldBeVerified();
        (await stricter.VerifyAsync(chip.Answer(await fleet.ChallengeAsync("chip")))).Verdict.ShouldBeVerified();
        (await fleet.Devices.FindAsync(SoftwareFleet.Node))!.TrustClass.Should().Be(EndorsementTrustClass.SoftwareEmulator);
        (await fleet.Devices.FindAsync("chip"))!.TrustClass.Should().Be(EndorsementTrustClass.DiscreteHardware);
    }

    [Fact]
    public async Task A_stored_certificate_is_judged_again_by_what_is_known_now()
    {
        using SoftwareFleet fleet = new(options => options.TrustOnFirstUse = true);
        SoftwareTpm tpm = await fleet.EnrollAsync();
        SoftwareTpm unknown = fleet.CreateTpm();
        EnrollmentOffer offer = await fleet.Verifier.BeginEnrollmentAsync(unknown.Ask("unknown", certificate: []));
        await fleet.Verifier.CompleteEnrollmentAsync(unknown.Answer(offer.Challenge!, "unknown"));
        DeviceRecord device = (await fleet.Devices.FindAsync(SoftwareFleet.Node))!;

        (await fleet.Verifier.ReassessAsync(device))!.Verdict.ShouldBeVerified();
        (await fleet.Verifier.ReassessAsync((await fleet.Devices.FindAsync("unknown"))!)).Should().BeNull();

        DateTimeOffset now = fleet.Time.GetUtcNow();
        fleet.Options.EndorsementCertificates.RevocationLists.Add(fleet.Issuer.Revoke(now.AddDays(-1), now.AddDays(1), tpm.Certificate));
        AttestationVerifier informed = new(fleet.Options, fleet.Devices, fleet.Challenges, timeProvider: fleet.Time);
        (await informed.ReassessAsync(device))!.Verdict.ShouldBeRefusedBy(CheckIds.EkCertificateRevocation);

        using TestAuthority other = TestAuthority.CreateRoot("CN=Another Root");
        fleet.Options.TrustAnchors.Clear();
        fleet.Options.TrustAnchors.Add(other.Certificate);
        AttestationVerifier moved = new(fleet.Options, fleet.Devices, fleet.Challenges, timeProvider: fleet.Time);
        (await moved.ReassessAsync(device))!.Verdict.ShouldBeRefusedBy(CheckIds.EkCertificateChain);
        moved.EndorsementCertificates.Validate(tpm.Certificate, tpm.EndorsementKey.Public, time: now).Verdict.ShouldBeRefusedBy(CheckIds.EkCertificateChain);
    }
}
