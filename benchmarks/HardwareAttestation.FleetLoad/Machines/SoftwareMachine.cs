using HardwareAttestation.FleetLoad.Http;
using HardwareAttestation.Protocol;
using HardwareAttestation.Structures;

namespace HardwareAttestation.FleetLoad.Machines;

/// <summary>A machine whose TPM is software, and its agent. Its steps are those of a real agent; how often and when is for the caller to say.</summary>
internal sealed class SoftwareMachine(string nodeId, SoftwareTpm tpm) : IDisposable
{
    public string NodeId { get; } = nodeId;

    public SoftwareTpm Tpm { get; } = tpm;

    /// <summary>How often the machine was started: the reset counter of its quotes.</summary>
    public uint ResetCount => Tpm.Clock.ResetCount;

    public void Restart() => Tpm.Clock = new TpmsClockInfo(Tpm.Clock.Clock + 60_000, ResetCount + 1, 0, true);

    /// <summary>Enrols: both messages. The second is not sent where the first is refused.</summary>
    public async Task<Answer> EnrollAsync(AgentApi api, CancellationToken cancellationToken = default)
    {
        Answer<CredentialChallenge> offer = await api.BeginEnrollmentAsync(Tpm.Ask(NodeId), cancellationToken).ConfigureAwait(false);
        return offer.Value is { } challenge
            ? await api.CompleteEnrollmentAsync(Tpm.Answer(challenge, NodeId), cancellationToken).ConfigureAwait(false)
            : offer;
    }

    /// <summary>Attests: asks for a challenge and answers it. Evidence is not sent where there is no challenge.</summary>
    public async Task<Answer> AttestAsync(AgentApi api, CancellationToken cancellationToken = default)
    {
        Answer<AttestationChallenge> offer = await api.GetChallengeAsync(NodeId, cancellationToken).ConfigureAwait(false);
        return offer.Value is { } challenge
            ? await api.SendEvidenceAsync(Tpm.Answer(challenge), cancellationToken).ConfigureAwait(false)
            : offer;
    }

    public void Dispose() => Tpm.Dispose();
}
