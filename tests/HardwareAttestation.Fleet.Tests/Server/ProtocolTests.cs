using System.Net;
using System.Text.Json;
using HardwareAttestation.Protocol;

namespace HardwareAttestation.Fleet.Tests.Server;

/// <summary>Machines with emulated TPMs against a server over HTTP.</summary>
public sealed class ProtocolTests
{
    private const string Node = "rack1-node7";

    public static TheoryData<string> Kinds => TestDatabase.Kinds;

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task A_machine_is_enrolled_and_attests_at_every_boot(string kind)
    {
        await using TestDatabase database = await TestDatabase.CreateAsync(kind);
        TestServer server = await database.StartServerAsync();
        await using HttpAgent agent = await HttpAgent.StartAsync();

        (await Answer.ChallengeAsync(server.Anybody, Node)).ShouldBeRefusedBy(HttpStatusCode.NotFound, "device.enrolled");
        (await agent.EnrollAsync(server.Anybody, Node)).ShouldBeVerified();
        (await server.StateOfAsync(Node)).Should().Be("overdue");
        (await agent.AttestAsync(server.Anybody, Node)).ShouldBeVerified();
        (await agent.AttestAsync(server.Anybody, Node)).ShouldBeVerified();
        await agent.RebootAsync();
        (await agent.AttestAsync(server.Anybody, Node)).ShouldBeVerified();

        JsonElement device = await server.DeviceAsync(Node);
        device.GetProperty("state").GetString().Should().Be("attested");
        device.GetProperty("trustedOnFirstUse").GetBoolean().Should().BeFalse();
        device.GetProperty("endorsementKeyId").GetString().Should().MatchRegex("^[0-9a-f]{64}$");
        device.GetProperty("attestationKeyName").GetString().Should().MatchRegex("^000b[0-9a-f]{64}$");
        device.GetProperty("grant").ValueKind.Should().Be(JsonValueKind.Null);
        JsonElement certificate = device.GetProperty("certificate");
        certificate.GetProperty("trustClass").GetString().Should().Be("softwareEmulator");
        certificate.GetProperty("model").GetString().Should().Be("swtpm");
        certificate.GetProperty("chain").GetArrayLength().Should().Be(3);
        certificate.GetProperty("verdict").Deserialize(ProtocolJson.Verdict)!.IsVerified.Should().BeTrue();

        JsonElement boots = (await Answer.GetAsync(server.Operator, $"/v1/devices/{Node}/boots")).Json.GetProperty("boots");
        boots.EnumerateArray().Select(boot => boot.GetProperty("attestations").GetInt64()).Should().Equal(1, 2);
        boots[0].GetProperty("resetCount").GetUInt32().Should().Be(boots[1].GetProperty("resetCount").GetUInt32() + 1);
        JsonElement fleet = (await Answer.GetAsync(server.Operator, "/v1/fleet")).Json;
        fleet.GetProperty("total").GetInt64().Should().Be(1);
        fleet.GetProperty("attested").GetInt64().Should().Be(1);
        (await RefusalsAsync(server)).Should().BeEmpty();
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task A_machine_with_another_TPM_does_not_get_a_taken_name_and_the_attempt_is_on_record_beside_the_devices_state(string kind)
    {
        await using TestDatabase database = await TestDatabase.CreateAsync(kind);
        TestServer server = await database.StartServerAsync();
        await using HttpAgent agent = await HttpAgent.StartAsync();
        await using HttpAgent clone = await HttpAgent.StartOtherAsync();
        (await agent.EnrollAsync(server.Anybody, Node)).ShouldBeVerified();
        (await agent.AttestAsync(server.Anybody, Node)).ShouldBeVerified();

        (await clone.EnrollAsync(server.Anybody, Node)).ShouldBeRefusedBy(HttpStatusCode.Forbidden, "enrollment.node-free");

        JsonElement device = await server.DeviceAsync(Node);
        device.GetProperty("state").GetString().Should().Be("attested", "anybody can have something refused in a node's name");
        device.GetProperty("lastRefusedAt").ValueKind.Should().Be(JsonValueKind.Null);
        JsonElement attempts = device.GetProperty("refusedAttempts");
        attempts.GetProperty("count").GetInt64().Should().Be(1);
        attempts.GetProperty("source").GetString().Should().Be("127.0.0.1");
        JsonElement refusal = (await RefusalsAsync(server)).Should().ContainSingle().Subject;
        refusal.GetProperty("nodeId").GetString().Should().Be(Node);
        refusal.GetProperty("step").GetString().Should().Be("enrollment");
        refusal.GetProperty("check").GetString().Should().Be("enrollment.node-free");
        refusal.GetProperty("source").GetString().Should().Be("127.0.0.1");
        refusal.GetProperty("count").GetInt64().Should().Be(1);
        refusal.GetProperty("signed").GetBoolean().Should().BeFalse();
        refusal.TryGetProperty("network", out _).Should().BeFalse();
        (await agent.AttestAsync(server.Anybody, Node)).ShouldBeVerified();
        (await server.StateOfAsync(Node)).Should().Be("attested");
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task A_TPM_is_enrolled_under_one_name_only(string kind)
    {
        await using TestDatabase database = await TestDatabase.CreateAsync(kind);
        TestServer server = await database.StartServerAsync();
        await using HttpAgent agent = await HttpAgent.StartAsync();
        (await agent.EnrollAsync(server.Anybody, Node)).ShouldBeVerified();

        (await agent.EnrollAsync(server.Anybody, "rack1-node8")).ShouldBeRefusedBy(HttpStatusCode.Forbidden, "enrollment.ek-free");
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task Another_TPMs_answer_to_a_nodes_challenge_is_refused_and_put_down_to_the_node(string kind)
    {
        await using TestDatabase database = await TestDatabase.CreateAsync(kind);
        TestServer server = await database.StartServerAsync();
        await using HttpAgent agent = await HttpAgent.StartAsync();
        await using HttpAgent other = await HttpAgent.StartOtherAsync();
        (await agent.EnrollAsync(server.Anybody, Node)).ShouldBeVerified();
        (await other.EnrollAsync(server.Anybody, "rack1-node8")).ShouldBeVerified();
        AttestationChallenge challenge = (await Answer.ChallengeAsync(server.Anybody, Node)).Read(ProtocolJson.AttestationChallenge);

        Answer answer = await HttpAgent.SendAsync(server.Anybody, await other.RespondAsync(challenge));

        answer.ShouldBeRefusedBy(HttpStatusCode.Forbidden, "signature.valid");
        JsonElement refusal = (await RefusalsAsync(server)).Should().ContainSingle().Subject;
        refusal.GetProperty("nodeId").GetString().Should().Be(Node);
        refusal.GetProperty("step").GetString().Should().Be("evidence");
        (await server.StateOfAsync(Node)).Should().Be("overdue", "the node itself has signed nothing that was refused");
        (await server.StateOfAsync("rack1-node8")).Should().Be("overdue");
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task A_device_whose_own_signed_answer_is_refused_is_shown_as_refused(string kind)
    {
        await using TestDatabase database = await TestDatabase.CreateAsync(kind);
        TestServer server = await database.StartServerAsync();
        await using HttpAgent agent = await HttpAgent.StartAsync();
        (await agent.EnrollAsync(server.Anybody, Node)).ShouldBeVerified();
        await agent.RebootAsync();
        (await agent.AttestAsync(server.Anybody, Node)).ShouldBeVerified();

        // The same TPM as it was before, as after a snapshot of a virtual machine.
        await using HttpAgent snapshot = await HttpAgent.StartAsync();
        snapshot.Take(agent);
        (await snapshot.AttestAsync(server.Anybody, Node)).ShouldBeRefusedBy(HttpStatusCode.Forbidden, "quote.clock");

        JsonElement device = await server.DeviceAsync(Node);
        device.GetProperty("state").GetString().Should().Be("refused");
        device.GetProperty("lastRefusedAt").ValueKind.Should().Be(JsonValueKind.String);
        device.GetProperty("refusedAttempts").ValueKind.Should().Be(JsonValueKind.Null);
        (await RefusalsAsync(server)).Should().ContainSingle().Which.GetProperty("signed").GetBoolean().Should().BeTrue();
        (await agent.AttestAsync(server.Anybody, Node)).ShouldBeVerified();
        (await server.StateOfAsync(Node)).Should().Be("attested");
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task A_recording_of_a_devices_answer_is_no_word_of_its_own(string kind)
    {
        await using TestDatabase database = await TestDatabase.CreateAsync(kind);
        TestServer server = await database.StartServerAsync();
        await using HttpAgent agent = await HttpAgent.StartAsync();
        (await agent.EnrollAsync(server.Anybody, Node)).ShouldBeVerified();
        Answer offer = await Answer.ChallengeAsync(server.Anybody, Node);
        AttestationEvidence recorded = await agent.RespondAsync(offer.Read(ProtocolJson.AttestationChallenge));
        (await HttpAgent.SendAsync(server.Anybody, recorded)).ShouldBeVerified();
        AttestationChallenge challenge = (await Answer.ChallengeAsync(server.Anybody, Node)).Read(ProtocolJson.AttestationChallenge);

        Answer answer = await HttpAgent.SendAsync(server.Anybody, new AttestationEvidence
        {
            ChallengeId = challenge.ChallengeId,
            Attest = recorded.Attest,
            Signature = recorded.Signature,
            PcrValues = recorded.PcrValues,
        });

        answer.ShouldBeRefusedBy(HttpStatusCode.Forbidden, "quote.nonce");
        (await server.StateOfAsync(Node)).Should().Be("attested");
        (await RefusalsAsync(server)).Should().ContainSingle().Which.GetProperty("signed").GetBoolean().Should().BeFalse();
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task A_challenge_is_answered_once_and_at_any_server(string kind)
    {
        await using TestDatabase database = await TestDatabase.CreateAsync(kind);
        TestServer first = await database.StartServerAsync();
        TestServer second = await database.StartServerAsync();
        await using HttpAgent agent = await HttpAgent.StartAsync();
        (_, CredentialResponse? response) = await agent.BeginAsync(first.Anybody, Node);
        (await Answer.PostAsync(second.Anybody, "/v1/enrollments/complete", response!, ProtocolJson.CredentialResponse)).ShouldBeVerified();

        for (int round = 0; round < 5; round++)
        {
            Answer offer = await Answer.ChallengeAsync(first.Anybody, Node);
            AttestationEvidence evidence = await agent.RespondAsync(offer.Read(ProtocolJson.AttestationChallenge));

            Answer[] answers = await Task.WhenAll(HttpAgent.SendAsync(first.Anybody, evidence), HttpAgent.SendAsync(second.Anybody, evidence));

            answers.Should().ContainSingle(answer => answer.Status == HttpStatusCode.OK);
            answers.Single(answer => answer.Status != HttpStatusCode.OK).ShouldBeRefusedBy(HttpStatusCode.Forbidden, "challenge.known");
        }
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task What_was_acknowledged_is_there_after_the_server_was_killed(string kind)
    {
        await using TestDatabase database = await TestDatabase.CreateAsync(kind);
        TestServer killed = await database.StartServerAsync();
        await using HttpAgent agent = await HttpAgent.StartAsync();
        (await agent.EnrollAsync(killed.Anybody, Node)).ShouldBeVerified();
        await killed.Process.KillAsync();

        TestServer server = await database.StartServerAsync();

        (await agent.AttestAsync(server.Anybody, Node)).ShouldBeVerified();
    }

    private static async Task<JsonElement[]> RefusalsAsync(TestServer server) =>
        [.. (await Answer.GetAsync(server.Operator, "/v1/refusals")).Json.GetProperty("refusals").EnumerateArray()];
}
