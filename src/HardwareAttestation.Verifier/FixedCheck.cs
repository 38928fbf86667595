using HardwareAttestation.Protocol;

namespace HardwareAttestation.Verifier;

/// <summary>A check that says the same whenever it passes, as most of a good verdict does: that finding is made once.</summary>
internal sealed class FixedCheck(string id, string passed)
{
    /// <summary>The check's id.</summary>
    public string Id { get; } = id;

    /// <summary>The finding of the check when it is satisfied.</summary>
    public Finding Passed { get; } = new(id, FindingOutcome.Passed, passed);
}

/// <summary>
/// A check that names, when it passes, what is mostly the same from one machine to the next: the last finding is kept, and serves as long as the same is to be named.
/// Safe to share between threads.
/// </summary>
/// <param name="id">The check's id.</param>
/// <param name="passed">Writes the sentence.</param>
internal sealed class RepeatingCheck<T>(string id, Func<T, string> passed)
    where T : IEquatable<T>
{
    private volatile Last? _last;

    /// <summary>The check's id.</summary>
    public string Id { get; } = id;

    /// <summary>The finding of the check when it is satisfied.</summary>
    /// <param name="named">What it names: not to be changed afterwards.</param>
    public Finding Passed(T named)
    {
        Last? last = _last;
        if (last is null || !last.Named.Equals(named))
        {
            _last = last = new Last(named, new Finding(Id, FindingOutcome.Passed, PlainText.Of(passed(named), FindingList.LongestDetail)));
        }

        return last.Finding;
    }

    private sealed record Last(T Named, Finding Finding);
}
