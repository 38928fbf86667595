using HardwareAttestation.Emulation;

namespace Fleet.Demo;

/// <summary>One machine of the fleet: its board with the TPM, its disk, and the agent that runs on it.</summary>
internal sealed class Node(string name, EmulatedMachine machine, Uri server, TimeSpan period) : IAsyncDisposable
{
    private AgentProcess? _agent;

    public string Name => name;

    /// <summary>What the machine keeps on its disk: the agent's folder.</summary>
    public string Disk { get; } = ProcessFolder.CreateFolder("disk");

    /// <summary>Switches the machine on, and waits until its agent has attested it.</summary>
    /// <returns>What the agent said.</returns>
    public async Task<string> StartAsync(CancellationToken cancellationToken)
    {
        await machine.PowerOnAsync(cancellationToken);
        _agent = AgentProcess.Start(name, machine, Disk, server, period);
        return await _agent.WaitForAttestationAsync(cancellationToken);
    }

    /// <summary>Ends the agent and shuts the machine down. Does nothing to one that is off.</summary>
    public async Task ShutDownAsync()
    {
        if (_agent is { } agent)
        {
            _agent = null;
            await using (agent)
            {
                await agent.StopAsync();
            }

            await machine.ShutDownAsync();
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (_agent is { } agent)
        {
            await agent.DisposeAsync();
        }

        await machine.DisposeAsync();
    }
}
