using Xunit.Abstractions;

namespace HardwareAttestation.Verifier.Tests.Mutations;

/// <summary>Counts what became of changed messages, and compares those that were accepted with those that a test explains.</summary>
internal sealed class MutationLedger
{
    private readonly SortedDictionary<string, int> _refused = new(StringComparer.Ordinal);
    private readonly SortedDictionary<string, int> _accepted = new(StringComparer.Ordinal);

    /// <summary>What is said of a changed message that says the same as the right one, and is accepted.</summary>
    public const string Same = "the same message";

    /// <summary>Tries changes.</summary>
    /// <param name="changes">The changes.</param>
    /// <param name="tryAsync">Gives the checks, or what else refuses a message; null where it is accepted; <see cref="Same"/>.</param>
    public async Task TryAsync(IEnumerable<JsonChange> changes, Func<string, Task<string?>> tryAsync)
    {
        foreach (JsonChange change in changes)
        {
            string? outcome = await tryAsync(change.Text);
            Add(outcome == Same ? $"{change.Place} ({Same})" : change.Place, outcome == Same ? null : outcome);
        }
    }

    /// <param name="place">What was changed; see <see cref="JsonChange.Place"/>.</param>
    /// <param name="refusedBy">The checks, or what else refused it; null where it was accepted.</param>
    public void Add(string place, string? refusedBy)
    {
        SortedDictionary<string, int> counts = refusedBy is null ? _accepted : _refused;
        string key = refusedBy ?? place;
        counts[key] = counts.GetValueOrDefault(key) + 1;
    }

    /// <summary>Writes the counts, and fails unless exactly the explained places were accepted.</summary>
    /// <param name="output">Where to.</param>
    /// <param name="transcript">What was changed.</param>
    /// <param name="explained">Places, and why nothing refuses a change there.</param>
    public void Report(ITestOutputHelper output, string transcript, params IReadOnlyDictionary<string, string>[] explained)
    {
        Dictionary<string, string> reasons = explained.SelectMany(part => part).ToDictionary(part => part.Key, part => part.Value, StringComparer.Ordinal);
        output.WriteLine($"{transcript}: {_refused.Values.Sum() + _accepted.Values.Sum()} changes, {_refused.Values.Sum()} refused, {_accepted.Values.Sum()} accepted");
        foreach ((string check, int count) in _refused)
        {
            output.WriteLine($"{count,7} refused by {check}");
        }

        foreach ((string place, int count) in _accepted)
        {
            output.WriteLine($"{count,7} accepted: {place} ({reasons.GetValueOrDefault(place, "WHY?")})");
        }

        _accepted.Keys.Should().BeEquivalentTo(reasons.Keys, "every change that is accepted is explained, and every change that is explained is accepted");
        _refused.Should().NotBeEmpty();
    }
}
