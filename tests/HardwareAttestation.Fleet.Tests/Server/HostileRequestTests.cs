using System.Diagnostics;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Text;

namespace HardwareAttestation.Fleet.Tests.Server;

/// <summary>Requests that are not what they should be: each gets a problem that says so, and the server goes on.</summary>
public sealed class HostileRequestTests
{
    private const string Kind = "urn:hardware-attestation:problem:";

    [Theory]
    [InlineData("/v1/enrollments", "")]
    [InlineData("/v1/enrollments", "null")]
    [InlineData("/v1/enrollments", "{}")]
    [InlineData("/v1/enrollments/complete", """{"version":1,"challengeId":"a","proof":"not base64"}""")]
    [InlineData("/v1/enrollments/complete", """{"version":1,"challengeId":"a","proof":""")]
    [InlineData("/v1/challenges", """{"nodeId":null}""")]
    [InlineData("/v1/challenges", """{"nodeId":"a","nodeId":"b"}""")]
    [InlineData("/v1/challenges", """{"nodeId":7}""")]
    [InlineData("/v1/evidence", """{"version":1,"challengeId":"a","signature":"AA==","pcrValues":[[[[[[[[[[]]]]]]]]]]}""")]
    public async Task Malformed_JSON_is_400(string path, string body)
    {
        await using TestServer server = await TestServer.StartAsync();

        (await Answer.PostAsync(server.Anybody, path, body)).ShouldBeProblem(HttpStatusCode.BadRequest, Kind + "malformed");
    }

    [Fact]
    public async Task Messages_that_no_agent_sends_are_refused_by_their_checks()
    {
        await using TestServer server = await TestServer.StartAsync();

        (await Answer.PostAsync(server.Anybody, "/v1/evidence", """{"version":2,"challengeId":"a","signature":"AA=="}"""))
            .ShouldBeRefusedBy(HttpStatusCode.BadRequest, "message.version");
        (await Answer.PostAsync(server.Anybody, "/v1/evidence", """{"version":1,"challengeId":"","signature":"AA=="}"""))
            .ShouldBeRefusedBy(HttpStatusCode.BadRequest, "message.form");
        (await Answer.PostAsync(server.Anybody, "/v1/evidence", """{"version":1,"challengeId":"never-issued","signature":"AA=="}"""))
            .ShouldBeRefusedBy(HttpStatusCode.Forbidden, "challenge.known");
        (await Answer.PostAsync(server.Anybody, "/v1/enrollments/complete", """{"version":1,"challengeId":"never-issued","proof":"AA=="}"""))
            .ShouldBeRefusedBy(HttpStatusCode.Forbidden, "challenge.known");
        (await Answer.ChallengeAsync(server.Anybody, "../etc/passwd")).ShouldBeRefusedBy(HttpStatusCode.BadRequest, "enrollment.node", "device.enrolled");
        (await Answer.PostAsync(server.Anybody, "/v1/enrollments", """{"version":1,"nodeId":"a","endorsementPublic":"AA==","attestationPublic":"AA=="}"""))
            .ShouldBeRefusedBy(HttpStatusCode.Forbidden, "ek.public.form", "ak.public.form");
    }

    [Fact]
    public async Task What_is_too_large_is_413_and_what_is_not_JSON_415()
    {
        await using TestServer server = await TestServer.StartAsync();
        string large = $$"""{"nodeId":"{{new string('a', 128 * 1024)}}"}""";

        (await Answer.PostAsync(server.Anybody, "/v1/challenges", large)).ShouldBeProblem(HttpStatusCode.RequestEntityTooLarge, Kind + "too-large");
        HttpRequestMessage chunked = new(HttpMethod.Post, "/v1/challenges") { Content = new StringContent(large, new MediaTypeHeaderValue("application/json")) };
        chunked.Headers.TransferEncodingChunked = true;
        (await Answer.SendAsync(server.Anybody, chunked)).ShouldBeProblem(HttpStatusCode.RequestEntityTooLarge, Kind + "too-large");
        HttpRequestMessage form = new(HttpMethod.Post, "/v1/challenges") { Content = new FormUrlEncodedContent([new("nodeId", "a")]) };
        (await Answer.SendAsync(server.Anybody, form)).ShouldBeProblem(HttpStatusCode.UnsupportedMediaType, Kind + "media-type");
        (await Answer.GetAsync(server.Anybody, "/v1/challenges")).ShouldBeProblem(HttpStatusCode.MethodNotAllowed, Kind + "method");
        (await Answer.GetAsync(server.Anybody, "/v2/fleet")).ShouldBeProblem(HttpStatusCode.NotFound, Kind + "not-found");
    }

    [Fact]
    public async Task Operators_need_the_token()
    {
        await using TestServer server = await TestServer.StartAsync();
        string token = server.Process.OperatorToken;
        foreach (string? authorization in (string?[])[null, "Bearer", $"Bearer {token}x", $"Bearer {token[1..]}", $"Basic {token}", $"Bearer {new string('a', 5000)}"])
        {
            foreach ((HttpMethod method, string path) in new[]
            {
                (HttpMethod.Get, "/v1/fleet"), (HttpMethod.Get, "/v1/devices"), (HttpMethod.Get, "/v1/devices/a"), (HttpMethod.Get, "/v1/devices/a/boots"),
                (HttpMethod.Get, "/v1/devices/a/refusals"), (HttpMethod.Get, "/v1/refusals"), (HttpMethod.Post, "/v1/devices/a/retire"),
                (HttpMethod.Post, "/v1/devices/a/reinstate"), (HttpMethod.Post, "/v1/devices/a/revoke"), (HttpMethod.Post, "/v1/devices/a/allow-reenrollment"),
                (HttpMethod.Post, "/v1/devices/a/allow-replacement"), (HttpMethod.Post, "/v1/devices/a/withdraw-grant"), (HttpMethod.Delete, "/v1/devices/a"),
            })
            {
                HttpRequestMessage request = new(method, path);
                request.Headers.TryAddWithoutValidation("Authorization", authorization);
                Answer answer = await Answer.SendAsync(server.Anybody, request);
                answer.ShouldBeProblem(HttpStatusCode.Unauthorized, Kind + "unauthorized");
                answer.Headers.WwwAuthenticate.ToString().Should().Be("Bearer");
            }
        }

        (await Answer.GetAsync(server.Operator, "/v1/fleet")).ShouldBe(HttpStatusCode.OK);
        server.Process.Output.Should().NotContain(token);
    }

    [Fact]
    public async Task Too_many_requests_from_one_source_are_429_and_operators_are_counted_apart()
    {
        await using TestServer server = await TestServer.StartAsync("--Fleet:RequestsPerSourcePerMinute=5");

        Answer refused = await AskUntilRefusedAsync(5, HttpStatusCode.NotFound, () => Answer.ChallengeAsync(server.Anybody, "nobody"));

        refused.ShouldBeProblem(HttpStatusCode.TooManyRequests, Kind + "rate");
        refused.RetryAfter.Should().BePositive().And.BeLessThanOrEqualTo(TimeSpan.FromMinutes(1));
        (await Answer.GetAsync(server.Operator, "/v1/fleet")).ShouldBe(HttpStatusCode.OK);
        (await Answer.GetAsync(server.Anybody, "/health/live")).ShouldBe(HttpStatusCode.OK);
    }

    [Theory]
    [InlineData("/scripts/app.js", HttpStatusCode.OK, "/health/ready")]
    [InlineData("/", HttpStatusCode.OK, "/health/ready")]
    [InlineData("/nothing", HttpStatusCode.NotFound, "/health/ready")]
    public async Task Files_have_a_limit_of_five_times_as_many_and_no_others_are_counted_with_them(string path, HttpStatusCode status, string other)
    {
        await using TestServer server = await TestServer.StartAsync("--Fleet:RequestsPerSourcePerMinute=5");
        for (int request = 0; request < 25; request++)
        {
            (await Answer.GetAsync(server.Anybody, path)).ShouldBe(status);
        }

        Answer refused = await Answer.GetAsync(server.Anybody, path);

        refused.ShouldBeProblem(HttpStatusCode.TooManyRequests, Kind + "rate");
        refused.RetryAfter.Should().BePositive();
        (await Answer.GetAsync(server.Anybody, other)).ShouldBe(HttpStatusCode.OK);
        (await Answer.GetAsync(server.Operator, "/v1/fleet")).ShouldBe(HttpStatusCode.OK);
    }

    [Fact]
    public async Task The_description_which_is_written_anew_for_each_request_is_limited_too()
    {
        await using TestServer server = await TestServer.StartAsync("--Fleet:RequestsPerSourcePerMinute=5");

        Answer refused = await AskUntilRefusedAsync(5, HttpStatusCode.OK, () => Answer.GetAsync(server.Anybody, "/openapi/v1.json"));

        refused.ShouldBeProblem(HttpStatusCode.TooManyRequests, Kind + "rate");
    }

    [Fact]
    public async Task A_source_with_many_open_connections_gets_no_more_until_it_closes_one()
    {
        await using TestServer server = await TestServer.StartAsync("--Fleet:ConnectionsPerSource=2");
        Socket first = await ConnectAsync(server);
        using Socket second = await ConnectAsync(server);
        (await AskAsync(first)).Should().StartWith("HTTP/1.1 200");
        (await AskAsync(second)).Should().StartWith("HTTP/1.1 200");

        using (Socket third = await ConnectAsync(server))
        {
            (await AskAsync(third)).Should().BeEmpty();
        }

        first.Dispose();
        string answer;
        do
        {
            // The server takes a moment to see that it is closed.
            using Socket next = await ConnectAsync(server);
            answer = await AskAsync(next);
        }
        while (answer.Length == 0);
        answer.Should().StartWith("HTTP/1.1 200");
    }

    [Fact]
    public async Task A_body_that_drips_is_given_up()
    {
        await using TestServer server = await TestServer.StartAsync();
        using Socket slow = await ConnectAsync(server);
        await slow.SendAsync("POST /v1/challenges HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{"u8.ToArray());

        string answer = await ReadAsync(slow);

        answer.Should().StartWith("HTTP/1.1 408");
        (await Answer.ChallengeAsync(server.Anybody, "nobody")).ShouldBe(HttpStatusCode.NotFound);
    }

    // A machine on which this takes its time lets in as many more as the minutes are worth that have passed.
    private static async Task<Answer> AskUntilRefusedAsync(int perMinute, HttpStatusCode good, Func<Task<Answer>> ask)
    {
        long begin = Stopwatch.GetTimestamp();
        Answer answer;
        int answered = 0;
        while ((answer = await ask()).Status != HttpStatusCode.TooManyRequests)
        {
            answer.ShouldBe(good);
            answered++;
            answered.Should().BeLessThanOrEqualTo(perMinute + (int)(Stopwatch.GetElapsedTime(begin).TotalMinutes * perMinute));
        }

        answered.Should().BeGreaterThanOrEqualTo(perMinute);
        return answer;
    }

    private static async Task<Socket> ConnectAsync(TestServer server)
    {
        Socket socket = new(SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(server.Process.Address.Host, server.Process.Address.Port);
        return socket;
    }

    private static async Task<string> AskAsync(Socket socket)
    {
        try
        {
            await socket.SendAsync("GET /health/live HTTP/1.1\r\nHost: a\r\n\r\n"u8.ToArray());
            return await ReadAsync(socket);
        }
        catch (SocketException)
        {
            return string.Empty;
        }
    }

    private static async Task<string> ReadAsync(Socket socket)
    {
        byte[] buffer = new byte[4096];
        int read = await socket.ReceiveAsync(buffer).WaitAsync(TimeSpan.FromSeconds(60));
        return Encoding.ASCII.GetString(buffer, 0, read);
    }
}
