using System.Net;
using HardwareAttestation.FleetLoad.Http;
using HardwareAttestation.FleetLoad.Machines;
using HardwareAttestation.Protocol;

namespace HardwareAttestation.FleetLoad.Faults;

/// <summary>An agent that knows nothing of what happens to the servers: what fails, it tries again from the beginning. Of its answers it sends some twice at once.</summary>
/// <param name="machine">The machine.</param>
/// <param name="servers">Servers over one database, any of which will do.</param>
/// <param name="journal">Where it writes down what it is told.</param>
/// <param name="random">Decides what it does next.</param>
internal sealed class TroubledAgent(SoftwareMachine machine, IReadOnlyList<AgentApi> servers, Journal journal, Random random)
{
    private const int PairEvery = 3;

    public SoftwareMachine Machine => machine;

    /// <summary>Works until a number of boots are attested.</summary>
    /// <returns>False if it was cancelled before.</returns>
    public async Task<bool> WorkAsync(int boots, CancellationToken cancellationToken)
    {
        while (boots > 0 && !cancellationToken.IsCancellationRequested)
        {
            if (await TryAttestAsync().ConfigureAwait(false))
            {
                boots--;
            }
            else
            {
                // With jitter, as every agent. Seldom longer than a server takes to start, so that it is met at every moment of its start.
                await Task.Delay(random.Next(10, 200), CancellationToken.None).ConfigureAwait(false);
            }
        }

        return boots == 0;
    }

    private async Task<bool> TryAttestAsync()
    {
        AgentApi server = servers[random.Next(servers.Count)];
        machine.Restart();
        if (await ReachAsync(() => server.GetChallengeAsync(machine.NodeId)).ConfigureAwait(false) is not { } offer)
        {
            return false;
        }

        if (offer.Status == HttpStatusCode.NotFound)
        {
            await TryEnrollAsync(server).ConfigureAwait(false);
            return false;
        }

        if (offer.Value is not { } challenge)
        {
            journal.AddOther("challenge", offer);
            return false;
        }

        AttestationEvidence evidence = machine.Tpm.Answer(challenge);
        return await AnswerAsync("evidence", api => api.SendEvidenceAsync(evidence), () => journal.AddAttested(machine, challenge.ChallengeId)).ConfigureAwait(false);
    }

    private async Task TryEnrollAsync(AgentApi server)
    {
        if (await ReachAsync(() => server.BeginEnrollmentAsync(machine.Tpm.Ask(machine.NodeId))).ConfigureAwait(false) is not { } offer)
        {
            return;
        }

        if (offer.Value is not { } challenge)
        {
            journal.AddOther("enrollment", offer);
            return;
        }

        CredentialResponse response = machine.Tpm.Answer(challenge, machine.NodeId);
        await AnswerAsync(
            "completion", api => api.CompleteEnrollmentAsync(response), () => journal.AddEnrolled(machine, challenge.ChallengeId)).ConfigureAwait(false);
    }

    /// <summary>Sends an answer to a challenge to one server, or to two at once.</summary>
    /// <returns>Whether one has accepted it.</returns>
    private async Task<bool> AnswerAsync(string step, Func<AgentApi, Task<Answer<Verdict>>> send, Action accepted)
    {
        int first = random.Next(servers.Count);
        bool isPair = random.Next(PairEvery) == 0;
        AgentApi[] chosen = isPair ? [servers[first], servers[(first + 1) % servers.Count]] : [servers[first]];
        Answer<Verdict>?[] answers = await Task.WhenAll(chosen.Select(server => ReachAsync(() => send(server)))).ConfigureAwait(false);
        if (isPair)
        {
            journal.AddPair();
        }

        bool isAccepted = false;
        foreach (Answer<Verdict> answer in answers.OfType<Answer<Verdict>>())
        {
            if (answer.Value?.IsVerified == true)
            {
                accepted();
                isAccepted = true;
            }
            else
            {
                journal.AddOther(isPair ? $"{step} in a pair" : step, answer);
            }
        }

        return isAccepted;
    }

    private async Task<T?> ReachAsync<T>(Func<Task<T>> call)
        where T : Answer
    {
        try
        {
            return await call().ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is HttpRequestException or IOException or OperationCanceledException)
        {
            journal.AddUnreached();
            return null;
        }
    }
}
