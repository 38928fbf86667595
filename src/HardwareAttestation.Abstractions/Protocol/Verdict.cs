using System.Text.Json.Serialization;

namespace HardwareAttestation.Protocol;

/// <summary>What a verification came to.</summary>
[JsonConverter(typeof(VerdictStatusJsonConverter))]
public enum VerdictStatus
{
    /// <summary>At least one check refused, or nothing was checked.</summary>
    [JsonStringEnumMemberName("refused")]
    Refused,

    /// <summary>Checks were made and none of them refused.</summary>
    [JsonStringEnumMemberName("verified")]
    Verified,
}

/// <summary>What one check came to.</summary>
[JsonConverter(typeof(FindingOutcomeJsonConverter))]
public enum FindingOutcome
{
    /// <summary>The check refuses what was presented.</summary>
    [JsonStringEnumMemberName("refused")]
    Refused,

    /// <summary>The check found something that the relying party should know, and does not refuse for it.</summary>
    [JsonStringEnumMemberName("flagged")]
    Flagged,

    /// <summary>The check is satisfied.</summary>
    [JsonStringEnumMemberName("passed")]
    Passed,
}

/// <summary>One check of a verification.</summary>
/// <param name="Check">The check's stable id, e.g. <c>quote.nonce</c>; documented in docs/checks.md.</param>
/// <param name="Outcome">What it came to.</param>
/// <param name="Detail">A plain sentence. It may name values that an attacker chose, and no secrets.</param>
public sealed record Finding(string Check, FindingOutcome Outcome, string Detail)
{
    /// <summary>The finding on one line.</summary>
    /// <returns>For instance <c>refused quote.nonce: …</c>.</returns>
    public override string ToString()
    {
        string outcome = Outcome switch
        {
            FindingOutcome.Passed => "passed",
            FindingOutcome.Flagged => "flagged",
            _ => "refused",
        };
        return $"{outcome} {Check}: {Detail}";
    }
}

/// <summary>The result of a verification: a status and the checks that led to it.</summary>
public sealed class Verdict
{
    private readonly Finding[] _findings;

    /// <summary>Initializes the verdict.</summary>
    /// <param name="findings">The checks made, in order; copied.</param>
    [JsonConstructor]
    public Verdict(IReadOnlyList<Finding> findings)
    {
        ArgumentNullException.ThrowIfNull(findings);
        _findings = new Finding[findings.Count];
        for (int i = 0; i < _findings.Length; i++)
        {
            _findings[i] = findings[i] ?? new Finding("verdict.form", FindingOutcome.Refused, "A finding of the verdict is missing.");
        }

        Status = _findings.Length > 0 && Array.TrueForAll(_findings, finding => !Refuses(finding))
            ? VerdictStatus.Verified
            : VerdictStatus.Refused;
    }

    /// <summary>Verified if checks were made and none refused. Always computed from <see cref="Findings"/>, also when read from JSON.</summary>
    public VerdictStatus Status { get; }

    /// <summary>The checks made, in order.</summary>
    public IReadOnlyList<Finding> Findings => _findings;

    /// <summary>Whether <see cref="Status"/> is <see cref="VerdictStatus.Verified"/>.</summary>
    [JsonIgnore]
    public bool IsVerified => Status == VerdictStatus.Verified;

    /// <summary>The findings that refuse.</summary>
    [JsonIgnore]
    public IEnumerable<Finding> Refusals => _findings.Where(Refuses);

    /// <summary>The verdict on one line: the status, and each refusal.</summary>
    /// <returns>For instance <c>refused (quote.nonce: …)</c>.</returns>
    public override string ToString() => IsVerified
        ? "verified"
        : $"refused ({(_findings.Length == 0 ? "no check was made" : string.Join("; ", Refusals.Select(finding => $"{finding.Check}: {finding.Detail}")))})";

    // An outcome that is not known here may be a refusal.
    private static bool Refuses(Finding finding) => finding.Outcome is not (FindingOutcome.Passed or FindingOutcome.Flagged);
}
