using System.Diagnostics;
using System.Text.RegularExpressions;
using HardwareAttestation.Emulation;

namespace HardwareAttestation.Interoperability.Tests.CommandLine;

/// <summary>The page about hwattest shows what it prints.</summary>
public sealed partial class PageTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("hwa-page-");

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public async Task Every_command_of_the_page_prints_what_stands_there()
    {
        TpmManufacturer manufacturer = await SharedMachines.GetManufacturerAsync();
        await using EmulatedMachine machine = await SharedMachines.CreateMachineAsync();
        DirectoryInfo roots = _folder.CreateSubdirectory("roots");
        File.Copy(manufacturer.RootCertificatePath, Path.Combine(roots.FullName, "root.pem"));
        File.Copy(manufacturer.IssuerCertificatePath, Path.Combine(roots.FullName, "issuer.pem"));

        int commands = 0;
        foreach (Match block in ConsolePattern().Matches(File.ReadAllText(Repository.PathOf("docs/hwattest.md"))))
        {
            foreach (Match call in CallPattern().Matches(block.Groups["lines"].Value))
            {
                string printed = await RunAsync(call.Groups["command"].Value, machine.DeviceString);
                Mask(printed).Should().Be(Mask(call.Groups["output"].Value), "that is what '{0}' prints", call.Groups["command"].Value);
                commands++;
            }
        }

        commands.Should().BeGreaterThan(15);
    }

    // Each TPM has keys of its own, and each version of the emulator its number and its algorithms.
    private static string Mask(string text) => NumberPattern().Replace(ListPattern().Replace(text.TrimEnd(), "$1 …"), "#");

    [GeneratedRegex("```console\n(?<lines>.*?)```", RegexOptions.Singleline)]
    private static partial Regex ConsolePattern();

    [GeneratedRegex(@"^\$ (?<command>[^\n]*)\n(?<output>(?:(?!\$ )[^\n]*\n)*)", RegexOptions.Multiline)]
    private static partial Regex CallPattern();

    [GeneratedRegex("^(algorithms|curves|device) .*$", RegexOptions.Multiline)]
    private static partial Regex ListPattern();

    [GeneratedRegex("[0-9a-f]{16,}|[0-9]+")]
    private static partial Regex NumberPattern();

    private async Task<string> RunAsync(string command, string deviceString)
    {
        string program = Path.Combine(AppContext.BaseDirectory, "hwattest.dll");
        ProcessStartInfo start = new("/bin/sh", ["-c", $"exec 2>&1; hwattest() {{ dotnet '{program}' \"$@\"; }}; {command}"])
        {
            WorkingDirectory = _folder.FullName,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        };
        start.Environment["HWATTEST_TPM"] = deviceString;
        using Process process = Process.Start(start)!;
        process.StandardInput.Close();
        string output = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        return output;
    }
}
