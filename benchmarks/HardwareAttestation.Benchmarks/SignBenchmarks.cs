using BenchmarkDotNet.Attributes;
using HardwareAttestation.Client;
using HardwareAttestation.Emulation;
using HardwareAttestation.Structures;

namespace HardwareAttestation.Benchmarks;

/// <summary>The agent's paths at every boot, against the same command bytes sent to the same device (swtpm over a Unix socket).</summary>
[MemoryDiagnoser]
[GroupBenchmarksBy(BenchmarkDotNet.Configs.BenchmarkLogicalGroupRule.ByCategory)]
[CategoriesColumn]
public class SignBenchmarks
{
    private static readonly TpmlPcrSelection Selection = TpmlPcrSelection.Parse("sha256:0,1,2,3,4,5,6,7");
    private static readonly byte[] Data = new byte[96];
    private static readonly byte[] Nonce = new byte[32];
    private readonly byte[] _response = new byte[4096];
    private EmulatedMachine _machine = null!;
    private RecordingDevice _device = null!;
    private AttestationClient _client = null!;
    private AttestationKey _key = null!;
    private byte[][] _signCommands = [];
    private byte[][] _quoteCommands = [];

    [GlobalSetup]
    public async Task SetUpAsync()
    {
        _machine = await SharedMachines.CreateMachineAsync();
        _device = new RecordingDevice(TpmDevice.Open(_machine.DeviceString));
        _client = new AttestationClient(_device);
        _key = await _client.CreateAttestationKeyAsync(await _client.GetEndorsementKeyAsync());
        _signCommands = await _device.RecordAsync(() => _key.SignAsync(Data));
        _quoteCommands = await _device.RecordAsync(() => _key.QuoteAsync(Selection, Nonce));
    }

    [GlobalCleanup]
    public async Task CleanUpAsync()
    {
        await _client.DisposeAsync();
        await _device.DisposeAsync();
        await _machine.DisposeAsync();
    }

    [Benchmark(Baseline = true)]
    [BenchmarkCategory("sign")]
    public Task SignRaw() => SendAsync(_signCommands);

    [Benchmark]
    [BenchmarkCategory("sign")]
    public Task<TpmtSignature> Sign() => _key.SignAsync(Data);

    [Benchmark(Baseline = true)]
    [BenchmarkCategory("quote")]
    public Task QuoteRaw() => SendAsync(_quoteCommands);

    [Benchmark]
    [BenchmarkCategory("quote")]
    public Task<TpmQuote> Quote() => _key.QuoteAsync(Selection, Nonce);

    private async Task SendAsync(byte[][] commands)
    {
        foreach (byte[] command in commands)
        {
            await _device.ExecuteAsync(command, _response);
        }
    }
}
