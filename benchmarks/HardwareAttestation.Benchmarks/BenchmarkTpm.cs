using HardwareAttestation.Client;
using HardwareAttestation.Emulation;
using HardwareAttestation.Structures;
using HardwareAttestation.Wire;

namespace HardwareAttestation.Benchmarks;

/// <summary>A TPM to measure with: its device, which all commands pass, and a client.</summary>
internal sealed class BenchmarkTpm : IAsyncDisposable
{
    public const string Libtpms = "libtpms";
    public const string UnixSocket = "swtpm, Unix socket";
    private static readonly TpmHandle EndorsementKeyHandle = new(0x81010001);
    private readonly IAsyncDisposable? _machine;
    private readonly string? _folder;

    private BenchmarkTpm(string deviceString, IAsyncDisposable? machine, string? folder)
    {
        _machine = machine;
        _folder = folder;
        Device = new RecordingDevice(TpmDevice.Open(deviceString));
        Client = new AttestationClient(Device);
        Raw = new RawTpm(Device);
    }

    /// <summary>Which TPMs there are: two that need nothing but packages, and the one that HARDWARE_ATTESTATION_TPM names, such as Microsoft's simulator.</summary>
    public static IEnumerable<string> Names => Environment.GetEnvironmentVariable("HARDWARE_ATTESTATION_TPM") is { Length: > 0 } chosen
        ? [chosen]
        : [Libtpms, UnixSocket];

    public RecordingDevice Device { get; }

    public AttestationClient Client { get; }

    public RawTpm Raw { get; }

    public static async Task<BenchmarkTpm> OpenAsync(string name)
    {
        BenchmarkTpm tpm;
        if (name == Libtpms)
        {
            string folder = Directory.CreateTempSubdirectory("benchmark").FullName;
            tpm = new($"libtpms:dir={folder}", null, folder);
        }
        else if (name == UnixSocket)
        {
            EmulatedMachine machine = await SharedMachines.CreateMachineAsync();
            tpm = new(machine.DeviceString, machine, null);
        }
        else
        {
            tpm = new(name, null, null);
        }

        await tpm.ProvisionAsync();
        return tpm;
    }

    public async ValueTask DisposeAsync()
    {
        await Client.DisposeAsync();
        await Device.DisposeAsync();
        if (_machine is not null)
        {
            await _machine.DisposeAsync();
        }

        if (_folder is not null)
        {
            Directory.Delete(_folder, recursive: true);
        }
    }

    // A machine has its endorsement key at a persistent handle, as swtpm_setup leaves it: otherwise making it, in each operation, would be all that is measured.
    private async Task ProvisionAsync()
    {
        if ((await Client.GetEndorsementKeyAsync(EndorsementKeyTemplate.L1)).PersistentHandle is not null)
        {
            return;
        }

        ReadOnlyMemory<byte> created = await Raw.ExecuteAsync(
            TpmCommandCode.CreatePrimary,
            (ref TpmWriter writer) => writer.WriteHandle(TpmHandle.Endorsement),
            (ref TpmWriter writer) => CreateParameters.Write(EndorsementKeyTemplate.L1.PublicArea, [], [], ref writer),
            []);
        TpmHandle key = new TpmHandle(new TpmReader(created.Span).ReadUInt32("objectHandle"));
        await Raw.ExecuteAsync(
            TpmCommandCode.EvictControl,
            (ref TpmWriter writer) =>
            {
                writer.WriteHandle(TpmHandle.Owner);
                writer.WriteHandle(key);
            },
            (ref TpmWriter writer) => writer.WriteHandle(EndorsementKeyHandle),
            []);
        await Raw.ExecuteAsync(TpmCommandCode.FlushContext, (ref TpmWriter writer) => writer.WriteHandle(key), null);
    }
}
