using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using FsCheck;
using FsCheck.Fluent;
using HardwareAttestation.Protocol;
using HardwareAttestation.Structures;
using HardwareAttestation.Verifier.Tests.Enrollment;

namespace HardwareAttestation.Verifier.Tests.Hostile;

/// <summary>
/// Any messages at the verifier's four methods, also such as no JSON reader makes, and any text where messages are read: a verdict or a <see cref="JsonException"/>, and memory in
/// proportion to what came in.
/// </summary>
public sealed class AnyMessageTests : IDisposable
{
    private static readonly Config Checked = Config.QuickThrowOnFailure.WithMaxTest(300);
    private readonly SoftwareFleet _fleet = new(challenges: new InMemoryChallengeStore(timeProvider: new ManualTimeProvider()));
    private readonly SoftwareTpm _tpm;
    private readonly EnrollmentRequest _request;

    public AnyMessageTests()
    {
        _tpm = _fleet.CreateTpm();
        _request = _tpm.Ask("another");
    }

    public void Dispose() => _fleet.Dispose();

    private static Gen<string?> Texts => Gen.OneOf(
        ArbMap.Default.GeneratorFor<string?>(),
        Gen.Elements<string?>(SoftwareFleet.Node, "another", string.Empty, "AAAAAAAAAAAAAAAAAAAAAA", new string('a', 100_000), "\ud800", "\0"));

    private static Gen<int> Versions => Gen.OneOf(Gen.Constant(ProtocolVersion.Current), ArbMap.Default.GeneratorFor<int>());

    [Fact]
    public void Any_request_gets_a_verdict()
    {
        Gen<EnrollmentRequest> requests =
            from version in Versions
            from node in Texts
            from certificate in Bytes(_request.EndorsementCertificate)
            from chain in Bytes(_request.EndorsementCertificate).ListOf()
            from endorsementPublic in Bytes(_request.EndorsementPublic)
            from attestationPublic in Bytes(_request.AttestationPublic)
            from storageParent in Gen.OneOf(Gen.Constant(Array.Empty<byte>()), Bytes(_request.EndorsementPublic))
            select new EnrollmentRequest
            {
                Version = version,
                NodeId = node!,
                EndorsementCertificate = certificate,
                EndorsementCertificateChain = [.. chain.Select(issuer => (ReadOnlyMemory<byte>)issuer)],
                EndorsementPublic = endorsementPublic,
                AttestationPublic = attestationPublic,
                StorageParentPublic = storageParent,
            };
        Prop.ForAll(requests.ToArbitrary(), request => IsJudged(
            (request.NodeId?.Length ?? 0) + request.EndorsementCertificate.Length + request.EndorsementCertificateChain.Sum(issuer => issuer.Length)
                + request.EndorsementPublic.Length + request.AttestationPublic.Length + request.StorageParentPublic.Length,
            async () =>
            {
                EnrollmentOffer offer = await _fleet.Verifier.BeginEnrollmentAsync(request);
                (offer.Challenge is not null).Should().Be(offer.Verdict.IsVerified);
                return offer.Verdict;
            })).Check(Checked);
    }

    [Fact]
    public async Task Any_answer_to_a_credential_gets_a_verdict()
    {
        string challengeId = (await _fleet.BeginAsync(_tpm)).ChallengeId;
        Gen<CredentialResponse> responses =
            from version in Versions
            from id in Gen.OneOf(Texts, Gen.Constant<string?>(challengeId))
            from proof in Bytes(new byte[32])
            select new CredentialResponse { Version = version, ChallengeId = id!, Proof = proof };
        Prop.ForAll(responses.ToArbitrary(), response => IsJudged((response.ChallengeId?.Length ?? 0) + response.Proof.Length, async () =>
        {
            EnrollmentResult result = await _fleet.Verifier.CompleteEnrollmentAsync(response);
            result.Verdict.IsVerified.Should().BeFalse();
            return result.Verdict;
        })).Check(Checked);
    }

    [Fact]
    public void Any_name_of_a_node_gets_a_verdict() => Prop.ForAll(Texts.Where(text => text is not null).ToArbitrary(), node => IsJudged(node!.Length, async () =>
    {
        ChallengeOffer offer = await _fleet.Verifier.CreateChallengeAsync(node);
        offer.Verdict.IsVerified.Should().BeFalse("nobody is enrolled");
        return offer.Verdict;
    })).Check(Checked);

    [Fact]
    public async Task Any_evidence_gets_a_verdict()
    {
        await _fleet.EnrollAsync(tpm: _tpm);
        AttestationEvidence right = _tpm.Answer(await _fleet.ChallengeAsync());
        Gen<PcrValue?> values = Gen.OneOf(
            Gen.Elements<PcrValue?>([null, .. right.PcrValues]),
            from bank in ArbMap.Default.GeneratorFor<ushort>()
            from pcr in ArbMap.Default.GeneratorFor<int>()
            from digest in HostileBytes.Any
            select new PcrValue((TpmAlgId)bank, pcr, digest));
        Gen<AttestationEvidence> evidence =
            from version in Versions
            from attest in Bytes(right.Attest)
            from signature in Bytes(right.Signature)
            from pcrs in values.ListOf()
            select new AttestationEvidence
            {
                Version = version, ChallengeId = right.ChallengeId, Attest = attest, Signature = signature, PcrValues = [.. pcrs.Select(value => value!)],
            };
        Prop.ForAll(evidence.ToArbitrary(), any =>
        {
            // A challenge of its own for each, so that the evidence is looked at.
            AttestationChallenge challenge = Now(_fleet.ChallengeAsync());
            AttestationEvidence answer = new()
            {
                Version = any.Version, ChallengeId = challenge.ChallengeId, Attest = any.Attest, Signature = any.Signature, PcrValues = any.PcrValues,
            };
            return IsJudged(answer.Attest.Length + answer.Signature.Length + answer.PcrValues.Sum(value => value?.Digest.Length ?? 0), async () =>
            {
                AttestationResult result = await _fleet.Verifier.VerifyAsync(answer);
                result.Verdict.IsVerified.Should().BeFalse("the nonce is another challenge's");
                (result.Device is null && result.Attested is null && result.PcrValues.Count == 0).Should().BeTrue();
                return result.Verdict;
            });
        }).Check(Checked);
    }

    [Fact]
    public async Task Any_text_is_a_message_or_a_JsonException()
    {
        CredentialChallenge credential = await _fleet.BeginAsync(_tpm);
        CredentialResponse response = _tpm.Answer(credential);
        await _fleet.Verifier.CompleteEnrollmentAsync(response);
        AttestationChallenge challenge = await _fleet.ChallengeAsync();
        IsReadOrRefused(_request, ProtocolJson.EnrollmentRequest);
        IsReadOrRefused(credential, ProtocolJson.CredentialChallenge);
        IsReadOrRefused(response, ProtocolJson.CredentialResponse);
        IsReadOrRefused(challenge, ProtocolJson.AttestationChallenge);
        IsReadOrRefused(_tpm.Answer(challenge), ProtocolJson.AttestationEvidence);
        IsReadOrRefused((await _fleet.Verifier.CreateChallengeAsync("nobody")).Verdict, ProtocolJson.Verdict);
    }

    private static Gen<byte[]> Bytes(ReadOnlyMemory<byte> right) => Gen.Frequency(
        (4, Gen.Constant(right.ToArray())), (4, HostileBytes.Near(right.ToArray())), (1, HostileBytes.Any), (1, HostileBytes.Asn1), (1, HostileBytes.Long));

    private static void IsReadOrRefused<T>(T right, JsonTypeInfo<T> type)
    {
        byte[] text = JsonSerializer.SerializeToUtf8Bytes(right, type);
        byte[][] pieces = [.. new[] { "{", "}", "[", "]", "[[[[[[[[[[", ":", ",", "null", "1", "-1e999", "\"\"", "\"\\ud800\"", "\"version\":1" }.Select(Encoding.UTF8.GetBytes)];
        Gen<byte[]> nonsense = Gen.Elements(pieces).ListOf().Select(list => list.SelectMany(piece => piece).ToArray());
        Prop.ForAll(Gen.OneOf(HostileBytes.Any, HostileBytes.Long, nonsense, HostileBytes.Near(text), HostileBytes.Near(text)).ToArbitrary(), bytes => BoundedMemory.IsKept(bytes.Length, () =>
        {
            try
            {
                JsonSerializer.Deserialize(bytes, type);
            }
            catch (JsonException)
            {
                // The documented answer.
            }
        })).Check(Checked);
    }

    private static bool IsJudged(long size, Func<Task<Verdict>> judge) => BoundedMemory.IsKept(size, () =>
    {
        Verdict verdict = Now(judge());
        verdict.Findings.Should().NotBeEmpty();
        verdict.Findings.Should().OnlyContain(finding => finding.Detail.Length <= 2048);
    });

    // The stores in memory answer at once: so the task is done, and its memory is this thread's.
    private static T Now<T>(Task<T> task)
    {
        task.IsCompleted.Should().BeTrue();
        return task.GetAwaiter().GetResult();
    }
}
