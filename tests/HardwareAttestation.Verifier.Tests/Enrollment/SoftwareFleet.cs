using HardwareAttestation.Protocol;

namespace HardwareAttestation.Verifier.Tests.Enrollment;

/// <summary>A verifier over a test authority, a clock that stands still, and TPMs in software.</summary>
internal sealed class SoftwareFleet : IDisposable
{
    public const string Node = SoftwareTpm.UsualNode;
    private readonly TestAuthority _root = TestAuthority.CreateRoot();
    private readonly TestAuthority _issuer;
    private readonly List<SoftwareTpm> _tpms = [];

    public SoftwareFleet(Action<AttestationVerifierOptions>? configure = null, IChallengeStore? challenges = null)
    {
        _issuer = _root.CreateIntermediate();
        Options = new AttestationVerifierOptions();
        Options.TrustAnchors.Add(_root.Certificate);
        Options.Intermediates.Add(_issuer.Certificate);
        configure?.Invoke(Options);
        Challenges = challenges ?? new InMemoryChallengeStore(timeProvider: Time);
        Verifier = new AttestationVerifier(Options, Devices, Challenges, timeProvider: Time);
    }

    public AttestationVerifierOptions Options { get; }

    public ManualTimeProvider Time { get; } = new();

    public InMemoryDeviceStore Devices { get; } = new();

    public IChallengeStore Challenges { get; }

    public AttestationVerifier Verifier { get; }

    public TestAuthority Root => _root;

    public TestAuthority Issuer => _issuer;

    public SoftwareTpm CreateTpm(SoftwareEndorsementKey? endorsementKey = null, string attestationKey = "p256", CertificateDetails? details = null)
    {
        endorsementKey ??= SoftwareEndorsementKey.Ecc();
        SoftwareTpm tpm = new(endorsementKey, _issuer.Issue(endorsementKey, details), SoftwareKey.Create(attestationKey));
        _tpms.Add(tpm);
        return tpm;
    }

    /// <summary>Another key of a TPM: same endorsement key, same certificate.</summary>
    public SoftwareTpm WithOtherKey(SoftwareTpm tpm)
    {
        SoftwareTpm other = new(tpm.EndorsementKey, tpm.Certificate, SoftwareKey.Create());
        _tpms.Add(other);
        return other;
    }

    public async Task<SoftwareTpm> EnrollAsync(string node = Node, SoftwareTpm? tpm = null)
    {
        tpm ??= CreateTpm();
        EnrollmentResult result = await Verifier.CompleteEnrollmentAsync(tpm.Answer(await BeginAsync(tpm, node), node));
        result.Verdict.ShouldBeVerified();
        return tpm;
    }

    public async Task<CredentialChallenge> BeginAsync(SoftwareTpm tpm, string node = Node)
    {
        EnrollmentOffer offer = await Verifier.BeginEnrollmentAsync(tpm.Ask(node));
        offer.Verdict.ShouldBeVerified();
        return offer.Challenge!;
    }

    public async Task<AttestationChallenge> ChallengeAsync(string node = Node)
    {
        ChallengeOffer offer = await Verifier.CreateChallengeAsync(node);
        offer.Verdict.ShouldBeVerified();
        return offer.Challenge!;
    }

    public void Dispose()
    {
        _tpms.ForEach(tpm => tpm.Dispose());
        _issuer.Dispose();
        _root.Dispose();
    }
}
