using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using HardwareAttestation.Protocol;

namespace HardwareAttestation.Fleet.Tests.Server;

/// <summary>What a server answered.</summary>
internal sealed class Answer
{
    private Answer(HttpResponseMessage response, string body)
    {
        Status = response.StatusCode;
        Body = body;
        MediaType = response.Content.Headers.ContentType?.MediaType;
        RetryAfter = response.Headers.RetryAfter?.Delta;
        Headers = response.Headers;
    }

    public HttpStatusCode Status { get; }

    public string Body { get; }

    public string? MediaType { get; }

    public TimeSpan? RetryAfter { get; }

    public HttpResponseHeaders Headers { get; }

    /// <summary>The body, as JSON.</summary>
    public JsonElement Json => JsonDocument.Parse(Body).RootElement;

    public static async Task<Answer> SendAsync(HttpClient server, HttpRequestMessage request)
    {
        using (request)
        using (HttpResponseMessage response = await server.SendAsync(request))
        {
            return new Answer(response, await response.Content.ReadAsStringAsync());
        }
    }

    public static Task<Answer> GetAsync(HttpClient server, string path) => SendAsync(server, new HttpRequestMessage(HttpMethod.Get, path));

    public static Task<Answer> PostAsync(HttpClient server, string path, string? json = null)
    {
        HttpRequestMessage request = new(HttpMethod.Post, path);
        if (json is not null)
        {
            request.Content = new StringContent(json, new MediaTypeHeaderValue("application/json"));
        }

        return SendAsync(server, request);
    }

    public static Task<Answer> PostAsync<T>(HttpClient server, string path, T message, JsonTypeInfo<T> type) =>
        PostAsync(server, path, JsonSerializer.Serialize(message, type));

    public static Task<Answer> ChallengeAsync(HttpClient server, string node) => PostAsync(server, "/v1/challenges", $$"""{"nodeId":"{{node}}"}""");

    public T Read<T>(JsonTypeInfo<T> type) => JsonSerializer.Deserialize(Body, type)!;

    public void ShouldBe(HttpStatusCode status) => Status.Should().Be(status, Body);

    public void ShouldBeVerified()
    {
        ShouldBe(HttpStatusCode.OK);
        Read(ProtocolJson.Verdict).Status.Should().Be(VerdictStatus.Verified, Body);
    }

    /// <summary>Refused with this status by exactly these checks, in this order, told in the problem and in its verdict.</summary>
    public void ShouldBeRefusedBy(HttpStatusCode status, params string[] checks)
    {
        ShouldBeProblem(status, $"urn:hardware-attestation:check:{checks[0]}");
        Json.GetProperty("checks").EnumerateArray().Select(check => check.GetString()).Should().Equal(checks, Body);
        Verdict verdict = Json.GetProperty("verdict").Deserialize(ProtocolJson.Verdict)!;
        verdict.IsVerified.Should().BeFalse();
        verdict.Refusals.Select(finding => finding.Check).Should().Equal(checks);
        Json.GetProperty("detail").GetString().Should().Be(verdict.Refusals.First().Detail);
    }

    public void ShouldBeProblem(HttpStatusCode status, string type)
    {
        ShouldBe(status);
        MediaType.Should().Be("application/problem+json");
        Json.GetProperty("type").GetString().Should().Be(type);
        Json.GetProperty("status").GetInt32().Should().Be((int)status);
        Json.GetProperty("title").GetString().Should().NotBeNullOrEmpty();
    }
}
