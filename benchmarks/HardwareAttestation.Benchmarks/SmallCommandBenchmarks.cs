using System.Runtime.CompilerServices;
using BenchmarkDotNet.Attributes;
using HardwareAttestation.Client;
using HardwareAttestation.Structures;

namespace HardwareAttestation.Benchmarks;

/// <summary>
/// Commands that cost the TPM next to nothing, so that what is around them shows. The client reads a public area when it takes up a key that is kept at a persistent
/// handle, and does nothing else then. The baseline is the same command, byte for byte.
/// </summary>
public class SmallCommandBenchmarks : ClientBenchmarks
{
    private const int RandomBytes = 32;
    private static readonly TpmHandle KeyHandle = new(0x81000123);
    private TpmKeyBlob _blob = null!;
    private byte[][] _randomCommands = [];
    private byte[][] _readCommands = [];

    [Benchmark(Baseline = true, OperationsPerInvoke = Operations)]
    [BenchmarkCategory("get random")]
    public Task GetRandomRaw() => RepeatRawAsync(_randomCommands);

    [Benchmark(OperationsPerInvoke = Operations)]
    [BenchmarkCategory("get random")]
    public Task GetRandom() => RepeatAsync(() => Client.GetRandomAsync(RandomBytes));

    [Benchmark(Baseline = true, OperationsPerInvoke = Operations)]
    [BenchmarkCategory("read public")]
    public Task ReadPublicRaw() => RepeatRawAsync(_readCommands);

    [Benchmark(OperationsPerInvoke = Operations)]
    [BenchmarkCategory("read public")]
    public async Task ReadPublic()
    {
        for (int i = 0; i < Operations; i++)
        {
            await TakeUpKeyAsync();
        }
    }

    protected override async Task PrepareAsync()
    {
        await using AttestationKey key = await Client.CreateAttestationKeyAsync(await Client.GetEndorsementKeyAsync());
        _blob = await key.PersistAsync(KeyHandle);
        _randomCommands = await Device.RecordAsync(() => Client.GetRandomAsync(RandomBytes));
        _readCommands = await Device.RecordAsync(() => TakeUpKeyAsync().AsTask());
    }

    protected override Task RestoreAsync() => Client.EvictKeyAsync(_blob);

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    private async ValueTask TakeUpKeyAsync() => await (await Client.LoadAttestationKeyAsync(_blob)).DisposeAsync();
}
