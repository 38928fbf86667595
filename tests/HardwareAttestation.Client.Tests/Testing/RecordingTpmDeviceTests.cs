using HardwareAttestation.Client.Testing;
using HardwareAttestation.Client.Tests.Devices;
using HardwareAttestation.Emulation;

namespace HardwareAttestation.Client.Tests.Testing;

/// <summary>A device that is recorded keeps the contract of every device.</summary>
public sealed class RecordingTpmDeviceContractTests : EmulatedDeviceContract
{
    protected override string DeviceString => Machine.DeviceString;

    protected override ITpmDevice Open(TpmDeviceOptions? options = null) => new RecordingTpmDevice(TpmDevice.Open(DeviceString, options), new StringWriter());
}

public sealed class RecordingTpmDeviceTests : IAsyncLifetime
{
    private EmulatedMachine? _machine;

    private EmulatedMachine Machine => _machine ?? throw new InvalidOperationException("The test has not begun.");

    public async Task InitializeAsync() => _machine = await SharedMachines.CreateMachineAsync();

    public async Task DisposeAsync() => await Machine.DisposeAsync();

    [Fact]
    public async Task A_line_is_in_the_file_before_the_caller_has_the_answer_and_the_file_is_its_owners_alone()
    {
        using TemporaryFolder folder = new();
        string path = Path.Combine(folder.Path, "tpm.transcript");
        await using RecordingTpmDevice device = RecordingTpmDevice.ToFile(TpmDevice.Open(Machine.DeviceString), path);

        await TestCommands.HashAsync(device, "recorded");

        using FileStream file = new(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        using StreamReader reader = new(file);
        TpmExchange exchange = TpmTranscript.Parse(await reader.ReadToEndAsync()).Exchanges.Should().ContainSingle().Subject;
        exchange.ToString().Should().StartWith("TPM2_Hash: ");
        exchange.ResponseCode!.Value.IsSuccess.Should().BeTrue();
        if (!OperatingSystem.IsWindows())
        {
            File.GetUnixFileMode(path).Should().Be(UnixFileMode.UserRead | UnixFileMode.UserWrite);
        }

        await using ITpmDevice other = TpmDevice.Open(Machine.DeviceString);
        Action again = () => RecordingTpmDevice.ToFile(other, path);
        again.Should().Throw<IOException>();
    }

    [Fact]
    public async Task A_failure_of_the_device_is_recorded_and_happens_again_in_the_replay()
    {
        StringWriter output = new();
        await using (RecordingTpmDevice device = new(TpmDevice.Open("swtpm:path=/nonexistent/tpm.sock"), output))
        {
            Func<Task> missing = () => TestCommands.HashAsync(device, "never");
            await missing.Should().ThrowAsync<TpmDeviceException>();
        }

        await using ReplayingTpmDevice replay = new(TpmTranscript.Parse(output.ToString()));

        Func<Task> again = () => TestCommands.HashAsync(replay, "never");
        (await again.Should().ThrowAsync<TpmDeviceException>()).WithMessage("*as it was recorded*no socket at /nonexistent/tpm.sock*");
    }

    [Fact]
    public async Task An_output_that_fails_ends_the_recording_and_not_the_work()
    {
        await using RecordingTpmDevice device = new(TpmDevice.Open(Machine.DeviceString), new FullDisk());

        await TestCommands.HashAsync(device, "first");
        await TestCommands.HashAsync(device, "second");

        device.Fault.Should().BeOfType<IOException>();
    }

    [Fact]
    public async Task Each_recording_with_secrets_has_a_seed_of_its_own_and_one_without_has_none()
    {
        List<string> heads = [];
        foreach (bool recordSecrets in new[] { true, true, false })
        {
            StringWriter output = new();
            await new RecordingTpmDevice(TpmDevice.Open(Machine.DeviceString), output, new() { RecordSecrets = recordSecrets }).DisposeAsync();
            heads.Add(output.ToString());
        }

        heads[0].Should().Contain("\"seed\":\"").And.NotBe(heads[1]);
        heads[2].Should().NotContain("seed").And.Contain("\"redacted\":true");
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task The_device_and_the_output_are_disposed_of_unless_they_are_to_stay_open(bool leaveOpen)
    {
        await using ITpmDevice inner = TpmDevice.Open(Machine.DeviceString);
        StringWriter output = new();
        RecordingTpmDevice device = new(inner, output, new() { LeaveOpen = leaveOpen });
        await TestCommands.HashAsync(device, "recorded");

        await device.DisposeAsync();

        Func<Task> use = () => TestCommands.HashAsync(inner, "afterwards");
        Action write = () => output.Write("afterwards");
        Func<Task> late = () => TestCommands.HashAsync(device, "late");
        await late.Should().ThrowAsync<ObjectDisposedException>();
        if (leaveOpen)
        {
            await use.Should().NotThrowAsync();
            write.Should().NotThrow();
        }
        else
        {
            await use.Should().ThrowAsync<ObjectDisposedException>();
            write.Should().Throw<ObjectDisposedException>();
        }
    }

    [Fact]
    public async Task The_file_is_closed_also_where_the_device_stays_open()
    {
        using TemporaryFolder folder = new();
        string path = folder.File("tpm.transcript");
        await using ITpmDevice inner = TpmDevice.Open(Machine.DeviceString);

        await RecordingTpmDevice.ToFile(inner, path, new() { LeaveOpen = true }).DisposeAsync();

        using FileStream alone = new(path, FileMode.Open, FileAccess.ReadWrite, FileShare.None);
        await TestCommands.HashAsync(inner, "the device is open");
    }

    private sealed class FullDisk : StringWriter
    {
        public override void Write(string? value) => throw new IOException("No space left on device.");
    }
}
