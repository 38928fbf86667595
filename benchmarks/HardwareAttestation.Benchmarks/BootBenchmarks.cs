using BenchmarkDotNet.Attributes;

namespace HardwareAttestation.Benchmarks;

/// <summary>
/// A boot challenge issued, and its quote over eight PCRs on P-256 verified, with the in-memory stores: against the random numbers, a dictionary of challenges and the bare verification.
/// The machine's answer, which takes some microseconds, is in both.
/// </summary>
[MemoryDiagnoser]
public class BootBenchmarks
{
    private BenchmarkFleet _fleet = null!;
    private int _step;

    [Params(1, 1000, 1_000_000)]
    public int Devices { get; set; }

    [GlobalSetup]
    public async Task SetUpAsync() => _fleet = await BenchmarkFleet.CreateAsync(Devices);

    [Benchmark(Baseline = true)]
    public bool SumOfParts() => _fleet.BootBare(_step++ & int.MaxValue);

    [Benchmark]
    public Task<bool> ChallengeAndVerify() => _fleet.BootAsync(_step++ & int.MaxValue);
}
