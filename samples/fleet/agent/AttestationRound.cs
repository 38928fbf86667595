using HardwareAttestation;
using HardwareAttestation.Client;
using HardwareAttestation.Protocol;

namespace Fleet.Agent;

/// <summary>One round: the server's challenge is answered by the TPM, after the machine was enrolled if the server does not know it.</summary>
/// <remarks>The TPM is opened for the round and given back after it: others want to use it too, and a fault of it does not outlive the round.</remarks>
/// <param name="node">Which node this machine is.</param>
/// <param name="openTpm">Opens the TPM.</param>
/// <param name="keys">Where the key is kept.</param>
/// <param name="server">The server.</param>
/// <param name="journal">Where to say what is done about the keys.</param>
internal sealed class AttestationRound(string node, Func<ITpmDevice> openTpm, KeptKeys keys, ServerConnection server, Journal journal)
{
    /// <summary>Runs the round. What goes wrong is its outcome.</summary>
    public async Task<Outcome> RunAsync(CancellationToken cancellationToken)
    {
        try
        {
            await using ITpmDevice device = openTpm();
            await using AttestationClient client = new(device);
            await using KeptKey key = await keys.GetAsync(client, cancellationToken);
            return new Attested(Enrolled: await AttestAsync(client, key, cancellationToken));
        }
        catch (RoundEndedException ended)
        {
            return ended.Outcome;
        }
        catch (HardwareAttestationException exception)
        {
            return new TpmFailed(PlainText.Of(exception.Message));
        }
    }

    // Enrolment follows in two cases only: the server does not know the node, or it refuses a key that was never enrolled. A refusal of an enrolled key stays one.
    private async Task<bool> AttestAsync(AttestationClient client, KeptKey key, CancellationToken cancellationToken)
    {
        bool isKnown = false;
        try
        {
            isKnown = await TryAnswerAsync(key.Key, cancellationToken);
        }
        catch (RoundEndedException ended) when (!key.IsEnrolled && ended.Outcome is Refused refused && !Schedule.IsPassing(refused))
        {
            // Only an operator can allow this key to take the other's place, and the server knows whether one has.
            Refusal refusal = refused.Refusals[0];
            journal.Warning($"the new key was refused at {refused.Step} by {refusal.Check}, so its enrolment is asked for: {refusal.Detail}");
        }

        if (!isKnown)
        {
            await EnrollAsync(client, key.Key, cancellationToken);
            if (!await TryAnswerAsync(key.Key, cancellationToken))
            {
                throw new RoundEndedException(new ServerFailed("It has enrolled the node, and does not know it: do its instances share one database?"));
            }
        }

        await key.KeepAsEnrolledAsync(cancellationToken);
        return !isKnown;
    }

    /// <returns>Whether the server knows the node; if so, the answer is verified.</returns>
    private async Task<bool> TryAnswerAsync(AttestationKey key, CancellationToken cancellationToken)
    {
        if (await server.GetChallengeAsync(node, cancellationToken) is not { } challenge)
        {
            return false;
        }

        if (challenge.NodeId != node)
        {
            throw new RoundEndedException(new ServerFailed($"Its challenge is for node {PlainText.Of(challenge.NodeId)}."));
        }

        await server.AttestAsync(await MakeAsync(() => key.RespondAsync(challenge, cancellationToken)), cancellationToken);
        return true;
    }

    private async Task EnrollAsync(AttestationClient client, AttestationKey key, CancellationToken cancellationToken)
    {
        EndorsementKey endorsementKey = await client.GetEndorsementKeyAsync(key.Blob.EndorsementTemplate, cancellationToken);
        CredentialChallenge challenge = await server.BeginEnrollmentAsync(key.CreateEnrollmentRequest(node, endorsementKey), cancellationToken);
        await server.CompleteEnrollmentAsync(await MakeAsync(() => key.RespondAsync(challenge, node, cancellationToken)), cancellationToken);
    }

    // What a server asks for may be nothing that can be answered: another version, fields that are too long or malformed.
    private static async Task<T> MakeAsync<T>(Func<Task<T>> respond)
    {
        try
        {
            return await respond();
        }
        catch (AttestationProtocolException exception)
        {
            throw new RoundEndedException(new ServerFailed($"Its challenge cannot be answered: {PlainText.Of(exception.Message)}"));
        }
    }
}
