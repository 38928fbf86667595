using System.Security.Cryptography.X509Certificates;
using HardwareAttestation.Protocol;
using HardwareAttestation.Structures;
using HardwareAttestation.Verifier.Tests.Enrollment;
using HardwareAttestation.Wire;

namespace HardwareAttestation.Verifier.Tests.Checks;

/// <summary>A verifier and TPMs of which nothing can be said against: a chip's certificates, and a list that tells that none is revoked. Verdicts on them have not even a flag.</summary>
internal sealed class SpotlessFleet : IDisposable
{
    public const string Node = SoftwareFleet.Node;

    /// <summary>A certificate of a chip's endorsement key.</summary>
    public static readonly CertificateDetails Chip = CertificateDetails.EndorsementKey with { TpmName = TpmNames.OneSet("id:49465800", "SLB9672", "id:00100010") };

    private readonly List<IDisposable> _owned = [];
    private readonly InMemoryDeviceStore _devices = new();

    public SpotlessFleet(Action<AttestationVerifierOptions>? configure = null, IChallengeStore? challenges = null)
    {
        Root = TestAuthority.CreateRoot();
        Options = new AttestationVerifierOptions();
        Options.TrustAnchors.Add(Root.Certificate);
        Options.EndorsementCertificates.RevocationLists.Add(ListOf(Root));
        configure?.Invoke(Options);
        Verifier = new AttestationVerifier(Options, _devices, challenges ?? new InMemoryChallengeStore(Time), timeProvider: Time);
    }

    public TestAuthority Root { get; }

    public AttestationVerifierOptions Options { get; }

    public ManualTimeProvider Time { get; } = new();

    public AttestationVerifier Verifier { get; }

    /// <summary>A list that holds now.</summary>
    public static byte[] ListOf(TestAuthority authority, params byte[][] revoked) =>
        authority.Revoke(ManualTimeProvider.Start.AddDays(-1), ManualTimeProvider.Start.AddDays(1), revoked);

    public SoftwareTpm CreateTpm(
        SoftwareEndorsementKey? endorsementKey = null, SoftwareKey? attestationKey = null, PublicKey? certifiedKey = null)
    {
        endorsementKey ??= SoftwareEndorsementKey.Ecc();
        SoftwareTpm tpm = new(endorsementKey, Root.Issue(certifiedKey ?? endorsementKey.CertifiedKey, Chip), attestationKey ?? SoftwareKey.Create());
        _owned.Add(tpm);
        return tpm;
    }

    /// <summary>The verdict on a request; parts are the TPM's own unless they are given.</summary>
    public async Task<Verdict> AskAsync(
        SoftwareTpm? tpm = null,
        string node = Node,
        int? version = null,
        byte[]? certificate = null,
        byte[][]? chain = null,
        TpmtPublic? endorsementPublic = null,
        TpmtPublic? attestationPublic = null,
        TpmtPublic? storageParent = null)
    {
        tpm ??= CreateTpm();
        return (await Verifier.BeginEnrollmentAsync(new EnrollmentRequest
        {
            Version = version ?? ProtocolVersion.Current,
            NodeId = node,
            EndorsementCertificate = certificate ?? tpm.Certificate,
            EndorsementCertificateChain = [.. (chain ?? []).Select(bytes => (ReadOnlyMemory<byte>)bytes)],
            EndorsementPublic = (endorsementPublic ?? tpm.EndorsementKey.Public).EncodeSized(),
            AttestationPublic = (attestationPublic ?? tpm.AttestationKey.Public).EncodeSized(),
            StorageParentPublic = storageParent?.EncodeSized(),
        })).Verdict;
    }

    public async Task<CredentialChallenge> BeginAsync(SoftwareTpm tpm, string node = Node) =>
        (await Verifier.BeginEnrollmentAsync(tpm.Ask(node))).Challenge!;

    public async Task<Verdict> CompleteAsync(SoftwareTpm tpm, CredentialChallenge challenge, string node = Node) =>
        (await Verifier.CompleteEnrollmentAsync(tpm.Answer(challenge, node))).Verdict;

    public async Task<SoftwareTpm> EnrollAsync(string node = Node, SoftwareTpm? tpm = null)
    {
        tpm ??= CreateTpm();
        (await CompleteAsync(tpm, await BeginAsync(tpm, node), node)).ShouldBeVerified();
        return tpm;
    }

    public async Task<AttestationChallenge> ChallengeAsync() => (await Verifier.CreateChallengeAsync(Node)).Challenge!;

    public async Task<Verdict> AttestAsync(SoftwareTpm tpm, Func<ForgedQuote, ForgedQuote>? forge = null) => await VerifyAsync(tpm.Answer(await ChallengeAsync(), forge));

    public async Task<Verdict> VerifyAsync(AttestationEvidence evidence) => (await Verifier.VerifyAsync(evidence)).Verdict;

    public void Dispose()
    {
        _owned.ForEach(owned => owned.Dispose());
        Root.Dispose();
    }
}
