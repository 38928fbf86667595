using System.Net;
using HardwareAttestation.FleetLoad.Http;
using HardwareAttestation.FleetLoad.Machines;

namespace HardwareAttestation.FleetLoad.Hostile;

/// <summary>Enrolled machines, each at an address of its own, that attest every so often whatever happens around them. None tries again before its next turn.</summary>
internal sealed class HonestAgents : IDisposable
{
    private static readonly TimeSpan Period = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    private readonly SoftwareMachine[] _machines;
    private readonly HttpClient[] _clients;

    private HonestAgents(SoftwareMachine[] machines, HttpClient[] clients)
    {
        _machines = machines;
        _clients = clients;
    }

    public IReadOnlyList<SoftwareMachine> Machines => _machines;

    public static async Task<HonestAgents> EnrollAsync(Uri server, MachineMaker maker, int count)
    {
        SoftwareMachine[] machines = maker.Make("honest-", count);
        HttpClient[] clients = [.. machines.Select((_, i) => HttpClients.Create(server, new IPAddress([127, 1, (byte)(i / 250), (byte)(1 + i % 250)]), patience: Patience))];
        foreach ((int i, SoftwareMachine machine) in machines.Index())
        {
            Answer answer = await machine.EnrollAsync(new AgentApi(clients[i], new Latencies())).ConfigureAwait(false);
            if (!answer.IsOk)
            {
                throw new InvalidOperationException($"{machine.NodeId} could not enrol: {answer}.");
            }
        }

        return new HonestAgents(machines, clients);
    }

    /// <summary>Attests with all machines until the end.</summary>
    /// <returns>What attestations came to, and how long each message of theirs took.</returns>
    public async Task<(Tally Tally, LatencySummary Latencies)> WorkAsync(CancellationToken end)
    {
        Tally tally = new();
        Latencies latencies = new();
        await Task.WhenAll(_machines.Select((machine, i) => Task.Run(() => WorkAsync(i, tally, latencies, end), CancellationToken.None))).ConfigureAwait(false);
        return (tally, latencies.SummarizeAll());
    }

    public void Dispose()
    {
        Array.ForEach(_clients, client => client.Dispose());
        Array.ForEach(_machines, machine => machine.Dispose());
    }

    private async Task WorkAsync(int index, Tally tally, Latencies latencies, CancellationToken end)
    {
        AgentApi api = new(_clients[index], latencies);
        using PeriodicTimer timer = new(Period);
        await Task.Delay(Period * index / _machines.Length, CancellationToken.None).ConfigureAwait(false);
        while (!end.IsCancellationRequested)
        {
            _machines[index].Restart();
            try
            {
                tally.Add(await _machines[index].AttestAsync(api, CancellationToken.None).ConfigureAwait(false));
            }
            catch (Exception exception) when (exception is HttpRequestException or IOException or OperationCanceledException)
            {
                tally.Add("no answer");
            }

            await timer.WaitForNextTickAsync(CancellationToken.None).ConfigureAwait(false);
        }
    }
}
