using System.Net;
using System.Text.Json;

namespace HardwareAttestation.Fleet.Tests.Server;

/// <summary>What operators decide, and what becomes of machines by it.</summary>
public sealed class DecisionTests
{
    private const string Node = "rack1-node7";

    public static TheoryData<string> Kinds => TestDatabase.Kinds;

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task A_device_is_retired_reinstated_revoked_and_removed(string kind)
    {
        await using TestDatabase database = await TestDatabase.CreateAsync(kind);
        TestServer server = await database.StartServerAsync();
        await using HttpAgent agent = await HttpAgent.StartAsync();
        (await agent.EnrollAsync(server.Anybody, Node)).ShouldBeVerified();
        (await agent.AttestAsync(server.Anybody, Node)).ShouldBeVerified();

        JsonElement retired = await DecideAsync(server, "retire", """{"reason":"moved to the cellar"}""");
        retired.GetProperty("state").GetString().Should().Be("retired");
        retired.GetProperty("statusReason").GetString().Should().Be("moved to the cellar");
        (await agent.AttestAsync(server.Anybody, Node)).ShouldBeRefusedBy(HttpStatusCode.Forbidden, "device.active");

        (await DecideAsync(server, "reinstate")).GetProperty("statusReason").ValueKind.Should().Be(JsonValueKind.Null);
        (await agent.AttestAsync(server.Anybody, Node)).ShouldBeVerified();
        (await server.StateOfAsync(Node)).Should().Be("attested");

        (await PostAsync(server, "revoke", "{}")).ShouldBeProblem(HttpStatusCode.BadRequest, "urn:hardware-attestation:problem:malformed");
        (await DecideAsync(server, "revoke", """{"reason":"stolen"}""")).GetProperty("state").GetString().Should().Be("revoked");
        (await agent.AttestAsync(server.Anybody, Node)).ShouldBeRefusedBy(HttpStatusCode.Forbidden, "device.active");
        (await PostAsync(server, "reinstate")).ShouldBeProblem(HttpStatusCode.Conflict, "urn:hardware-attestation:problem:revoked");

        // Whoever did not know that it was revoked meanwhile does not take that back.
        (await RemoveAsync(server)).ShouldBeProblem(HttpStatusCode.Conflict, "urn:hardware-attestation:problem:revoked");
        (await server.StateOfAsync(Node)).Should().Be("revoked");
        Answer removed = await RemoveAsync(server, "?revoked=true");
        removed.ShouldBe(HttpStatusCode.NoContent);
        (await RemoveAsync(server)).ShouldBeProblem(HttpStatusCode.NotFound, "urn:hardware-attestation:problem:no-device");
        (await Answer.GetAsync(server.Operator, $"/v1/devices/{Node}")).ShouldBeProblem(HttpStatusCode.NotFound, "urn:hardware-attestation:problem:no-device");
        (await agent.EnrollAsync(server.Anybody, Node)).ShouldBeVerified();
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task A_node_is_enrolled_anew_only_as_an_operator_allows(string kind)
    {
        await using TestDatabase database = await TestDatabase.CreateAsync(kind);
        TestServer server = await database.StartServerAsync();
        await using HttpAgent agent = await HttpAgent.StartAsync();
        await using HttpAgent other = await HttpAgent.StartOtherAsync();
        (await agent.EnrollAsync(server.Anybody, Node)).ShouldBeVerified();

        await DecideAsync(server, "allow-reenrollment");
        (await server.DeviceAsync(Node)).GetProperty("grant").GetProperty("kind").GetString().Should().Be("sameEndorsementKey");
        (await other.EnrollAsync(server.Anybody, Node)).ShouldBeRefusedBy(HttpStatusCode.Forbidden, "enrollment.node-free");
        (await agent.EnrollAsync(server.Anybody, Node)).ShouldBeVerified();
        (await agent.EnrollAsync(server.Anybody, Node)).ShouldBeRefusedBy(HttpStatusCode.Forbidden, "enrollment.node-free", "enrollment.ek-free");

        await DecideAsync(server, "allow-replacement", """{"hours":2}""");
        await DecideAsync(server, "withdraw-grant");
        (await other.EnrollAsync(server.Anybody, Node)).ShouldBeRefusedBy(HttpStatusCode.Forbidden, "enrollment.node-free");

        await DecideAsync(server, "allow-replacement", """{"hours":2}""");
        (await server.DeviceAsync(Node)).GetProperty("grant").GetProperty("kind").GetString().Should().Be("anyEndorsementKey");
        (await other.EnrollAsync(server.Anybody, Node)).ShouldBeVerified();
        (await other.AttestAsync(server.Anybody, Node)).ShouldBeVerified();
        (await agent.AttestAsync(server.Anybody, Node)).Status.Should().Be(HttpStatusCode.Forbidden);
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task Counts_are_kept_for_a_while_and_an_operators_own_decisions_are_seen_in_them_at_once(string kind)
    {
        await using TestDatabase database = await TestDatabase.CreateAsync(kind);
        TestServer server = await database.StartServerAsync("--Fleet:SummaryLifetime=00:10:00");
        await using HttpAgent agent = await HttpAgent.StartAsync();
        (await CountAsync(server)).Should().Be("0 0 0");
        (await agent.EnrollAsync(server.Anybody, Node)).ShouldBeVerified();
        (await CountAsync(server)).Should().Be("0 0 0", "what machines do is counted in a while");

        await DecideAsync(server, "retire");
        (await CountAsync(server)).Should().Be("1 1 0");
        await DecideAsync(server, "revoke", """{"reason":"stolen"}""");
        (await CountAsync(server)).Should().Be("1 0 1");
        (await RemoveAsync(server, "?revoked=true")).ShouldBe(HttpStatusCode.NoContent);
        (await CountAsync(server)).Should().Be("0 0 0");
    }

    [Fact]
    public async Task Decisions_that_make_no_sense_are_refused()
    {
        await using TestServer server = await TestServer.StartAsync();

        foreach (string decision in (string[])["retire", "reinstate", "allow-reenrollment", "allow-replacement", "withdraw-grant"])
        {
            (await PostAsync(server, decision)).ShouldBeProblem(HttpStatusCode.NotFound, "urn:hardware-attestation:problem:no-device");
        }

        string longReason = JsonSerializer.Serialize(new { reason = new string('x', 513) });
        foreach ((string decision, string? body) in new[]
        {
            ("retire", longReason), ("revoke", longReason), ("retire", """{"reason":"\u0000"}"""), ("revoke", """{"reason":" "}"""), ("retire", "[]"),
            ("allow-replacement", """{"hours":0}"""), ("allow-replacement", """{"hours":721}"""), ("allow-reenrollment", """{"hours":"1"}"""),
        })
        {
            (await PostAsync(server, decision, body)).ShouldBeProblem(HttpStatusCode.BadRequest, "urn:hardware-attestation:problem:malformed");
        }
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task Devices_are_listed_a_page_at_a_time(string kind)
    {
        await using TestDatabase database = await TestDatabase.CreateAsync(kind);
        TestServer server = await database.StartServerAsync();
        await using HttpAgent agent = await HttpAgent.StartAsync();
        await using HttpAgent other = await HttpAgent.StartOtherAsync();
        (await agent.EnrollAsync(server.Anybody, "a1")).ShouldBeVerified();
        (await other.EnrollAsync(server.Anybody, "a2")).ShouldBeVerified();
        (await other.AttestAsync(server.Anybody, "a2")).ShouldBeVerified();

        (await ListAsync(server, "limit=1")).Should().Be("a1 next a1");
        (await ListAsync(server, "limit=1&after=a1")).Should().Be("a2");
        (await ListAsync(server, "prefix=a")).Should().Be("a1 a2");
        (await ListAsync(server, "prefix=b")).Should().BeEmpty();
        (await ListAsync(server, "state=attested")).Should().Be("a2");
        (await ListAsync(server, "state=overdue")).Should().Be("a1");
        foreach (string query in (string[])["limit=0", "limit=501", "limit=many", "state=lost", "state=1", $"prefix={new string('a', 129)}", "prefix=%00", "after=a%00"])
        {
            (await Answer.GetAsync(server.Operator, $"/v1/devices?{query}")).ShouldBeProblem(HttpStatusCode.BadRequest, "urn:hardware-attestation:problem:malformed");
        }
    }

    private static async Task<string> CountAsync(TestServer server)
    {
        JsonElement fleet = (await Answer.GetAsync(server.Operator, "/v1/fleet")).Json;
        return $"{fleet.GetProperty("total")} {fleet.GetProperty("retired")} {fleet.GetProperty("revoked")}";
    }

    private static Task<Answer> PostAsync(TestServer server, string decision, string? json = null) =>
        Answer.PostAsync(server.Operator, $"/v1/devices/{Node}/{decision}", json);

    private static Task<Answer> RemoveAsync(TestServer server, string query = "") =>
        Answer.SendAsync(server.Operator, new HttpRequestMessage(HttpMethod.Delete, $"/v1/devices/{Node}{query}"));

    private static async Task<JsonElement> DecideAsync(TestServer server, string decision, string? json = null)
    {
        Answer answer = await PostAsync(server, decision, json);
        answer.ShouldBe(HttpStatusCode.OK);
        answer.Json.GetProperty("nodeId").GetString().Should().Be(Node);
        return answer.Json;
    }

    private static async Task<string> ListAsync(TestServer server, string query)
    {
        JsonElement list = (await Answer.GetAsync(server.Operator, $"/v1/devices?{query}")).Json;
        IEnumerable<string?> nodes = list.GetProperty("devices").EnumerateArray().Select(device => device.GetProperty("nodeId").GetString());
        return string.Join(' ', list.GetProperty("next").GetString() is { } next ? [.. nodes, "next", next] : nodes);
    }
}
