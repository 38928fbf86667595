using System.Globalization;
using HardwareAttestation.Emulation;

namespace Fleet.Demo;

/// <summary>An agent that runs on a machine.</summary>
internal sealed class AgentProcess : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(3);

    private readonly SupervisedProcess _process;
    private readonly string _node;

    private AgentProcess(string node, SupervisedProcess process)
    {
        _node = node;
        _process = process;
    }

    /// <summary>Starts an agent.</summary>
    /// <param name="node">As which node.</param>
    /// <param name="machine">The machine, which is on.</param>
    /// <param name="disk">The folder that the machine keeps.</param>
    /// <param name="server">The server.</param>
    /// <param name="period">How often to attest; null for once.</param>
    public static AgentProcess Start(string node, EmulatedMachine machine, string disk, Uri server, TimeSpan? period)
    {
        string[] often = period is { } time ? ["--period", time.ToString("c", CultureInfo.InvariantCulture)] : ["--once"];
        return new AgentProcess(node, SupervisedProcess.Start(
            $"The agent of {node}",
            ["dotnet", Programs.Agent, "--server", server.ToString(), "--node", node, "--tpm", machine.DeviceString, "--state", disk, .. often],
            [new("JOURNAL_STREAM", null)]));
    }

    /// <summary>Waits until it says that it is attested.</summary>
    /// <returns>What it said.</returns>
    public Task<string> WaitForAttestationAsync(CancellationToken cancellationToken) =>
        _process.WaitForLineAsync(line => line.Contains($"attested as {_node}.", StringComparison.Ordinal), Patience, cancellationToken);

    /// <summary>Waits until it has ended by itself.</summary>
    /// <returns>Its exit status, and what it said.</returns>
    public async Task<(int Status, string Output)> WaitForEndAsync(CancellationToken cancellationToken) =>
        (await _process.WaitForExitAsync(Patience, cancellationToken), _process.Output);

    /// <summary>Ends it in good order.</summary>
    public async Task StopAsync()
    {
        int status = await _process.StopAsync();
        if (status != 0)
        {
            throw new DemoException($"The agent of {_node} ended with status {status}. It said:{Environment.NewLine}{_process.Output}");
        }
    }

    public ValueTask DisposeAsync() => _process.DisposeAsync();
}
