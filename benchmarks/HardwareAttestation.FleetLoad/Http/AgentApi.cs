using System.Diagnostics;
using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using HardwareAttestation.Protocol;

namespace HardwareAttestation.FleetLoad.Http;

/// <summary>The server's calls for agents. Each is timed, from the moment that it is sent to the last byte of the answer.</summary>
internal sealed class AgentApi(HttpClient http, Latencies latencies)
{
    private static readonly MediaTypeHeaderValue Json = new("application/json");

    public Task<Answer<CredentialChallenge>> BeginEnrollmentAsync(EnrollmentRequest request, CancellationToken cancellationToken = default) => PostAsync(
        "/v1/enrollments",
        JsonSerializer.SerializeToUtf8Bytes(request, ProtocolJson.EnrollmentRequest),
        ProtocolJson.CredentialChallenge,
        cancellationToken);

    public Task<Answer<Verdict>> CompleteEnrollmentAsync(CredentialResponse response, CancellationToken cancellationToken = default) => PostAsync(
        "/v1/enrollments/complete",
        JsonSerializer.SerializeToUtf8Bytes(response, ProtocolJson.CredentialResponse),
        ProtocolJson.Verdict,
        cancellationToken);

    public Task<Answer<AttestationChallenge>> GetChallengeAsync(string nodeId, CancellationToken cancellationToken = default) => PostAsync(
        "/v1/challenges",
        JsonSerializer.SerializeToUtf8Bytes(new Dictionary<string, string> { ["nodeId"] = nodeId }),
        ProtocolJson.AttestationChallenge,
        cancellationToken);

    public Task<Answer<Verdict>> SendEvidenceAsync(AttestationEvidence evidence, CancellationToken cancellationToken = default) => PostAsync(
        "/v1/evidence",
        JsonSerializer.SerializeToUtf8Bytes(evidence, ProtocolJson.AttestationEvidence),
        ProtocolJson.Verdict,
        cancellationToken);

    private async Task<Answer<T>> PostAsync<T>(string path, byte[] body, JsonTypeInfo<T> type, CancellationToken cancellationToken)
        where T : class
    {
        using ByteArrayContent content = new(body);
        content.Headers.ContentType = Json;
        long start = Stopwatch.GetTimestamp();
        using HttpResponseMessage response = await http.PostAsync(path, content, cancellationToken).ConfigureAwait(false);
        byte[] bytes = await response.Content.ReadAsByteArrayAsync(cancellationToken).ConfigureAwait(false);
        latencies.Add(path, Stopwatch.GetElapsedTime(start));
        return response.StatusCode == HttpStatusCode.OK
            ? new Answer<T>(response.StatusCode, [], JsonSerializer.Deserialize(bytes, type))
            : new Answer<T>(response.StatusCode, ChecksOf(response, bytes), null);
    }

    private static IReadOnlyList<string> ChecksOf(HttpResponseMessage response, byte[] bytes)
    {
        if (response.Content.Headers.ContentType?.MediaType != "application/problem+json")
        {
            return [];
        }

        using JsonDocument problem = JsonDocument.Parse(bytes);
        return problem.RootElement.TryGetProperty("checks", out JsonElement checks)
            ? [.. checks.EnumerateArray().Select(check => check.GetString()!)]
            : [];
    }
}
