using System.Diagnostics;
using HardwareAttestation.Emulation;

namespace HardwareAttestation.Interoperability.Tests;

/// <summary>
/// tpm2-tools at work on a TPM, in a folder of their own that is removed afterwards. The TPM serves one connection at a time: close the
/// SDK's before a tool is run.
/// </summary>
internal sealed class Tpm2Tools : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);
    private readonly string _deviceString;
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("hwa-tools-");

    public Tpm2Tools(TestMachine machine)
        : this(machine.DeviceString)
    {
    }

    /// <summary>Tools that reach the TPM by a device string, whose words are theirs too.</summary>
    public Tpm2Tools(string deviceString) => _deviceString = deviceString;

    /// <summary>Runs a tool, and then flushes the transient objects that it left in the TPM.</summary>
    /// <returns>What it wrote on its standard output.</returns>
    /// <exception cref="ToolException">It is missing, failed, or did not end.</exception>
    public async Task<string> RunAsync(string tool, params string[] arguments)
    {
        string output = await RunOneAsync(tool, arguments);
        await RunOneAsync("tpm2_flushcontext", ["-t"]);
        return output;
    }

    public string PathOf(string file) => Path.Combine(_folder.FullName, file);

    public byte[] Read(string file) => File.ReadAllBytes(PathOf(file));

    public void Write(string file, ReadOnlySpan<byte> bytes) => File.WriteAllBytes(PathOf(file), bytes);

    public void Dispose() => _folder.Delete(recursive: true);

    private static string Find(string tool) =>
        (Environment.GetEnvironmentVariable("PATH") + ":/usr/bin:/usr/local/bin")
            .Split(':', StringSplitOptions.RemoveEmptyEntries)
            .Select(folder => Path.Combine(folder, tool))
            .FirstOrDefault(File.Exists)
            ?? throw new ToolException(
                $"The program {tool} was not found. Run tests/install-swtpm.sh of this repository, or install the package tpm2-tools yourself.");

    private async Task<string> RunOneAsync(string tool, string[] arguments)
    {
        ProcessStartInfo start = new(Find(tool), arguments)
        {
            WorkingDirectory = _folder.FullName,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment["TPM2TOOLS_TCTI"] = _deviceString;
        start.Environment["TSS2_LOG"] = "all+ERROR";
        using Process process = Process.Start(start)!;
        using CancellationTokenSource patience = new(Patience);
        try
        {
            process.StandardInput.Close();
            Task<string> output = process.StandardOutput.ReadToEndAsync(patience.Token);
            Task<string> errors = process.StandardError.ReadToEndAsync(patience.Token);
            await process.WaitForExitAsync(patience.Token);
            string said = await errors;
            return process.ExitCode == 0
                ? await output
                : throw new ToolException($"{tool} {string.Join(' ', arguments)} failed with exit status {process.ExitCode}: {said}");
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            throw new ToolException(
                $"{tool} did not end within {Patience.TotalSeconds} seconds. Does another connection to {_deviceString} stand open?");
        }
    }
}
