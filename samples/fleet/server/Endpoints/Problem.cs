using System.Text.Json.Serialization;
using HardwareAttestation.Protocol;

namespace Fleet.Server.Endpoints;

/// <summary>Why a request did not get what it asked for: problem details of RFC 9457, and for refusals the ids of the checks and the whole verdict.</summary>
/// <param name="Type"><c>urn:hardware-attestation:check:</c> and the id of the first check that refused, or <c>urn:hardware-attestation:problem:</c> and a word.</param>
/// <param name="Title">The kind of problem, in words.</param>
/// <param name="Status">The HTTP status.</param>
/// <param name="Detail">What it is in this case.</param>
/// <param name="Checks">The ids of all checks that refused.</param>
/// <param name="Verdict">The verdict.</param>
internal sealed record Problem(
    string Type,
    string Title,
    int Status,
    string? Detail = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] IReadOnlyList<string>? Checks = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] Verdict? Verdict = null) : IResult
{
    public const string ContentType = "application/problem+json";

    private const string CheckPrefix = "urn:hardware-attestation:check:";
    private const string KindPrefix = "urn:hardware-attestation:problem:";

    /// <summary>When to come again, in seconds, where that is known.</summary>
    [JsonIgnore]
    public int? RetryAfter { get; init; }

    /// <summary>A message that cannot be read.</summary>
    public static Problem Malformed(string detail) => new($"{KindPrefix}malformed", "The request is malformed.", StatusCodes.Status400BadRequest, detail);

    /// <summary>A device that is not there.</summary>
    public static Problem NoDevice() =>
        new($"{KindPrefix}no-device", "There is no such device.", StatusCodes.Status404NotFound, "The node has no device: it was never enrolled, or was removed.");

    /// <summary>A decision that cannot be made now, or never.</summary>
    public static Problem Conflict(string kind, string detail) =>
        new($"{KindPrefix}{kind}", "The device is not in a state for this.", StatusCodes.Status409Conflict, detail);

    /// <summary>A refusal by the verifier.</summary>
    /// <param name="verdict">The verdict.</param>
    /// <param name="isChallenge">Whether a challenge was asked for: there a node without a device is simply not found.</param>
    public static Problem Of(Verdict verdict, bool isChallenge = false)
    {
        Finding? first = verdict.Refusals.FirstOrDefault();
        int status = first?.Check switch
        {
            CheckIds.EnrollmentNode or CheckIds.MessageVersion or CheckIds.MessageForm => StatusCodes.Status400BadRequest,
            CheckIds.ChallengeCapacity => StatusCodes.Status429TooManyRequests,
            CheckIds.DeviceEnrolled when isChallenge => StatusCodes.Status404NotFound,
            _ => StatusCodes.Status403Forbidden,
        };
        return new Problem(
            $"{CheckPrefix}{first?.Check}", "A check refused.", status, first?.Detail, [.. verdict.Refusals.Select(finding => finding.Check)], verdict)
        {
            RetryAfter = first?.Check == CheckIds.ChallengeCapacity ? FailureHandler.RetryAfterSeconds : null,
        };
    }

    /// <summary>Whether a challenge was refused only because the node has no device.</summary>
    public static bool SaysNotEnrolled(Verdict verdict) => verdict.Refusals.FirstOrDefault()?.Check == CheckIds.DeviceEnrolled;

    /// <summary>What HTTP itself has a status for.</summary>
    public static Problem Of(int status, string? detail = null, int? retryAfter = null)
    {
        (string kind, string title) = status switch
        {
            StatusCodes.Status400BadRequest => ("malformed", "The request is malformed."),
            StatusCodes.Status401Unauthorized => ("unauthorized", "An operator's token is needed."),
            StatusCodes.Status404NotFound => ("not-found", "There is nothing at this address."),
            StatusCodes.Status405MethodNotAllowed => ("method", "The address does not take this method."),
            StatusCodes.Status408RequestTimeout => ("too-slow", "The request came too slowly."),
            StatusCodes.Status413PayloadTooLarge => ("too-large", "The message is too large."),
            StatusCodes.Status415UnsupportedMediaType => ("media-type", "The message must be application/json."),
            StatusCodes.Status429TooManyRequests => ("rate", "Too many requests come from this address."),
            StatusCodes.Status503ServiceUnavailable => ("unavailable", "The server cannot answer now."),
            _ => ("failure", "The server failed."),
        };
        return new Problem($"{KindPrefix}{kind}", title, status, detail) { RetryAfter = retryAfter };
    }

    public Task ExecuteAsync(HttpContext httpContext)
    {
        httpContext.Response.StatusCode = Status;
        if (RetryAfter is { } seconds)
        {
            httpContext.Response.Headers.RetryAfter = $"{seconds}";
        }

        return httpContext.Response.WriteAsJsonAsync(this, FleetJsonContext.Default.Problem, ContentType, httpContext.RequestAborted);
    }
}

/// <summary>Ends a request with a problem.</summary>
internal sealed class ProblemException(Problem problem) : Exception(problem.Detail ?? problem.Title)
{
    public Problem Problem { get; } = problem;
}
