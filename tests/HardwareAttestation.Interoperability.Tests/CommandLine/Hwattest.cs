using System.Diagnostics;
using System.Text;
using System.Text.Json;

namespace HardwareAttestation.Interoperability.Tests.CommandLine;

/// <summary>hwattest as a process of its own, as a person or a script runs it.</summary>
internal sealed class Hwattest(string folder, string? deviceString)
{
    private const string DeviceVariable = "HWATTEST_TPM";
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);
    private static readonly string Program = Path.Combine(AppContext.BaseDirectory, "hwattest.dll");

    /// <summary>In the folder of tpm2-tools, for files to pass from one to the other.</summary>
    public Hwattest(Tpm2Tools tools, string? deviceString)
        : this(tools.PathOf("."), deviceString)
    {
    }

    /// <summary>Runs it.</summary>
    public async Task<Answer> RunAsync(params string[] arguments)
    {
        ProcessStartInfo start = new("dotnet", [Program, .. arguments])
        {
            WorkingDirectory = folder,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment.Remove(DeviceVariable);
        if (deviceString is not null)
        {
            start.Environment[DeviceVariable] = deviceString;
        }

        using Process process = Process.Start(start)!;
        using CancellationTokenSource patience = new(Patience);
        try
        {
            process.StandardInput.Close();
            using MemoryStream output = new();
            Task copied = process.StandardOutput.BaseStream.CopyToAsync(output, patience.Token);
            Task<string> error = process.StandardError.ReadToEndAsync(patience.Token);
            await process.WaitForExitAsync(patience.Token);
            await copied;
            return new Answer(process.ExitCode, output.ToArray(), await error);
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            throw new ToolException($"hwattest {string.Join(' ', arguments)} did not end within {Patience.TotalSeconds} seconds.");
        }
    }

    /// <summary>Runs it, and expects that it does what it is asked for.</summary>
    /// <returns>What it wrote on its standard output.</returns>
    public async Task<string> DoAsync(params string[] arguments)
    {
        Answer answer = await RunAsync(arguments);
        answer.Status.Should().Be(0, "hwattest {0} says: {1}{2}", string.Join(' ', arguments), answer.Error, answer.Output);
        return answer.Output;
    }

    /// <summary>Runs it with --json.</summary>
    public async Task<JsonElement> AskAsync(params string[] arguments)
    {
        Answer answer = await RunAsync([.. arguments, "--json"]);
        answer.Error.Should().BeEmpty();
        return JsonDocument.Parse(answer.Output).RootElement;
    }

    /// <summary>What came of a run.</summary>
    /// <param name="Status">The exit status.</param>
    /// <param name="Bytes">The standard output.</param>
    /// <param name="Error">The standard error.</param>
    internal sealed record Answer(int Status, byte[] Bytes, string Error)
    {
        public string Output => Encoding.UTF8.GetString(Bytes);
    }
}
