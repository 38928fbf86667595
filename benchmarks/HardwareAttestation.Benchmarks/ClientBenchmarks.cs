using BenchmarkDotNet.Attributes;
using BenchmarkDotNet.Configs;
using HardwareAttestation.Client;

namespace HardwareAttestation.Benchmarks;

/// <summary>What the benchmarks of the client have in common: the TPMs, and that baselines send the same bytes through the same device.</summary>
/// <remarks>
/// Operations run one after the other inside of one asynchronous method, as in an agent: what BenchmarkDotNet spends on blocking a thread until the
/// method has ended is divided by their number.
/// </remarks>
[MemoryDiagnoser]
[GroupBenchmarksBy(BenchmarkLogicalGroupRule.ByCategory, BenchmarkLogicalGroupRule.ByParams)]
[CategoriesColumn]
public abstract class ClientBenchmarks
{
    protected const int Operations = 32;
    private BenchmarkTpm? _opened;

    public static IEnumerable<string> Tpms => BenchmarkTpm.Names;

    [ParamsSource(nameof(Tpms))]
    public string Tpm { get; set; } = string.Empty;

    protected AttestationClient Client => Opened.Client;

    private protected RecordingDevice Device => Opened.Device;

    private protected RawTpm Raw => Opened.Raw;

    private BenchmarkTpm Opened => _opened ?? throw new InvalidOperationException("The TPM is not open.");

    [GlobalSetup]
    public async Task SetUpAsync()
    {
        _opened = await BenchmarkTpm.OpenAsync(Tpm);
        await PrepareAsync();
    }

    [GlobalCleanup]
    public async Task CleanUpAsync()
    {
        await RestoreAsync();
        await Opened.DisposeAsync();
    }

    protected virtual Task PrepareAsync() => Task.CompletedTask;

    /// <summary>Undoes what would stay in a TPM that is not thrown away.</summary>
    protected virtual Task RestoreAsync() => Task.CompletedTask;

    protected static async Task RepeatAsync(Func<Task> operation)
    {
        for (int i = 0; i < Operations; i++)
        {
            await operation();
        }
    }

    protected async Task RepeatRawAsync(byte[][] commands)
    {
        for (int i = 0; i < Operations; i++)
        {
            await Raw.SendAsync(commands);
        }
    }
}
