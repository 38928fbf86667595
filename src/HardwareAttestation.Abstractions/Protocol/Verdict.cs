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
            _findings[i] = findings[i] ?? new Finding(CheckIds.VerdictForm, FindingOutcome.Refused, "A finding of the verdict is missing.");
        }

        Status = _findings.Length > 0 && Array.TrueForAll(_findings, finding => !Refuses(finding))
            ? VerdictStatus.Verified
            : VerdictStatus.Refused;
    }

    /// <summary>Verified if checks were made and none refused. Always computed from <see cref="Findings"/>, also when read from JSON.</summary>
    public VerdictStatus Status { get; }

    /// <summary>The checks made, in order; a view that cannot be changed.</summary>
    public IReadOnlyList<Finding> Findings => Array.AsReadOnly(_findings);

    /// <summary>Whether <see cref="Status"/> is <see cref="VerdictStatus.Verified"/>.</summary>
    [JsonIgnore]
    public bool IsVerified => Status == VerdictStatus.Verified;

    /// <summary>The findings that refuse, in order; picked out anew each time.</summary>
    [JsonIgnore]
    public IReadOnlyList<Finding> Refusals => Array.FindAll(_findings, Refuses);

    /// <summary>The findings that the relying party should know and that refuse nothing, in order; picked out anew each time.</summary>
    [JsonIgnore]
    public IReadOnlyList<Finding> Flags => Array.FindAll(_findings, Flagged);

    /// <summary>Whether a check is among <see cref="Refusals"/>.</summary>
    /// <param name="check">Its id, e.g. <see cref="CheckIds.DeviceEnrolled"/>.</param>
    /// <returns>False also where the check passed or was not made.</returns>
    public bool IsRefusedBy(string check)
    {
        ArgumentNullException.ThrowIfNull(check);
        return Array.Exists(_findings, finding => finding.Check == check && Refuses(finding));
    }

    /// <summary>The verdict on one line: the status, and each refusal, or each flag where nothing refuses.</summary>
    /// <returns>For instance <c>refused (quote.nonce: …)</c>, <c>verified</c> or <c>verified, flagged (quote.clock-safe: …)</c>.</returns>
    public override string ToString()
    {
        if (IsVerified)
        {
            return Array.Exists(_findings, Flagged) ? $"verified, flagged ({List(Flags)})" : "verified";
        }

        return $"refused ({(_findings.Length == 0 ? "no check was made" : List(Refusals))})";

        static string List(IEnumerable<Finding> findings) => string.Join("; ", findings.Select(finding => $"{finding.Check}: {finding.Detail}"));
    }

    // An outcome that is not known here may be a refusal.
    private static bool Refuses(Finding finding) => finding.Outcome is not (FindingOutcome.Passed or FindingOutcome.Flagged);

    private static bool Flagged(Finding finding) => finding.Outcome == FindingOutcome.Flagged;
}
