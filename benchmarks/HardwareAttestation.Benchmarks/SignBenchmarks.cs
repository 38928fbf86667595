using BenchmarkDotNet.Attributes;
using HardwareAttestation.Client;
using HardwareAttestation.Structures;

namespace HardwareAttestation.Benchmarks;

/// <summary>The agent's paths at every boot. The baseline is the same commands, byte for byte.</summary>
public class SignBenchmarks : ClientBenchmarks
{
    private static readonly TpmlPcrSelection Selection = TpmlPcrSelection.Parse("sha256:0,1,2,3,4,5,6,7");
    private static readonly byte[] Data = new byte[96];
    private static readonly byte[] Nonce = new byte[32];
    private AttestationKey _key = null!;
    private byte[][] _signCommands = [];
    private byte[][] _quoteCommands = [];

    [Benchmark(Baseline = true, OperationsPerInvoke = Operations)]
    [BenchmarkCategory("sign")]
    public Task SignRaw() => RepeatRawAsync(_signCommands);

    [Benchmark(OperationsPerInvoke = Operations)]
    [BenchmarkCategory("sign")]
    public Task Sign() => RepeatAsync(() => _key.SignAsync(Data));

    [Benchmark(Baseline = true, OperationsPerInvoke = Operations)]
    [BenchmarkCategory("quote")]
    public Task QuoteRaw() => RepeatRawAsync(_quoteCommands);

    [Benchmark(OperationsPerInvoke = Operations)]
    [BenchmarkCategory("quote")]
    public Task Quote() => RepeatAsync(() => _key.QuoteAsync(Selection, Nonce));

    protected override async Task PrepareAsync()
    {
        _key = await Client.CreateAttestationKeyAsync(await Client.GetEndorsementKeyAsync());
        _signCommands = await Device.RecordAsync(() => _key.SignAsync(Data));
        _quoteCommands = await Device.RecordAsync(() => _key.QuoteAsync(Selection, Nonce));
    }
}
