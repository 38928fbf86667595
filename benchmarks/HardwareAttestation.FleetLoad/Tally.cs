using System.Collections.Concurrent;
using HardwareAttestation.FleetLoad.Http;

namespace HardwareAttestation.FleetLoad;

/// <summary>How often things came to what.</summary>
internal sealed class Tally
{
    private readonly ConcurrentDictionary<string, int> _counts = new(StringComparer.Ordinal);

    public bool OnlyOk => _counts.Keys.All(key => key == "200");

    public int Total => _counts.Values.Sum();

    public int this[string outcome] => _counts.GetValueOrDefault(outcome);

    /// <summary>Whether something came to what begins so.</summary>
    public bool Has(string beginning) => _counts.Keys.Any(outcome => outcome.StartsWith(beginning, StringComparison.Ordinal));

    public void Add(Answer answer) => Add(answer.ToString());

    public void Add(string outcome) => _counts.AddOrUpdate(outcome, 1, (_, count) => count + 1);

    public override string ToString() =>
        string.Join(", ", _counts.OrderByDescending(entry => entry.Value).Select(entry => $"{entry.Value} × {entry.Key}"));
}
