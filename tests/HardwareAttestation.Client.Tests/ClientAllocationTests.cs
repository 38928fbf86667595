using HardwareAttestation.Emulation;
using HardwareAttestation.Structures;

namespace HardwareAttestation.Client.Tests;

/// <summary>Runs alone, because it measures what the whole process allocates.</summary>
[CollectionDefinition(nameof(ClientAllocationTests), DisableParallelization = true)]
[Collection(nameof(ClientAllocationTests))]
public sealed class ClientAllocationTests
{
    private const int Operations = 500;

    // The compiler makes objects of state machines in a debug build.
#if DEBUG
    private const int DebugFactor = 2;
#else
    private const int DebugFactor = 1;
#endif

    private static readonly byte[] Data = new byte[96];
    private static readonly byte[] Nonce = new byte[32];
    private static readonly TpmlPcrSelection Selection = TpmlPcrSelection.Parse("sha256:0,1,2,3,4,5,6,7");

    [Fact]
    public async Task A_signature_and_a_quote_leave_little_garbage()
    {
        await using EmulatedMachine machine = await SharedMachines.CreateMachineAsync();
        await using ITpmDevice device = TpmDevice.Open(machine.DeviceString);
        await using AttestationClient client = new(device);
        await using AttestationKey key = await client.CreateAttestationKeyAsync(await client.GetEndorsementKeyAsync());

        long sign = await Task.Run(() => MeasureAsync(() => key.SignAsync(Data)));
        long quote = await Task.Run(() => MeasureAsync(() => key.QuoteAsync(Selection, Nonce)));

        sign.Should().BeLessThan(3000 * DebugFactor);
        quote.Should().BeLessThan(7500 * DebugFactor);
    }

    private static async Task<long> MeasureAsync<T>(Func<Task<T>> operation)
    {
        await RunAsync(operation);
        long before = GC.GetTotalAllocatedBytes(precise: true);
        await RunAsync(operation);
        return (GC.GetTotalAllocatedBytes(precise: true) - before) / Operations;
    }

    private static async Task RunAsync<T>(Func<Task<T>> operation)
    {
        for (int i = 0; i < Operations; i++)
        {
            await operation();
        }
    }
}
