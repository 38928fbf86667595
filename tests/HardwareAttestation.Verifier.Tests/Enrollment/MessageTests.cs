using System.Text;
using System.Text.Json;
using HardwareAttestation.Protocol;

namespace HardwareAttestation.Verifier.Tests.Enrollment;

/// <summary>Messages that name the wrong challenge, version or node, or leave fields out.</summary>
public sealed class MessageTests : IDisposable
{
    private readonly SoftwareFleet _fleet = new();

    public static TheoryData<string> HostileNames =>
    [
        "", " ", "-node", ".node", "_node", "..", "a/b", "../../etc/passwd", "node\n", "node\0", "a b", "nöde", "node;drop", "<b>", "%00",
        "a\u202Eb", "\ud800", new string('a', 129), new string('a', 1024 * 1024),
    ];

    public static TheoryData<string?> UnknownChallenges =>
        [null, "", " ", "unknown", "../x", "\0", "\ud800", new string('A', 22), new string('A', 64), new string('A', 65), new string('A', 1024 * 1024)];

    public void Dispose() => _fleet.Dispose();

    [Theory]
    [MemberData(nameof(HostileNames))]
    public async Task A_node_with_a_hostile_name_is_refused(string node)
    {
        (await _fleet.Verifier.BeginEnrollmentAsync(_fleet.CreateTpm().Ask(node))).Verdict.ShouldBeRefusedBy(CheckIds.EnrollmentNode);
        (await _fleet.Verifier.CreateChallengeAsync(node)).Verdict.ShouldBeRefusedBy(CheckIds.EnrollmentNode, CheckIds.DeviceEnrolled);
    }

    [Theory]
    [InlineData("a")]
    [InlineData("7")]
    [InlineData("rack-1.node_7:eu-west")]
    [InlineData("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")]
    public async Task A_node_with_a_usual_name_is_enrolled_and_attested(string node)
    {
        SoftwareTpm tpm = await _fleet.EnrollAsync(node);

        (await _fleet.Verifier.VerifyAsync(tpm.Answer(await _fleet.ChallengeAsync(node)))).Verdict.ShouldBeVerified();
    }

    [Theory]
    [MemberData(nameof(UnknownChallenges))]
    public async Task A_challenge_that_was_not_issued_is_refused(string? challengeId)
    {
        await _fleet.EnrollAsync();
        string check = challengeId is { Length: > 0 and <= 64 } ? CheckIds.ChallengeKnown : CheckIds.MessageForm;

        (await CompleteAsync(challengeId!)).ShouldBeRefusedBy(check);
        (await VerifyAsync(challengeId!)).ShouldBeRefusedBy(check);
    }

    [Fact]
    public async Task An_enrolment_challenge_answered_as_attestation_and_the_reverse_are_refused_and_burnt()
    {
        SoftwareTpm tpm = await _fleet.EnrollAsync();
        SoftwareTpm other = _fleet.CreateTpm();
        CredentialChallenge credential = await _fleet.BeginAsync(other, "node2");
        AttestationChallenge boot = await _fleet.ChallengeAsync();

        (await VerifyAsync(credential.ChallengeId)).ShouldBeRefusedBy(CheckIds.ChallengeKnown);
        (await CompleteAsync(boot.ChallengeId)).ShouldBeRefusedBy(CheckIds.ChallengeKnown);
        (await _fleet.Verifier.CompleteEnrollmentAsync(other.Answer(credential))).Verdict.ShouldBeRefusedBy(CheckIds.ChallengeKnown);
        (await _fleet.Verifier.VerifyAsync(tpm.Answer(boot))).Verdict.ShouldBeRefusedBy(CheckIds.ChallengeKnown);
    }

    // A store may forget expired challenges late: the verifier looks at the time itself.
    [Fact]
    public async Task An_expired_challenge_that_the_store_still_has_is_refused()
    {
        using SoftwareFleet fleet = new(challenges: new InMemoryChallengeStore(timeProvider: new ManualTimeProvider()));
        SoftwareTpm tpm = await fleet.EnrollAsync();
        SoftwareTpm other = fleet.CreateTpm();
        AttestationEvidence evidence = tpm.Answer(await fleet.ChallengeAsync());
        CredentialResponse response = other.Answer(await fleet.BeginAsync(other, "node2"), "node2");

        fleet.Time.Advance(TimeSpan.FromMinutes(5));

        (await fleet.Verifier.VerifyAsync(evidence)).Verdict.ShouldBeRefusedBy(CheckIds.ChallengeFresh);
        (await fleet.Verifier.CompleteEnrollmentAsync(response)).Verdict.ShouldBeRefusedBy(CheckIds.ChallengeFresh);
    }

    [Fact]
    public async Task A40_FullStore_IsSaidInTheVerdict()
    {
        using SoftwareFleet fleet = new(challenges: new InMemoryChallengeStore(1, InMemoryChallengeStore.DefaultCapacityPerSource, new ManualTimeProvider()));
        await fleet.EnrollAsync();
        await fleet.ChallengeAsync();

        EnrollmentOffer offer = await fleet.Verifier.BeginEnrollmentAsync(fleet.CreateTpm().Ask("node2"));

        offer.Verdict.ShouldBeRefusedBy(CheckIds.ChallengeCapacity);
        offer.Challenge.Should().BeNull();
    }

    [Theory]
    [InlineData(0)]
    [InlineData(2)]
    [InlineData(-1)]
    [InlineData(int.MaxValue)]
    public async Task Another_version_of_the_protocol_is_refused_and_leaves_the_challenge(int version)
    {
        SoftwareTpm tpm = _fleet.CreateTpm();
        EnrollmentRequest request = tpm.Ask(SoftwareFleet.Node);
        CredentialResponse response = tpm.Answer(await _fleet.BeginAsync(tpm));

        (await _fleet.Verifier.BeginEnrollmentAsync(new EnrollmentRequest
        {
            Version = version,
            NodeId = request.NodeId,
            EndorsementCertificate = request.EndorsementCertificate,
            EndorsementPublic = request.EndorsementPublic,
            AttestationPublic = request.AttestationPublic,
        })).Verdict.ShouldBeRefusedBy(CheckIds.MessageVersion);
        (await _fleet.Verifier.CompleteEnrollmentAsync(new CredentialResponse
        {
            Version = version, ChallengeId = response.ChallengeId, Proof = response.Proof,
        })).Verdict.ShouldBeRefusedBy(CheckIds.MessageVersion);
        (await _fleet.Verifier.CompleteEnrollmentAsync(response)).Verdict.ShouldBeVerified();

        AttestationEvidence evidence = tpm.Answer(await _fleet.ChallengeAsync());
        (await _fleet.Verifier.VerifyAsync(new AttestationEvidence
        {
            Version = version,
            ChallengeId = evidence.ChallengeId,
            Attest = evidence.Attest,
            Signature = evidence.Signature,
            PcrValues = evidence.PcrValues,
        })).Verdict.ShouldBeRefusedBy(CheckIds.MessageVersion);
        (await _fleet.Verifier.VerifyAsync(evidence)).Verdict.ShouldBeVerified();
    }

    // A server that reads JSON with serializer options of its own may hand over nulls that the project's own context refuses.
    [Fact]
    public async Task Null_fields_of_a_lenient_JSON_reader_are_refused()
    {
        JsonSerializerOptions lenient = new(JsonSerializerDefaults.Web);
        await _fleet.EnrollAsync();
        AttestationChallenge challenge = await _fleet.ChallengeAsync();
        string id = JsonSerializer.Serialize(challenge.ChallengeId);

        (await _fleet.Verifier.BeginEnrollmentAsync(JsonSerializer.Deserialize<EnrollmentRequest>(
            """{"version":1,"nodeId":null,"endorsementPublic":"","attestationPublic":""}""", lenient)!)).Verdict.ShouldBeRefusedBy(CheckIds.EnrollmentNode);
        (await _fleet.Verifier.BeginEnrollmentAsync(JsonSerializer.Deserialize<EnrollmentRequest>(
            """{"version":1,"nodeId":"a","endorsementPublic":"","attestationPublic":""}""", lenient)!)).Verdict.ShouldBeRefusedBy(
            CheckIds.EkPublicForm, CheckIds.AkPublicForm);
        (await _fleet.Verifier.CompleteEnrollmentAsync(JsonSerializer.Deserialize<CredentialResponse>(
            """{"version":1,"challengeId":null,"proof":""}""", lenient)!)).Verdict.ShouldBeRefusedBy(CheckIds.MessageForm);
        (await _fleet.Verifier.VerifyAsync(JsonSerializer.Deserialize<AttestationEvidence>(
            """{"version":1,"challengeId":null,"signature":"","pcrValues":null}""", lenient)!)).Verdict.ShouldBeRefusedBy(CheckIds.MessageForm);
        (await _fleet.Verifier.VerifyAsync(JsonSerializer.Deserialize<AttestationEvidence>(
            $$"""{"version":1,"challengeId":{{id}},"signature":"","pcrValues":null}""", lenient)!)).Verdict.ShouldBeRefusedBy(CheckIds.EvidenceForm);
    }

    [Theory]
    [InlineData("null")]
    [InlineData("[null]")]
    [InlineData("[null,null,null,null,null,null,null,null]")]
    public async Task Null_PCR_values_beside_a_right_quote_are_refused(string values)
    {
        SoftwareTpm tpm = await _fleet.EnrollAsync();
        AttestationEvidence right = tpm.Answer(await _fleet.ChallengeAsync());
        string json = $$"""
            {"version":1,"challengeId":"{{right.ChallengeId}}","attest":"{{Convert.ToBase64String(right.Attest.Span)}}",
            "signature":"{{Convert.ToBase64String(right.Signature.Span)}}","pcrValues":{{values}}}
            """;
        AttestationEvidence evidence = JsonSerializer.Deserialize<AttestationEvidence>(json, new JsonSerializerOptions(JsonSerializerDefaults.Web))!;

        AttestationResult result = await _fleet.Verifier.VerifyAsync(evidence);

        result.Verdict.ShouldBeRefusedBy(CheckIds.QuotePcrDigest);
        result.PcrValues.Should().BeEmpty();
    }

    [Fact]
    public async Task Every_message_goes_through_JSON_unchanged()
    {
        SoftwareTpm tpm = _fleet.CreateTpm();
        EnrollmentOffer offer = await _fleet.Verifier.BeginEnrollmentAsync(
            Through(tpm.Ask(SoftwareFleet.Node), ProtocolJson.EnrollmentRequest));
        CredentialChallenge credential = Through(offer.Challenge!, ProtocolJson.CredentialChallenge);
        (await _fleet.Verifier.CompleteEnrollmentAsync(Through(tpm.Answer(credential), ProtocolJson.CredentialResponse)))
            .Verdict.ShouldBeVerified();
        AttestationChallenge challenge = Through(await _fleet.ChallengeAsync(), ProtocolJson.AttestationChallenge);
        (await _fleet.Verifier.VerifyAsync(Through(tpm.Answer(challenge), ProtocolJson.AttestationEvidence))).Verdict.ShouldBeVerified();
    }

    [Fact]
    public async Task A_message_that_is_missing_altogether_is_misuse()
    {
        await _fleet.Verifier.Invoking(verifier => verifier.BeginEnrollmentAsync(null!)).Should().ThrowAsync<ArgumentNullException>();
        await _fleet.Verifier.Invoking(verifier => verifier.CompleteEnrollmentAsync(null!)).Should().ThrowAsync<ArgumentNullException>();
        await _fleet.Verifier.Invoking(verifier => verifier.CreateChallengeAsync(null!)).Should().ThrowAsync<ArgumentNullException>();
        await _fleet.Verifier.Invoking(verifier => verifier.VerifyAsync(null!)).Should().ThrowAsync<ArgumentNullException>();
    }

    private static T Through<T>(T message, System.Text.Json.Serialization.Metadata.JsonTypeInfo<T> type)
    {
        byte[] json = JsonSerializer.SerializeToUtf8Bytes(message, type);
        T read = JsonSerializer.Deserialize(json, type)!;
        Encoding.UTF8.GetString(JsonSerializer.SerializeToUtf8Bytes(read, type)).Should().Be(Encoding.UTF8.GetString(json));
        return read;
    }

    private async Task<Verdict> CompleteAsync(string challengeId) =>
        (await _fleet.Verifier.CompleteEnrollmentAsync(new CredentialResponse { ChallengeId = challengeId, Proof = new byte[32] })).Verdict;

    private async Task<Verdict> VerifyAsync(string challengeId) =>
        (await _fleet.Verifier.VerifyAsync(new AttestationEvidence { ChallengeId = challengeId, Signature = new byte[64] })).Verdict;
}
