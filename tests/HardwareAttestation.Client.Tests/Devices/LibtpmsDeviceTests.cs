using System.Buffers.Binary;
using System.Runtime.Versioning;

namespace HardwareAttestation.Client.Tests.Devices;

/// <summary>libtpms is one TPM per process: whoever uses it stands in this collection, of which one test runs at a time.</summary>
[CollectionDefinition(Name)]
public sealed class LibtpmsCollection
{
    public const string Name = "libtpms";
}

/// <summary>libtpms in this process.</summary>
[Collection(LibtpmsCollection.Name)]
public sealed class LibtpmsDeviceTests : DeviceContractTests, IDisposable
{
    private readonly TemporaryFolder _folder = new();

    protected override string DeviceString => DeviceStringOf("state");

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task What_the_TPM_remembers_outlives_the_device()
    {
        byte[] before = await SeededAsync("state");

        byte[] after = await SeededAsync("state");

        after.Should().Equal(before);
        (await SeededAsync("other state")).Should().NotEqual(before, "another folder has another TPM");
    }

    [Fact]
    public async Task Closing_is_an_orderly_shutdown_and_opening_a_reset()
    {
        (uint resets, bool isOrderly) first = await ReadClockAsync();
        (uint resets, bool isOrderly) second = await ReadClockAsync();

        second.resets.Should().Be(first.resets + 1);
        second.isOrderly.Should().BeTrue();
    }

    [Fact]
    public async Task A_second_device_is_refused_until_the_first_is_disposed_of()
    {
        await using ITpmDevice second = TpmDevice.Open(DeviceStringOf("other state"));
        await using (ITpmDevice first = Open())
        {
            await TestCommands.HashAsync(first, "first");

            Func<Task> tooEarly = () => TestCommands.HashAsync(second, "too early");

            (await tooEarly.Should().ThrowAsync<TpmDeviceException>()).WithMessage("*one TPM per process*Dispose of the other*");
            await TestCommands.HashAsync(first, "still first");
        }

        await TestCommands.HashAsync(second, "second");
    }

    [Fact]
    public async Task A_device_that_is_disposed_of_in_the_middle_of_a_command_makes_room_for_the_next()
    {
        ITpmDevice first = Open();
        await TestCommands.HashAsync(first, "first");
        Task cut = first.ExecuteAsync(CreateRsaPrimary, new byte[4096]).AsTask();

        await first.DisposeAsync();

        await using ITpmDevice next = Open();
        await TestCommands.HashAsync(next, "next");
        await Task.WhenAny(cut);
    }

    [Fact]
    public async Task The_state_that_another_process_uses_is_refused()
    {
        Directory.CreateDirectory(_folder.File("state"));
        await using ITpmDevice device = Open();
        await using (FileStream held = new(Path.Combine(_folder.File("state"), ".lock"), FileMode.CreateNew, FileAccess.Write, FileShare.None))
        {
            Func<Task> refused = () => TestCommands.HashAsync(device, "never");

            (await refused.Should().ThrowAsync<TpmDeviceException>()).WithMessage("*no other process uses*");
        }

        await TestCommands.HashAsync(device, "afterwards");
    }

    [Fact]
    public async Task A_damaged_state_is_refused_and_left_as_it_is()
    {
        await SeededAsync("state");
        string file = Path.Combine(_folder.File("state"), "permall");
        byte[] damaged = await File.ReadAllBytesAsync(file);
        damaged.AsSpan().Fill(0x55);
        await File.WriteAllBytesAsync(file, damaged);
        await using ITpmDevice device = Open();

        Func<Task> refused = () => TestCommands.HashAsync(device, "never");

        (await refused.Should().ThrowAsync<TpmDeviceException>()).WithMessage("*could not be powered on*damaged*");
        (await File.ReadAllBytesAsync(file)).Should().Equal(damaged);
        await SeededAsync("other state");
    }

    [Fact]
    public async Task A_state_that_cannot_be_saved_is_an_error_and_not_a_crash()
    {
        await using ITpmDevice device = Open();
        await TestCommands.HashAsync(device, "before");

        // A folder where the temporary file should be: also the administrator cannot write to that.
        string obstacle = Path.Combine(_folder.File("state"), "permall.tmp");
        Directory.CreateDirectory(obstacle);
        Func<Task> unsaved = async () => await device.ExecuteAsync(ChangeOwnerAuthorization, new byte[4096]);

        (await unsaved.Should().ThrowAsync<TpmDeviceException>()).WithMessage("*could not be saved*");
        Directory.Delete(obstacle);
        await TestCommands.HashAsync(device, "afterwards");
    }

    [Fact]
    [UnsupportedOSPlatform("windows")]
    public async Task Only_the_owner_may_read_the_state()
    {
        await SeededAsync("state");

        File.GetUnixFileMode(_folder.File("state")).Should().Be(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        Directory.EnumerateFiles(_folder.File("state")).Should().HaveCount(2).And.AllSatisfy(
            file => File.GetUnixFileMode(file).Should().Be(UnixFileMode.UserRead | UnixFileMode.UserWrite));
    }

    [Fact]
    public async Task A_folder_that_cannot_be_made_is_named()
    {
        await File.WriteAllTextAsync(_folder.File("file"), "no folder");
        await using ITpmDevice device = TpmDevice.Open(DeviceStringOf("file/state"));

        Func<Task> refused = () => TestCommands.HashAsync(device, "never");

        (await refused.Should().ThrowAsync<TpmDeviceException>()).WithMessage($"*{_folder.File("file/state")}*");
    }

    [Fact]
    public async Task It_has_no_resource_manager()
    {
        await using ITpmDevice device = Open();

        device.HasResourceManager.Should().BeFalse();
    }

    // TPM2_HierarchyChangeAuth of TPM_RH_OWNER with its empty password, to "a" (TPM 2.0 Library, Part 3, section 24.8).
    private static readonly byte[] ChangeOwnerAuthorization = Convert.FromHexString("80020000001E00000129" + "40000001" + "00000009" + "400000090000000000" + "000161");

    // TPM2_CreatePrimary of a keyed hash in the owner's hierarchy (section 24.1): its HMAC key, and so its unique field, come from the TPM's seed.
    private static readonly byte[] CreatePrimary = Convert.FromHexString(
        "8002" + "00000039" + "00000131" + "40000001" + "00000009" + "400000090000000000"
        + "0004" + "00000000" // TPM2B_SENSITIVE_CREATE
        + "0010" + "0008000B" + "00040072" + "0000" + "0005000B" + "0000" // TPM2B_PUBLIC: keyed hash, HMAC with SHA-256
        + "0000" + "00000000");

    // TPM2_CreatePrimary of an RSA 2048 storage key in the owner's hierarchy, which takes its time.
    private static readonly byte[] CreateRsaPrimary = Convert.FromHexString(
        "8002" + "00000043" + "00000131" + "40000001" + "00000009" + "400000090000000000"
        + "0004" + "00000000" // TPM2B_SENSITIVE_CREATE
        + "001A" + "0001000B" + "00030072" + "0000" + "000600800043" + "0010" + "0800" + "00000000" + "0000" // TPM2B_PUBLIC: RSA, AES-128 in mode CFB
        + "0000" + "00000000");

    private string DeviceStringOf(string state) => $"libtpms:dir={_folder.File(state)}";

    /// <summary>The public area of a key that is derived from the TPM's seed.</summary>
    private async Task<byte[]> SeededAsync(string state)
    {
        await using ITpmDevice device = TpmDevice.Open(DeviceStringOf(state));
        byte[] response = new byte[4096];
        await device.ExecuteAsync(CreatePrimary, response);
        TestCommands.ResponseCode(response).Should().Be(0);
        int publicSize = BinaryPrimitives.ReadUInt16BigEndian(response.AsSpan(10 + 4 + 4));
        return response.AsSpan(10 + 4 + 4 + 2, publicSize).ToArray();
    }

    /// <summary>resetCount, and whether the clock is safe, of TPM2_ReadClock (section 29.1): header, time and clock of eight bytes each, counts of four.</summary>
    private async Task<(uint Resets, bool IsOrderly)> ReadClockAsync()
    {
        await using ITpmDevice device = Open();
        byte[] response = new byte[4096];
        await device.ExecuteAsync(new byte[] { 0x80, 0x01, 0, 0, 0, 10, 0, 0, 0x01, 0x81 }, response);
        TestCommands.ResponseCode(response).Should().Be(0);
        return (BinaryPrimitives.ReadUInt32BigEndian(response.AsSpan(10 + 8 + 8)), response[10 + 8 + 8 + 4 + 4] == 1);
    }
}
