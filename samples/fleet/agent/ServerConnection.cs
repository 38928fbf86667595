using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using HardwareAttestation.Protocol;

namespace Fleet.Agent;

/// <summary>The server's calls for agents. Nothing that it answers is believed to be well formed, or short.</summary>
internal sealed class ServerConnection(HttpClient http, TimeProvider time)
{
    private static readonly MediaTypeHeaderValue Json = new("application/json");

    /// <summary>Asks for a challenge.</summary>
    /// <returns>The challenge, or null if the server knows no such node.</returns>
    /// <exception cref="RoundEndedException">The server refused, or failed.</exception>
    public async Task<AttestationChallenge?> GetChallengeAsync(string node, CancellationToken cancellationToken)
    {
        try
        {
            return await PostAsync(
                "v1/challenges",
                "the challenge",
                new ChallengeQuestion { NodeId = node },
                AgentJsonContext.Default.ChallengeQuestion,
                ProtocolJson.AttestationChallenge,
                cancellationToken);
        }
        catch (RoundEndedException exception) when (exception.Outcome is Refused { Refusals: [{ Check: CheckIds.DeviceEnrolled }, ..] })
        {
            return null;
        }
    }

    /// <summary>Sends evidence. When this returns, it is verified.</summary>
    /// <exception cref="RoundEndedException">The server refused, or failed.</exception>
    public async Task AttestAsync(AttestationEvidence evidence, CancellationToken cancellationToken) => ThrowIfRefused("attestation", await PostAsync(
        "v1/evidence", "attestation", evidence, ProtocolJson.AttestationEvidence, ProtocolJson.Verdict, cancellationToken));

    /// <summary>Begins an enrolment.</summary>
    /// <exception cref="RoundEndedException">The server refused, or failed.</exception>
    public Task<CredentialChallenge> BeginEnrollmentAsync(EnrollmentRequest request, CancellationToken cancellationToken) => PostAsync(
        "v1/enrollments", "enrolment", request, ProtocolJson.EnrollmentRequest, ProtocolJson.CredentialChallenge, cancellationToken);

    /// <summary>Completes an enrolment. When this returns, the machine is enrolled.</summary>
    /// <exception cref="RoundEndedException">The server refused, or failed.</exception>
    public async Task CompleteEnrollmentAsync(CredentialResponse response, CancellationToken cancellationToken) => ThrowIfRefused("enrolment", await PostAsync(
        "v1/enrollments/complete", "enrolment", response, ProtocolJson.CredentialResponse, ProtocolJson.Verdict, cancellationToken));

    private static void ThrowIfRefused(string step, Verdict verdict)
    {
        if (!verdict.IsVerified)
        {
            throw Problem.From(verdict) is { Length: > 0 } refusals
                ? new RoundEndedException(new Refused(step, refusals))
                : Failed("Its verdict has no findings.");
        }
    }

    private static RoundEndedException Failed(string reason, TimeSpan? retryAfter = null) => new(new ServerFailed(reason, retryAfter));

    private async Task<TAnswer> PostAsync<TMessage, TAnswer>(
        string path, string step, TMessage message, JsonTypeInfo<TMessage> messageForm, JsonTypeInfo<TAnswer> answerForm, CancellationToken cancellationToken)
    {
        try
        {
            using ByteArrayContent content = new(JsonSerializer.SerializeToUtf8Bytes(message, messageForm));
            content.Headers.ContentType = Json;
            using HttpResponseMessage response = await http.PostAsync(new Uri(path, UriKind.Relative), content, cancellationToken);
            byte[] body = await response.Content.ReadAsByteArrayAsync(cancellationToken);
            return response.StatusCode == HttpStatusCode.OK
                ? JsonSerializer.Deserialize(body, answerForm) ?? throw new JsonException("It is null.")
                : throw new RoundEndedException(Judge(response, body, path, step));
        }
        catch (JsonException exception)
        {
            throw Failed($"The answer to /{path} cannot be understood: {PlainText.Of(exception.Message)} Is --server the address of a fleet server?");
        }
        catch (HttpRequestException exception)
        {
            // Its inner exception says what happened where it says only that something did, as with TLS.
            throw Failed($"{PlainText.Of(exception.Message)} {PlainText.Of(exception.InnerException?.Message)}".TrimEnd());
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw Failed($"No complete answer came within {http.Timeout.TotalSeconds} seconds.");
        }
    }

    // Only a problem with check ids is the verifier's word. Any other may be a proxy's, or another server's, and says nothing about this machine.
    private Outcome Judge(HttpResponseMessage response, byte[] body, string path, string step)
    {
        Problem? problem = Read(body);
        bool mayRefuse = response.StatusCode is HttpStatusCode.Forbidden or HttpStatusCode.NotFound or HttpStatusCode.BadRequest or HttpStatusCode.Conflict;
        if (mayRefuse && problem?.Refusals is { Count: > 0 } refusals)
        {
            return new Refused(step, refusals);
        }

        string said = PlainText.Of(problem?.Detail);
        return new ServerFailed($"It answered {(int)response.StatusCode} to /{path}{(said.Length > 0 ? ": " + said : ".")}", ReadRetryAfter(response.Headers.RetryAfter));
    }

    private static Problem? Read(byte[] body)
    {
        try
        {
            return JsonSerializer.Deserialize(body, AgentJsonContext.Default.Problem);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private TimeSpan? ReadRetryAfter(RetryConditionHeaderValue? header)
    {
        TimeSpan? wait = header?.Delta ?? (header?.Date - time.GetUtcNow());
        return wait > TimeSpan.Zero ? wait : null;
    }
}

/// <summary>A round can go no further: its outcome is known.</summary>
internal sealed class RoundEndedException(Outcome outcome) : Exception
{
    public Outcome Outcome { get; } = outcome;
}
