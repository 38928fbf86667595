using HardwareAttestation.Emulation;

namespace HardwareAttestation.Client.Tests.Devices;

/// <summary>The contract over a machine that is emulated for each test.</summary>
public abstract class EmulatedDeviceContract : DeviceContractTests, IAsyncLifetime
{
    private EmulatedMachine? _machine;

    /// <summary>The TPM behind the device.</summary>
    protected EmulatedMachine Machine => _machine ?? throw new InvalidOperationException("The test has not begun.");

    protected virtual EmulatedTransport MachineTransport => EmulatedTransport.UnixSocket;

    public virtual async Task InitializeAsync() => _machine = await SharedMachines.CreateMachineAsync(MachineTransport);

    public virtual async Task DisposeAsync() => await Machine.DisposeAsync();
}
