using System.Text.Json.Serialization;
using HardwareAttestation.Protocol;

namespace Fleet.Agent;

/// <summary>Why the server did not do what it was asked to (RFC 9457).</summary>
internal sealed class Problem
{
    /// <summary>The first refusal's sentence, or what went wrong.</summary>
    public string? Detail { get; init; }

    /// <summary>The ids of the checks that refused.</summary>
    public IReadOnlyList<string?>? Checks { get; init; }

    /// <summary>All that was checked.</summary>
    public Verdict? Verdict { get; init; }

    /// <summary>The checks that refused, fit for a log; empty if the problem is none of those.</summary>
    [JsonIgnore]
    public IReadOnlyList<Refusal> Refusals
    {
        get
        {
            Refusal[] told = Verdict is null ? [] : From(Verdict);
            return told.Length > 0 || Checks is not [{ } check, ..] ? told : [new Refusal(PlainText.Of(check), PlainText.Of(Detail))];
        }
    }

    /// <summary>The refusals of a verdict, fit for a log.</summary>
    public static Refusal[] From(Verdict verdict) =>
        [.. verdict.Refusals.Select(finding => new Refusal(PlainText.Of(finding.Check), PlainText.Of(finding.Detail)))];
}

/// <summary>A question for a challenge.</summary>
internal sealed class ChallengeQuestion
{
    public required string NodeId { get; init; }
}

/// <summary>The JSON form of what the packages have no message for.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    RespectNullableAnnotations = true,
    RespectRequiredConstructorParameters = true,
    AllowDuplicateProperties = false,
    MaxDepth = 8)]
[JsonSerializable(typeof(Problem))]
[JsonSerializable(typeof(ChallengeQuestion))]
internal sealed partial class AgentJsonContext : JsonSerializerContext;
