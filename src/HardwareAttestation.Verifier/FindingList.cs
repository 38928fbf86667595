using System.Buffers;
using System.Runtime.CompilerServices;
using HardwareAttestation.Protocol;

namespace HardwareAttestation.Verifier;

/// <summary>Collects the findings of one verification, in an array that is borrowed until the verdict: one list makes one verdict.</summary>
internal sealed class FindingList
{
    /// <summary>The longest sentence of a finding, in characters.</summary>
    internal const int LongestDetail = 2048;

    // More than the verdict on a boot has.
    private const int UsualCount = 32;
    private Finding[]? _findings = ArrayPool<Finding>.Shared.Rent(UsualCount);
    private int _count;

    /// <summary>Whether a check has refused so far.</summary>
    public bool HasRefusal { get; private set; }

    private Finding[] Findings => _findings ?? throw new InvalidOperationException("The verdict was made already.");

    /// <summary>Records a check.</summary>
    /// <returns>Whether it is satisfied.</returns>
    public bool Check(
        string check,
        bool satisfied,
        [InterpolatedStringHandlerArgument(nameof(satisfied))] PassedSentence passed,
        [InterpolatedStringHandlerArgument(nameof(satisfied))] RefusedSentence refused)
    {
        if (satisfied)
        {
            Add(check, FindingOutcome.Passed, passed.Take());
        }
        else
        {
            Refuse(check, refused.Take());
        }

        return satisfied;
    }

    /// <summary>Records a check that says the same whenever it passes.</summary>
    /// <returns>Whether it is satisfied.</returns>
    public bool Check(FixedCheck check, bool satisfied, [InterpolatedStringHandlerArgument(nameof(satisfied))] RefusedSentence refused)
    {
        if (satisfied)
        {
            Add(check.Passed);
        }
        else
        {
            Refuse(check.Id, refused.Take());
        }

        return satisfied;
    }

    /// <summary>Records a check that mostly names the same when it passes.</summary>
    /// <returns>Whether it is satisfied.</returns>
    public bool Check<T>(RepeatingCheck<T> check, T named, bool satisfied, [InterpolatedStringHandlerArgument(nameof(satisfied))] RefusedSentence refused)
        where T : IEquatable<T>
    {
        if (satisfied)
        {
            Add(check.Passed(named));
        }
        else
        {
            Refuse(check.Id, refused.Take());
        }

        return satisfied;
    }

    /// <summary>Records a check of which a policy says what becomes of it.</summary>
    public void Check(
        string check,
        bool satisfied,
        PolicyAction action,
        [InterpolatedStringHandlerArgument(nameof(satisfied))] PassedSentence passed,
        [InterpolatedStringHandlerArgument(nameof(satisfied))] RefusedSentence failed)
    {
        if (satisfied)
        {
            Add(check, FindingOutcome.Passed, passed.Take());
        }
        else if (action == PolicyAction.Flag)
        {
            Flag(check, failed.Take());
        }
        else
        {
            Refuse(check, failed.Take());
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
        Span<Finding> findings = Findings.AsSpan(0, _count);
        for (int i = 0; i < findings.Length; i++)
        {
            if (findings[i].Check == check && findings[i].Outcome != FindingOutcome.Passed)
            {
                findings[i] = sentence.Length == 0
                    ? findings[i]
                    : findings[i] with { Detail = PlainText.Of($"{findings[i].Detail} {sentence}", LongestDetail) };
                return;
            }
        }
    }

    /// <summary>Refuses by a check that had passed before: its sentence is replaced, so that a verdict says one thing of one check.</summary>
    public void Retract(string check, string detail)
    {
        int passed = Array.FindIndex(Findings, 0, _count, finding => finding.Check == check);
        HasRefusal = true;
        Findings[passed] = new Finding(check, FindingOutcome.Refused, PlainText.Of(detail, LongestDetail));
    }

    /// <summary>Takes over what a verdict has.</summary>
    public void Append(Verdict verdict)
    {
        HasRefusal |= !verdict.IsVerified;
        foreach (Finding finding in verdict.Findings)
        {
            Add(finding);
        }
    }

    /// <summary>Flags, in front of all that is there, what was flagged before.</summary>
    public void Prepend(IEnumerable<FlaggedCheck> earlier)
    {
        Finding[] own = Findings[.._count];
        _count = 0;
        foreach (FlaggedCheck flagged in earlier)
        {
            Flag(flagged.Check, flagged.Detail);
        }

        foreach (Finding finding in own)
        {
            Add(finding);
        }
    }

    /// <summary>Gives what was flagged so far.</summary>
    public Finding[] GetFlagged() => [.. Findings.Take(_count).Where(finding => finding.Outcome == FindingOutcome.Flagged)];

    /// <summary>Takes over what another list has.</summary>
    public void Append(FindingList other)
    {
        HasRefusal |= other.HasRefusal;
        foreach (Finding finding in other.Findings.AsSpan(0, other._count))
        {
            Add(finding);
        }
    }

    /// <summary>Ends the list.</summary>
    /// <exception cref="InvalidOperationException">It was ended before.</exception>
    public Verdict ToVerdict()
    {
        Finding[] findings = Findings;
        _findings = null;
        Verdict verdict = new(new ArraySegment<Finding>(findings, 0, _count));
        ArrayPool<Finding>.Shared.Return(findings, clearArray: true);
        return verdict;
    }

    // A detail may name what an attacker chose, and goes to logs and terminals.
    private void Add(string check, FindingOutcome outcome, string detail) =>
        Add(new Finding(check, outcome, PlainText.Of(detail, LongestDetail)));

    private void Add(Finding finding)
    {
        Finding[] findings = Findings;
        if (_count == findings.Length)
        {
            _findings = ArrayPool<Finding>.Shared.Rent(2 * _count);
            findings.CopyTo(_findings, 0);
            ArrayPool<Finding>.Shared.Return(findings, clearArray: true);
            findings = _findings;
        }

        findings[_count++] = finding;
    }
}
