using HardwareAttestation.Emulation;

namespace HardwareAttestation.Client.Tests.Devices;

/// <summary>A character device, with a real TPM behind it.</summary>
public sealed class LinuxDeviceTests : TpmDeviceFaultContract
{
    internal override TpmRelay CreateRelay() => new CharacterDeviceRelay(Machine, "tpm0");

    [Fact]
    public async Task No_startup_is_sent_because_the_firmware_did()
    {
        await using ITpmDevice device = Open();

        await TestCommands.HashAsync(device, "a command");

        Relay.Startups.Should().Be(0);
    }

    [Theory]
    [InlineData("device:/dev/tpmrm0", true)]
    [InlineData("device:/dev/tpmrm12", true)]
    [InlineData("device:/dev/tpm0", false)]
    [InlineData("device:/tpmrm/tpm0", false)]
    public async Task The_name_of_the_device_tells_whether_a_resource_manager_is_there(string device, bool expected)
    {
        await using ITpmDevice opened = TpmDevice.Open(device);

        opened.HasResourceManager.Should().Be(expected);
    }

    [Fact]
    public async Task A_missing_device_is_named()
    {
        await using ITpmDevice device = TpmDevice.Open("device:/dev/no-such-tpm");

        Func<Task> missing = () => TestCommands.HashAsync(device, "never");

        (await missing.Should().ThrowAsync<TpmDeviceException>()).WithMessage("*no TPM at /dev/no-such-tpm: *");
    }

    [Theory]
    [InlineData("tpm0", 13, "*add the user to group tss*")]
    [InlineData("tpm0", 1, "*add the user to group tss*")]
    [InlineData("tpm0", 16, "*another process (often tpm2-abrmd) holds */tpm0*/dev/tpmrm0*")]
    [InlineData("tpmrm0", 16, "*in use*")]
    [InlineData("tpm0", 19, "*no TPM at*")]
    [InlineData("tpm0", 5, "*could not be opened*")]
    public void A_device_that_cannot_be_opened_is_explained(string name, int error, string message)
    {
        LinuxDeviceTransport transport = new($"/dev/{name}");

        transport.Explain(error).ToUpperInvariant().Should().Match(message.ToUpperInvariant());
    }

    [Fact]
    public void The_default_device_is_the_one_with_a_resource_manager_where_there_is_one()
    {
        DirectoryInfo folder = Directory.CreateTempSubdirectory("dev-");
        try
        {
            string managed = Path.Combine(folder.FullName, "tpmrm0");
            string direct = Path.Combine(folder.FullName, "tpm0");

            TpmDevice.FindLinuxDevice(folder.FullName).Should().Be(managed, "it is what the error shall name");
            File.WriteAllBytes(direct, []);
            TpmDevice.FindLinuxDevice(folder.FullName).Should().Be(direct);
            File.WriteAllBytes(managed, []);
            TpmDevice.FindLinuxDevice(folder.FullName).Should().Be(managed);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }
}
