using HardwareAttestation.Protocol;

namespace HardwareAttestation.Verifier.Tests.Hostile;

/// <summary>Enrolments that are begun and never completed: a certificate, which is no secret, is all that they take.</summary>
public sealed class EnrollmentFloodTests : IDisposable
{
    private const int Capacity = 40;
    private readonly TestAuthority _root = TestAuthority.CreateRoot();
    private readonly List<SoftwareTpm> _tpms = [];
    private readonly ManualTimeProvider _time = new();
    private readonly AttestationVerifier _verifier;

    public EnrollmentFloodTests()
    {
        AttestationVerifierOptions options = new();
        options.TrustAnchors.Add(_root.Certificate);
        _verifier = new AttestationVerifier(options, challenges: new InMemoryChallengeStore(Capacity, InMemoryChallengeStore.DefaultCapacityPerSource, _time), timeProvider: _time);
    }

    public void Dispose()
    {
        _tpms.ForEach(tpm => tpm.Dispose());
        _root.Dispose();
    }

    [Fact]
    public async Task A40_OneCertificateUnderManyNames_KeepsNobodyElseFromEnrollingOrBooting()
    {
        SoftwareTpm enrolled = CreateTpm();
        await EnrollAsync(enrolled, "enrolled");
        SoftwareTpm attacker = CreateTpm();
        CredentialChallenge? first = null;
        for (int i = 0; i < 3 * Capacity; i++)
        {
            EnrollmentOffer offer = await _verifier.BeginEnrollmentAsync(attacker.Ask($"name{i}"));
            offer.Verdict.ShouldBeVerified();
            first ??= offer.Challenge;
        }

        (await _verifier.CompleteEnrollmentAsync(attacker.Answer(first!))).Verdict.ShouldBeRefusedBy(CheckIds.ChallengeKnown);
        await EnrollAsync(CreateTpm(), "newcomer");
        ChallengeOffer boot = await _verifier.CreateChallengeAsync("enrolled");
        (await _verifier.VerifyAsync(enrolled.Answer(boot.Challenge!))).Verdict.ShouldBeVerified();
    }

    [Fact]
    public async Task A40_ManyCertificates_FillHalfOfTheStoreAndEnrolledNodesStillBoot()
    {
        SoftwareTpm enrolled = CreateTpm();
        await EnrollAsync(enrolled, "enrolled");
        for (int i = 0; i < Capacity / 2; i++)
        {
            (await _verifier.BeginEnrollmentAsync(CreateTpm().Ask($"name{i}"))).Verdict.ShouldBeVerified();
        }

        (await _verifier.BeginEnrollmentAsync(CreateTpm().Ask("late"))).Verdict.ShouldBeRefusedBy(CheckIds.ChallengeCapacity);
        ChallengeOffer boot = await _verifier.CreateChallengeAsync("enrolled");
        (await _verifier.VerifyAsync(enrolled.Answer(boot.Challenge!))).Verdict.ShouldBeVerified();

        _time.Advance(TimeSpan.FromMinutes(5));
        (await _verifier.BeginEnrollmentAsync(CreateTpm().Ask("late"))).Verdict.ShouldBeVerified();
    }

    private SoftwareTpm CreateTpm()
    {
        SoftwareEndorsementKey key = SoftwareEndorsementKey.Ecc();
        SoftwareTpm tpm = new(key, _root.Issue(key), SoftwareKey.Create());
        _tpms.Add(tpm);
        return tpm;
    }

    private async Task EnrollAsync(SoftwareTpm tpm, string node)
    {
        EnrollmentOffer offer = await _verifier.BeginEnrollmentAsync(tpm.Ask(node));
        offer.Verdict.ShouldBeVerified();
        (await _verifier.CompleteEnrollmentAsync(tpm.Answer(offer.Challenge!, node))).Verdict.ShouldBeVerified();
    }
}
