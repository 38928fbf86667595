using HardwareAttestation.Emulation;

namespace HardwareAttestation.Client.Tests.Devices;

/// <summary>The TPM that HARDWARE_ATTESTATION_TPM names; swtpm over a Unix socket, if it names none.</summary>
public sealed class ChosenDeviceTests : DeviceContractTests, IAsyncLifetime
{
    private TestMachine? _machine;

    protected override string DeviceString => _machine?.DeviceString ?? throw new InvalidOperationException("The test has not begun.");

    public async Task InitializeAsync() => _machine = await SharedMachines.CreateTestMachineAsync();

    public async Task DisposeAsync() => await _machine!.DisposeAsync();
}
