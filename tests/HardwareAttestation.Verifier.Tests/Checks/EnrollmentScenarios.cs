using HardwareAttestation.Protocol;
using HardwareAttestation.Structures;

namespace HardwareAttestation.Verifier.Tests.Checks;

/// <summary>For each check of keys, of an enrolment and of devices and challenges, a message in which everything else is right.</summary>
internal static class EnrollmentScenarios
{
    private const string Node = SpotlessFleet.Node;

    public static readonly Dictionary<string, Func<Task<Verdict>>> Table = new()
    {
        [CheckIds.MessageVersion] = () => InAsync(fleet => fleet.AskAsync(version: ProtocolVersion.Current + 1)),
        [CheckIds.MessageForm] = () => InAsync(fleet => CompleteAsync(fleet, string.Empty)),
        [CheckIds.EkPublicForm] = () => InAsync(fleet => AskWithAsync(fleet, endorsement: bytes => bytes[..^1])),
        [CheckIds.EkPublicAttributes] = () => OfEndorsementKeyAsync(
            key => new TpmtPublic(key.NameAlg, key.ObjectAttributes & ~TpmaObject.FixedTpm, key.AuthPolicy.Span, key.Parameters, key.Unique)),
        [CheckIds.EkPublicAlgorithms] = () => OfEndorsementKeyAsync(
            key => new TpmtPublic(TpmAlgId.Sha1, key.ObjectAttributes, key.AuthPolicy.Span, key.Parameters, key.Unique)),
        [CheckIds.EkPublicKey] = () => OfEndorsementKeyAsync(
            key => new TpmtPublic(key.NameAlg, key.ObjectAttributes, key.AuthPolicy.Span, (TpmsRsaParms)key.Parameters with { KeyBits = 3072 }, key.Unique)),
        [CheckIds.EkPublicWeakKey] = WeakEndorsementKeyAsync,
        [CheckIds.AkPublicForm] = () => InAsync(fleet => AskWithAsync(fleet, attestation: bytes => bytes[..^1])),
        [CheckIds.AkNameAlg] = () => OfAttestationKeyAsync(
            key => new TpmtPublic(TpmAlgId.Sha1, key.ObjectAttributes, key.AuthPolicy.Span, key.Parameters, key.Unique)),
        [CheckIds.AkRestricted] = () => WithAttributesAsync(TpmaObject.Restricted),
        [CheckIds.AkSign] = () => WithAttributesAsync(TpmaObject.Sign),
        [CheckIds.AkDecrypt] = () => WithAttributesAsync(TpmaObject.Decrypt),
        [CheckIds.AkFixedTpm] = () => WithAttributesAsync(TpmaObject.FixedTpm),
        [CheckIds.AkFixedParent] = () => WithAttributesAsync(TpmaObject.FixedParent),
        [CheckIds.AkSensitiveDataOrigin] = () => WithAttributesAsync(TpmaObject.SensitiveDataOrigin),
        [CheckIds.AkScheme] = () => OfAttestationKeyAsync(key => new TpmtPublic(
            key.NameAlg, key.ObjectAttributes, [], (TpmsEccParms)key.Parameters with { Scheme = new TpmtScheme(TpmAlgId.EcDsa, TpmAlgId.Sha1) }, key.Unique)),
        [CheckIds.AkKey] = () => OfAttestationKeyAsync(
            key => new TpmtPublic(key.NameAlg, key.ObjectAttributes, [], key.Parameters, new TpmsEccPoint(new byte[32], new byte[32]))),
        [CheckIds.AkWeakKey] = () => OfAttestationKeyAsync(key => new TpmtPublic(
            key.NameAlg,
            key.ObjectAttributes,
            [],
            new TpmsRsaParms(TpmtSymDef.Null, new TpmtScheme(TpmAlgId.RsaSsa, TpmAlgId.Sha256), 2048, 0),
            new Tpm2bPublicKeyRsa(RocaModulus()))),
        [CheckIds.AkParent] = () => InAsync(fleet => fleet.AskAsync(storageParent: fleet.CreateTpm().AttestationKey.Public)),
        [CheckIds.AkAllowed] = () => InAsync(fleet => fleet.AskAsync(), options => options.AttestationKeys.Curves.Remove(TpmEccCurve.NistP256)),
        [CheckIds.EnrollmentNode] = () => InAsync(fleet => fleet.AskAsync(node: "-node")),
        [CheckIds.EnrollmentNodeFree] = () => InAsync(async fleet =>
        {
            await fleet.EnrollAsync();
            return await fleet.AskAsync();
        }),
        [CheckIds.EnrollmentEkFree] = () => InAsync(async fleet => await fleet.AskAsync(await fleet.EnrollAsync(), "node2")),
        [CheckIds.EnrollmentUnchanged] = () => InAsync(async fleet =>
        {
            SoftwareTpm slow = fleet.CreateTpm();
            CredentialChallenge challenge = await fleet.BeginAsync(slow);
            await fleet.EnrollAsync();
            await fleet.Verifier.Devices.RemoveAsync(Node);
            return await fleet.CompleteAsync(slow, challenge);
        }),
        [CheckIds.CredentialSecret] = () => InAsync(async fleet =>
            (await fleet.Verifier.CompleteEnrollmentAsync(new CredentialResponse
            {
                ChallengeId = (await fleet.BeginAsync(fleet.CreateTpm())).ChallengeId, Proof = new byte[32],
            })).Verdict),
        [CheckIds.ChallengeCapacity] = () => InAsync(
            async fleet =>
            {
                await fleet.EnrollAsync();
                await fleet.ChallengeAsync();
                return await fleet.AskAsync(node: "node2");
            },
            challenges: new InMemoryChallengeStore(1, InMemoryChallengeStore.DefaultCapacityPerSource, new ManualTimeProvider())),
        [CheckIds.ChallengeKnown] = () => InAsync(fleet => CompleteAsync(fleet, "AAAA")),
        [CheckIds.ChallengeFresh] = () => InAsync(
            async fleet =>
            {
                SoftwareTpm tpm = fleet.CreateTpm();
                CredentialChallenge challenge = await fleet.BeginAsync(tpm);
                fleet.Time.Advance(TimeSpan.FromMinutes(5));
                return await fleet.CompleteAsync(tpm, challenge);
            },
            challenges: new InMemoryChallengeStore(timeProvider: new ManualTimeProvider())),
        [CheckIds.DeviceEnrolled] = () => InAsync(async fleet => (await fleet.Verifier.CreateChallengeAsync("nobody")).Verdict),
        [CheckIds.DeviceActive] = () => InAsync(async fleet =>
        {
            SoftwareTpm tpm = await fleet.EnrollAsync();
            AttestationChallenge challenge = await fleet.ChallengeAsync();
            await fleet.Verifier.Devices.RetireAsync(Node);
            return await fleet.VerifyAsync(tpm.Answer(challenge));
        }),
        [CheckIds.DeviceUnchanged] = () => InAsync(async fleet =>
        {
            SoftwareTpm tpm = await fleet.EnrollAsync();
            AttestationChallenge challenge = await fleet.ChallengeAsync();
            await fleet.Verifier.Devices.GrantReenrollmentAsync(Node, TimeSpan.FromHours(1));
            await fleet.EnrollAsync(tpm: tpm);
            return await fleet.VerifyAsync(tpm.Answer(challenge));
        }),
    };

    private static async Task<Verdict> InAsync(
        Func<SpotlessFleet, Task<Verdict>> act, Action<AttestationVerifierOptions>? configure = null, IChallengeStore? challenges = null)
    {
        using SpotlessFleet fleet = new(configure, challenges);
        return await act(fleet);
    }

    private static async Task<Verdict> CompleteAsync(SpotlessFleet fleet, string challengeId) =>
        (await fleet.Verifier.CompleteEnrollmentAsync(new CredentialResponse { ChallengeId = challengeId, Proof = new byte[32] })).Verdict;

    private static async Task<Verdict> AskWithAsync(SpotlessFleet fleet, Func<byte[], byte[]>? endorsement = null, Func<byte[], byte[]>? attestation = null)
    {
        EnrollmentRequest right = fleet.CreateTpm().Ask(Node);
        return (await fleet.Verifier.BeginEnrollmentAsync(new EnrollmentRequest
        {
            NodeId = Node,
            EndorsementCertificate = right.EndorsementCertificate,
            EndorsementPublic = endorsement?.Invoke(right.EndorsementPublic.ToArray()) ?? right.EndorsementPublic,
            AttestationPublic = attestation?.Invoke(right.AttestationPublic.ToArray()) ?? right.AttestationPublic,
        })).Verdict;
    }

    private static Task<Verdict> OfEndorsementKeyAsync(Func<TpmtPublic, TpmtPublic> change) => InAsync(fleet =>
    {
        SoftwareTpm tpm = fleet.CreateTpm(SoftwareEndorsementKey.Rsa());
        return fleet.AskAsync(tpm, endorsementPublic: change(tpm.EndorsementKey.Public));
    });

    private static Task<Verdict> OfAttestationKeyAsync(Func<TpmtPublic, TpmtPublic> change) => InAsync(fleet =>
    {
        SoftwareTpm tpm = fleet.CreateTpm();
        return fleet.AskAsync(tpm, attestationPublic: change(tpm.AttestationKey.Public));
    });

    private static Task<Verdict> WithAttributesAsync(TpmaObject changed) =>
        InAsync(fleet => fleet.AskAsync(fleet.CreateTpm(attestationKey: SoftwareKey.Create(attributes: SoftwareKey.UsualAttributes ^ changed))));

    // With a certificate, the certified key would be refused as well, since it is the same.
    private static async Task<Verdict> WeakEndorsementKeyAsync()
    {
        using SpotlessFleet fleet = new(options => options.TrustOnFirstUse = true);
        TpmtPublic usual = SoftwareEndorsementKey.Rsa().Public;
        TpmtPublic weak = new(usual.NameAlg, usual.ObjectAttributes, usual.AuthPolicy.Span, usual.Parameters, new Tpm2bPublicKeyRsa(RocaModulus()));
        return await fleet.AskAsync(certificate: [], endorsementPublic: weak);
    }

    private static byte[] RocaModulus()
    {
        using System.Security.Cryptography.RSA key = RocaKey.Create();
        return key.ExportParameters(includePrivateParameters: false).Modulus!;
    }
}
