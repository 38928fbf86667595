using HardwareAttestation.Protocol;

namespace HardwareAttestation.Verifier;

/// <summary>Collects the findings of one verification.</summary>
internal sealed class FindingList
{
    private const int LongestDetail = 2048;
    private readonly List<Finding> _findings = [];

    /// <summary>Whether a check has refused so far.</summary>
    public bool HasRefusal { get; private set; }

    /// <summary>Records a check.</summary>
    /// <returns>Whether it is satisfied.</returns>
    public bool Check(string check, bool satisfied, string passed, string refused)
    {
        if (satisfied)
        {
            Add(check, FindingOutcome.Passed, passed);
        }
        else
        {
            Refuse(check, refused);
        }

        return satisfied;
    }

    /// <summary>Records a check of which a policy says what becomes of it.</summary>
    public void Check(string check, bool satisfied, PolicyAction action, string passed, string failed)
    {
        if (!satisfied && action == PolicyAction.Flag)
        {
            Flag(check, failed);
        }
        else
        {
            Check(check, satisfied, passed, failed);
        }
    }

    public void Refuse(string check, string detail)
    {
        HasRefusal = true;
        Add(check, FindingOutcome.Refused, detail);
    }

    public void Flag(string check, string detail) => Add(check, FindingOutcome.Flagged, detail);

    /// <summary>Adds a sentence to what a check found, unless it passed.</summary>
    public void Explain(string check, string sentence)
    {
        int i = _findings.FindIndex(finding => finding.Check == check && finding.Outcome != FindingOutcome.Passed);
        if (i >= 0 && sentence.Length > 0)
        {
            _findings[i] = _findings[i] with { Detail = PlainText.Of($"{_findings[i].Detail} {sentence}", LongestDetail) };
        }
    }

    /// <summary>Takes over what another list has.</summary>
    public void Append(FindingList other)
    {
        HasRefusal |= other.HasRefusal;
        _findings.AddRange(other._findings);
    }

    public Verdict ToVerdict() => new(_findings);

    // A detail may name what an attacker chose, and goes to logs and terminals.
    private void Add(string check, FindingOutcome outcome, string detail) =>
        _findings.Add(new Finding(check, outcome, PlainText.Of(detail, LongestDetail)));
}
