using HardwareAttestation.Emulation;

namespace HardwareAttestation.Client.Tests.Devices;

/// <summary>Runs alone, because it measures what the whole process allocates.</summary>
[CollectionDefinition(nameof(DeviceAllocationTests), DisableParallelization = true)]
[Collection(nameof(DeviceAllocationTests))]
public sealed class DeviceAllocationTests
{
    private const int Commands = 200;
    private const int Rounds = 20;

#if DEBUG
    // The compiler makes objects of state machines in a debug build.
    private const long AllowedBytesPerCommand = 1500;
#else
    private const long AllowedBytesPerCommand = 500;
#endif

    [Theory]
    [InlineData(EmulatedTransport.UnixSocket)]
    [InlineData(EmulatedTransport.Tcp)]
    public async Task A_command_to_swtpm_leaves_little_garbage(EmulatedTransport transport)
    {
        await using EmulatedMachine machine = await SharedMachines.CreateMachineAsync(transport);

        (await Task.Run(() => MeasureAsync(machine.DeviceString))).Should().BeLessThan(AllowedBytesPerCommand);
    }

    [Fact]
    public async Task A_command_to_the_simulator_leaves_little_garbage()
    {
        using CannedTpm tpm = CannedTpm.AsSimulator();

        (await Task.Run(() => MeasureAsync(tpm.DeviceString))).Should().BeLessThan(AllowedBytesPerCommand);
    }

    [Fact]
    public async Task A_command_to_a_character_device_leaves_little_garbage()
    {
        using CannedTpm tpm = CannedTpm.AsCharacterDevice();

        (await Task.Run(() => MeasureAsync(tpm.DeviceString))).Should().BeLessThan(AllowedBytesPerCommand);
    }

    [Fact]
    public async Task A_command_to_libtpms_leaves_little_garbage()
    {
        using TemporaryFolder folder = new();

        (await Task.Run(() => MeasureAsync($"libtpms:dir={folder.File("state")}"))).Should().BeLessThan(AllowedBytesPerCommand);
    }

    // The least of many rounds: the test host allocates now and then, too, and code that was not compiled for the last time yet makes more.
    private static async Task<long> MeasureAsync(string deviceString)
    {
        await using ITpmDevice device = TpmDevice.Open(deviceString);
        byte[] command = TestCommands.GetRandom(16);
        byte[] response = new byte[4096];
        long least = long.MaxValue;
        for (int round = 0; round < Rounds; round++)
        {
            long before = GC.GetTotalAllocatedBytes(precise: true);
            for (int i = 0; i < Commands; i++)
            {
                await device.ExecuteAsync(command, response);
            }

            least = Math.Min(least, (GC.GetTotalAllocatedBytes(precise: true) - before) / Commands);
        }

        return least;
    }
}
