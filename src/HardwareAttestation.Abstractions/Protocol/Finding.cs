namespace HardwareAttestation.Protocol;

/// <summary>One check of a verification.</summary>
public sealed record Finding
{
    /// <summary>Initializes the finding.</summary>
    /// <param name="check">The check's stable id, e.g. <see cref="CheckIds.QuoteNonce"/>.</param>
    /// <param name="outcome">What it came to.</param>
    /// <param name="detail">A plain sentence.</param>
    public Finding(string check, FindingOutcome outcome, string detail)
    {
        Check = check;
        Outcome = outcome;
        Detail = detail;
    }

    /// <summary>The check's stable id, one of <see cref="CheckIds"/> or one that a later version has.</summary>
    public string Check { get; init; }

    /// <summary>What it came to.</summary>
    public FindingOutcome Outcome { get; init; }

    /// <summary>A plain sentence. It may name values that an attacker chose, and no secrets.</summary>
    public string Detail { get; init; }

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
