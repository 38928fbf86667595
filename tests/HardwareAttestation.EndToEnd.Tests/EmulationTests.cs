using System.Buffers.Binary;
using System.Diagnostics;
using System.Globalization;
using System.Security.Cryptography.X509Certificates;
using HardwareAttestation.Emulation;

namespace HardwareAttestation.EndToEnd.Tests;

public sealed class EmulationTests
{
    // TPM_ST_NO_SESSIONS, size 12, TPM_CC_GetRandom, 16 bytes.
    private static readonly byte[] GetRandom = [0x80, 0x01, 0, 0, 0, 12, 0, 0, 0x01, 0x7B, 0, 16];

    // TPM_ST_NO_SESSIONS, size 10, TPM_CC_ReadClock.
    private static readonly byte[] ReadClock = [0x80, 0x01, 0, 0, 0, 10, 0, 0, 0x01, 0x81];

    // TPM_ST_NO_SESSIONS, size 22, TPM_CC_GetCapability: one value, TPM_PT_STARTUP_CLEAR of TPM_CAP_TPM_PROPERTIES.
    private static readonly byte[] GetStartupClear = [0x80, 0x01, 0, 0, 0, 22, 0, 0, 0x01, 0x7A, 0, 0, 0, 6, 0, 0, 2, 1, 0, 0, 0, 1];

    [Theory]
    [InlineData(EmulatedTransport.UnixSocket)]
    [InlineData(EmulatedTransport.Tcp)]
    public async Task A_machine_answers_when_it_is_on_and_again_after_a_power_cycle(EmulatedTransport transport)
    {
        await using EmulatedMachine machine = await SharedMachines.CreateMachineAsync(transport);
        string deviceString = machine.DeviceString;
        (await RandomOfAsync(machine)).Should().HaveCount(16);

        await machine.PowerCycleAsync();

        machine.DeviceString.Should().Be(deviceString);
        (await RandomOfAsync(machine)).Should().HaveCount(16);
    }

    [Fact]
    public async Task A_power_cut_is_unorderly_and_a_reboot_is_orderly()
    {
        await using EmulatedMachine machine = await SharedMachines.CreateMachineAsync();

        await machine.PowerCycleAsync();
        (await CameUpOrderlyAsync(machine)).Should().BeFalse();

        await machine.RebootAsync();
        (await CameUpOrderlyAsync(machine)).Should().BeTrue();
    }

    [Fact]
    public async Task Copies_of_a_machine_have_states_of_their_own()
    {
        await using EmulatedMachine one = await SharedMachines.CreateMachineAsync();
        await using EmulatedMachine two = await SharedMachines.CreateMachineAsync();
        uint resets = await ResetCountOfAsync(two);

        await one.PowerCycleAsync();

        one.DeviceString.Should().NotBe(two.DeviceString);
        (await ResetCountOfAsync(two)).Should().Be(resets);
    }

    [Fact]
    public async Task Two_machines_of_one_manufacturer_have_different_endorsement_keys()
    {
        await using EmulatedMachine one = await SharedMachines.CreateMachineAsync();
        await using EmulatedMachine other = await SharedMachines.CreateOtherMachineAsync();

        PublicKeyIn(one.RsaEndorsementCertificatePath).Should().NotEqual(PublicKeyIn(other.RsaEndorsementCertificatePath));
        PublicKeyIn(one.EccEndorsementCertificatePath).Should().NotEqual(PublicKeyIn(other.EccEndorsementCertificatePath));
        one.Manufacturer.Should().BeSameAs(other.Manufacturer);
    }

    [Fact]
    public async Task A_manufacturer_has_its_certificates_from_the_start()
    {
        TpmManufacturer manufacturer = await TpmManufacturer.CreateAsync();
        await using (manufacturer)
        {
            using X509Certificate2 root = X509CertificateLoader.LoadCertificateFromFile(manufacturer.RootCertificatePath);
            using X509Certificate2 issuer = X509CertificateLoader.LoadCertificateFromFile(manufacturer.IssuerCertificatePath);
            issuer.Issuer.Should().Be(root.Subject);
        }

        File.Exists(manufacturer.RootCertificatePath).Should().BeFalse("a disposed manufacturer leaves nothing behind");
    }

    [Fact]
    public async Task A_failed_manufacture_carries_the_end_of_the_log()
    {
        await using TpmManufacturer manufacturer = await TpmManufacturer.CreateAsync();
        File.Delete(manufacturer.IssuerCertificatePath);
        Directory.CreateDirectory(manufacturer.IssuerCertificatePath);

        Func<Task> manufacture = () => manufacturer.ManufactureAsync("machine");

        (await manufacture.Should().ThrowAsync<EmulationException>()).WithMessage("swtpm_setup failed*swtpm_localca*");
    }

    [Fact]
    public async Task A_machine_that_is_on_can_be_neither_powered_on_nor_copied()
    {
        await using EmulatedMachine machine = await SharedMachines.CreateMachineAsync();

        await machine.Invoking(m => m.PowerOnAsync()).Should().ThrowAsync<InvalidOperationException>();
        machine.Invoking(m => m.Clone("copy")).Should().Throw<InvalidOperationException>();
    }

    [Fact]
    public async Task A_killed_process_leaves_neither_emulator_nor_files_behind()
    {
        string dotnet = Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet";
        using Process process = Process.Start(new ProcessStartInfo(dotnet, [typeof(EmulatedMachine).Assembly.Location])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            // The runtime's own diagnostic sockets would stay behind in the temporary folder when it is killed.
            Environment = { ["DOTNET_EnableDiagnostics"] = "0" },
        })!;
        string machineFolder;
        Process emulator;
        try
        {
            string deviceString = await process.StandardOutput.ReadLineAsync() ?? "";
            machineFolder = Path.GetDirectoryName(deviceString["swtpm:path=".Length..])!;
            string pid = await File.ReadAllTextAsync(Path.Combine(machineFolder, "swtpm.pid"));
            emulator = Process.GetProcessById(int.Parse(pid, CultureInfo.InvariantCulture));
        }
        finally
        {
            process.Kill();
        }

        using CancellationTokenSource patience = new(TimeSpan.FromMinutes(2));
        using (emulator)
        {
            await emulator.WaitForExitAsync(patience.Token);
        }

        while (Directory.Exists(Path.GetDirectoryName(machineFolder)))
        {
            await Task.Delay(TimeSpan.FromMilliseconds(10), patience.Token);
        }
    }

    private static async Task<byte[]> RandomOfAsync(EmulatedMachine machine)
    {
        byte[] response = await machine.SendCommandAsync(GetRandom);
        BinaryPrimitives.ReadUInt32BigEndian(response.AsSpan(6)).Should().Be(0, "that is TPM_RC_SUCCESS");
        return response[12..];
    }

    // The response is a header, moreData, the capability, a count, the property and its value: TPMA_STARTUP_CLEAR, bit 31 is orderly.
    private static async Task<bool> CameUpOrderlyAsync(EmulatedMachine machine)
    {
        byte[] response = await machine.SendCommandAsync(GetStartupClear);
        return (BinaryPrimitives.ReadUInt32BigEndian(response.AsSpan(10 + 1 + 4 + 4 + 4)) & 0x8000_0000) != 0;
    }

    // The response is a header, then TPMS_TIME_INFO: time and clock of eight bytes each, then resetCount.
    private static async Task<uint> ResetCountOfAsync(EmulatedMachine machine)
    {
        byte[] response = await machine.SendCommandAsync(ReadClock);
        return BinaryPrimitives.ReadUInt32BigEndian(response.AsSpan(10 + 8 + 8));
    }

    private static byte[] PublicKeyIn(string certificatePath)
    {
        using X509Certificate2 certificate = X509CertificateLoader.LoadCertificateFromFile(certificatePath);
        return certificate.GetPublicKey();
    }
}
