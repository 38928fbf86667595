using System.Diagnostics;
using HardwareAttestation.Emulation;

namespace HardwareAttestation.EndToEnd.Tests;

/// <summary>The two programs of docs/getting-started.md, run as the page says.</summary>
public sealed class GettingStartedTests : IDisposable
{
    private const string ListeningAt = "Now listening on: ";
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(5);
    private readonly string _folder = Directory.CreateTempSubdirectory("hwa-started-").FullName;

    [Fact]
    public async Task The_agent_enrols_at_its_first_start_and_attests_at_the_next()
    {
        TpmManufacturer manufacturer = await SharedMachines.GetManufacturerAsync();
        await using EmulatedMachine machine = await SharedMachines.CreateMachineAsync();
        using CancellationTokenSource patience = new(Patience);
        // As the page has it: the folder that the emulated machine prints.
        string trust = Path.GetDirectoryName(manufacturer.RootCertificatePath)!;

        using Process server = Start("server", "--urls", "http://127.0.0.1:0", "--trust", trust);
        try
        {
            string? address = null;
            while (address is null && await server.StandardOutput.ReadLineAsync(patience.Token) is { } line)
            {
                int position = line.IndexOf(ListeningAt, StringComparison.Ordinal);
                address = position < 0 ? null : line[(position + ListeningAt.Length)..];
            }

            Task rest = Task.WhenAll(server.StandardOutput.ReadToEndAsync(patience.Token), server.StandardError.ReadToEndAsync(patience.Token));
            address.Should().NotBeNull("the server says where it listens");

            (await RunAgentAsync(address!, machine.DeviceString, patience.Token)).Should().StartWith("rack1-node7 is enrolled");
            (await RunAgentAsync(address!, machine.DeviceString, patience.Token)).Should().StartWith("rack1-node7 has attested");
            server.Kill();
            await rest;
        }
        finally
        {
            server.Kill();
        }
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private async Task<string> RunAgentAsync(string address, string device, CancellationToken cancellationToken)
    {
        using Process agent = Start("agent", address, "rack1-node7", device);
        Task<string> error = agent.StandardError.ReadToEndAsync(cancellationToken);
        string output = await agent.StandardOutput.ReadToEndAsync(cancellationToken);
        await agent.WaitForExitAsync(cancellationToken);
        agent.ExitCode.Should().Be(0, await error);
        return output;
    }

    private Process Start(string program, params string[] arguments)
    {
        // …/tests/HardwareAttestation.EndToEnd.Tests/bin/Release/net10.0/
        string built = Path.TrimEndingDirectorySeparator(AppContext.BaseDirectory);
        string configuration = Path.GetFileName(Path.GetDirectoryName(built)!);
        string path = Path.GetFullPath(Path.Combine(
            built, "../../../../..", "samples/getting-started", program, "bin", configuration, Path.GetFileName(built), $"getting-started-{program}.dll"));
        return Process.Start(new ProcessStartInfo("dotnet", [path, .. arguments])
        {
            WorkingDirectory = _folder,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
    }
}
