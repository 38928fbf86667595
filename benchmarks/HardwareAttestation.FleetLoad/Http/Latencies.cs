using System.Collections.Concurrent;

namespace HardwareAttestation.FleetLoad.Http;

/// <summary>How long calls took, by endpoint.</summary>
internal sealed class Latencies
{
    private readonly ConcurrentDictionary<string, ConcurrentQueue<TimeSpan>> _byEndpoint = new();

    public void Add(string endpoint, TimeSpan latency) => _byEndpoint.GetOrAdd(endpoint, _ => new()).Enqueue(latency);

    /// <summary>The endpoints, in the order of their names, with what was measured of each.</summary>
    public IEnumerable<(string Endpoint, LatencySummary Summary)> Summarize() => _byEndpoint
        .OrderBy(entry => entry.Key, StringComparer.Ordinal)
        .Select(entry => (entry.Key, LatencySummary.Of(entry.Value)));

    public LatencySummary SummarizeAll() => LatencySummary.Of(_byEndpoint.Values.SelectMany(latencies => latencies));
}

/// <summary>Percentiles by nearest rank: of a hundred, the 99th is the last but one.</summary>
internal sealed record LatencySummary(int Count, TimeSpan P50, TimeSpan P95, TimeSpan P99, TimeSpan Highest)
{
    public static LatencySummary Of(IEnumerable<TimeSpan> latencies)
    {
        TimeSpan[] sorted = [.. latencies.Order()];
        return sorted.Length == 0
            ? new LatencySummary(0, default, default, default, default)
            : new LatencySummary(sorted.Length, Rank(0.50), Rank(0.95), Rank(0.99), sorted[^1]);

        TimeSpan Rank(double share) => sorted[Math.Max((int)Math.Ceiling(share * sorted.Length) - 1, 0)];
    }
}
