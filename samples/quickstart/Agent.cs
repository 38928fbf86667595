using HardwareAttestation;
using HardwareAttestation.Client;
using HardwareAttestation.Emulation;

namespace Quickstart;

/// <summary>The program on a machine: its TPM, and the disk where it keeps its key's blob.</summary>
internal sealed class Agent : IAsyncDisposable
{
    private readonly ITpmDevice _device;

    public Agent(EmulatedMachine machine)
    {
        _device = TpmDevice.Open(machine.DeviceString);
        Client = new AttestationClient(_device);
    }

    public AttestationClient Client { get; }

    public async ValueTask DisposeAsync()
    {
        await Client.DisposeAsync();
        await _device.DisposeAsync();
    }
}
