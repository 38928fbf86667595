using System.Net;
using System.Net.Http.Headers;
using System.Text;
using Fleet.Agent;
using HardwareAttestation.Protocol;

namespace HardwareAttestation.Fleet.Tests.Agent;

public sealed class ServerConnectionTests
{
    private static readonly AttestationEvidence Evidence = new() { ChallengeId = "c", Signature = new byte[4] };

    [Fact]
    public async Task A_node_that_the_server_does_not_know_has_no_challenge()
    {
        ServerConnection server = Answering(HttpStatusCode.NotFound, """{"checks":["device.enrolled"],"detail":"The node has no device."}""");

        (await server.GetChallengeAsync("rack1", CancellationToken.None)).Should().BeNull();
    }

    [Theory]
    [InlineData("")]
    [InlineData("<html>Not found</html>")]
    [InlineData("""{"title":"Not Found","status":404}""")]
    public async Task A_page_that_is_not_found_does_not_make_the_node_unknown(string body)
    {
        ServerFailed failed = await FailAsync<ServerFailed>(Answering(HttpStatusCode.NotFound, body));

        failed.Reason.Should().Contain("404");
    }

    [Fact]
    public async Task A_refusal_is_told_by_all_checks_of_its_verdict()
    {
        Refused refused = await FailAsync<Refused>(Answering(HttpStatusCode.Forbidden, """
            {"type":"urn:hardware-attestation:check:signature.valid","detail":"One.","checks":["signature.valid","quote.nonce"],
             "verdict":{"status":"refused","findings":[
               {"check":"device.active","outcome":"passed","detail":"Fine."},
               {"check":"signature.valid","outcome":"refused","detail":"One."},
               {"check":"quote.nonce","outcome":"refused","detail":"Two."}]}}
            """));

        refused.Refusals.Should().Equal(new Refusal("signature.valid", "One."), new Refusal("quote.nonce", "Two."));
    }

    [Theory]
    [InlineData("""{"checks":["device.active"],"detail":"Retired."}""")]
    [InlineData("""{"checks":["device.active"],"detail":"Retired.","verdict":{"status":"verified","findings":[]}}""")]
    public async Task A_refusal_without_findings_is_told_by_its_first_check(string body)
    {
        (await FailAsync<Refused>(Answering(HttpStatusCode.Forbidden, body))).Refusals.Should().Equal(new Refusal("device.active", "Retired."));
    }

    [Theory]
    [InlineData(HttpStatusCode.Forbidden, "<html>The proxy says no</html>")]
    [InlineData(HttpStatusCode.Forbidden, "{}")]
    [InlineData(HttpStatusCode.Forbidden, """{"checks":[]}""")]
    [InlineData(HttpStatusCode.Forbidden, """{"checks":[null]}""")]
    [InlineData(HttpStatusCode.Forbidden, """{"checks":"device.active"}""")]
    [InlineData(HttpStatusCode.Forbidden, """{"verdict":{"status":"refused"}}""")]
    [InlineData(HttpStatusCode.Forbidden, """{"verdict":{"status":"refused","findings":null}}""")]
    [InlineData(HttpStatusCode.Found, "")]
    [InlineData(HttpStatusCode.Unauthorized, """{"checks":["device.active"]}""")]
    [InlineData(HttpStatusCode.InternalServerError, """{"checks":["device.active"]}""")]
    [InlineData(HttpStatusCode.NoContent, "")]
    public async Task What_is_not_the_verifiers_word_is_the_servers_fault_and_no_refusal(HttpStatusCode status, string body)
    {
        (await FailAsync<ServerFailed>(Answering(status, body))).Reason.Should().Contain(((int)status).ToString(System.Globalization.CultureInfo.InvariantCulture));
    }

    [Theory]
    [InlineData("")]
    [InlineData("null")]
    [InlineData("[]")]
    [InlineData("{}")]
    [InlineData("\0\0\0")]
    [InlineData("{\"version\":1,\"challengeId\":\"a\",\"challengeId\":\"b\"}")]
    [InlineData("{\"version\":1,\"challengeId\":\"a\",\"nodeId\":\"n\",\"nonce\":\"not base64!\",\"expiresAt\":\"2026-01-01T00:00:00Z\"}")]
    public async Task A_garbled_answer_is_the_servers_fault(string body)
    {
        (await FailAsync<ServerFailed>(Answering(HttpStatusCode.OK, body))).Reason.Should().Contain("cannot be understood");
    }

    [Fact]
    public async Task An_answer_that_is_deeper_than_any_message_is_the_servers_fault()
    {
        string body = string.Concat(Enumerable.Repeat("{\"verdict\":", 10_000));

        await FailAsync<ServerFailed>(Answering(HttpStatusCode.OK, body));
        await FailAsync<ServerFailed>(Answering(HttpStatusCode.Forbidden, body));
    }

    [Fact]
    public async Task An_endless_answer_is_given_up_at_the_size_that_no_message_has()
    {
        EndlessStream endless = new();

        await FailAsync<ServerFailed>(Answering(() => new HttpResponseMessage(HttpStatusCode.OK) { Content = new StreamContent(endless) }));

        endless.Given.Should().BeLessThan(4 * ServerHttp.LongestAnswer);
    }

    [Fact]
    public async Task A_verdict_that_refuses_is_a_refusal_whatever_the_status_of_the_answer()
    {
        ServerConnection server = Answering(
            HttpStatusCode.OK, """{"status":"verified","findings":[{"check":"signature.valid","outcome":"refused","detail":"No."}]}""");

        Refused refused = await FailAsync<Refused>(() => server.AttestAsync(Evidence, CancellationToken.None));

        refused.Refusals.Should().Equal(new Refusal("signature.valid", "No."));
    }

    [Fact]
    public async Task A_verdict_without_findings_verifies_nothing()
    {
        ServerConnection server = Answering(HttpStatusCode.OK, """{"status":"verified","findings":[]}""");

        await FailAsync<ServerFailed>(() => server.AttestAsync(Evidence, CancellationToken.None));
    }

    [Fact]
    public async Task Retry_after_is_read_in_seconds()
    {
        ServerFailed failed = await FailAsync<ServerFailed>(Busy(new RetryConditionHeaderValue(TimeSpan.FromSeconds(7)), new InstantTime()));

        failed.RetryAfter.Should().Be(TimeSpan.FromSeconds(7));
        failed.Reason.Should().Contain("429").And.Contain("Too many.");
    }

    [Fact]
    public async Task Retry_after_is_read_as_a_date()
    {
        InstantTime time = new();

        (await FailAsync<ServerFailed>(Busy(new RetryConditionHeaderValue(time.GetUtcNow().AddSeconds(9)), time))).RetryAfter.Should().Be(TimeSpan.FromSeconds(9));
        (await FailAsync<ServerFailed>(Busy(new RetryConditionHeaderValue(time.GetUtcNow().AddSeconds(-9)), time))).RetryAfter.Should().BeNull();
    }

    [Fact]
    public async Task What_the_server_says_is_one_short_line_of_the_log()
    {
        string detail = "a\\n<3>forged line\\u001b[31m" + new string('x', 100_000);

        Refused refused = await FailAsync<Refused>(Answering(HttpStatusCode.Forbidden, $$"""{"checks":["c"],"detail":"{{detail}}"}"""));

        refused.Refusals[0].Detail.Should().NotContainAny("\n", "\u001b").And.StartWith("a <3>forged line [31mxxx");
        refused.Refusals[0].Detail.Length.Should().BeLessThan(1000);
    }

    [Fact]
    public async Task A_server_that_is_not_there_is_told_as_such()
    {
        ServerFailed failed = await FailAsync<ServerFailed>(Answering(() => throw new HttpRequestException("Connection refused (localhost:1)")));

        failed.Reason.Should().Be("Connection refused (localhost:1)");
    }

    [Theory]
    [InlineData("https://fleet.example", "https://fleet.example/v1/challenges")]
    [InlineData("https://fleet.example/", "https://fleet.example/v1/challenges")]
    [InlineData("https://example/fleet", "https://example/fleet/v1/challenges")]
    public async Task The_calls_are_below_the_servers_address(string server, string called)
    {
        AnsweringHandler handler = new(() => new HttpResponseMessage(HttpStatusCode.NotFound));
        ServerConnection connection = new(ServerHttp.Create(new Uri(server), handler), TimeProvider.System);

        await FailAsync<ServerFailed>(connection);

        handler.Asked.Should().Equal(new Uri(called));
    }

    private static ServerConnection Answering(HttpStatusCode status, string body) => Answering(() => new HttpResponseMessage(status)
    {
        Content = new ByteArrayContent(Encoding.UTF8.GetBytes(body)),
    });

    private static ServerConnection Answering(Func<HttpResponseMessage> answer, TimeProvider? time = null) =>
        new(ServerHttp.Create(new Uri("http://fleet.example"), new AnsweringHandler(answer)), time ?? TimeProvider.System);

    private static ServerConnection Busy(RetryConditionHeaderValue retryAfter, TimeProvider time) => Answering(
        () =>
        {
            HttpResponseMessage answer = new(HttpStatusCode.TooManyRequests)
            {
                Content = new StringContent("""{"checks":["challenge.capacity"],"detail":"Too many."}"""),
            };
            answer.Headers.RetryAfter = retryAfter;
            return answer;
        },
        time);

    private static Task<TOutcome> FailAsync<TOutcome>(ServerConnection server)
        where TOutcome : Outcome => FailAsync<TOutcome>(() => server.GetChallengeAsync("rack1", CancellationToken.None));

    private static async Task<TOutcome> FailAsync<TOutcome>(Func<Task> call)
        where TOutcome : Outcome =>
        (await call.Should().ThrowAsync<RoundEndedException>()).Which.Outcome.Should().BeOfType<TOutcome>().Which;
}
