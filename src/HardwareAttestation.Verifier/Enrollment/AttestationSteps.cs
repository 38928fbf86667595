using System.Security.Cryptography;
using HardwareAttestation.Protocol;
using HardwareAttestation.Structures;

namespace HardwareAttestation.Verifier;

/// <summary>The server's two steps at every boot.</summary>
internal sealed class AttestationSteps(ProtocolServices services)
{
    private const int NonceSize = 32;
    private static readonly FixedCheck Enrolled = new(CheckIds.DeviceEnrolled, "The node has a device.");

    public async Task<ChallengeOffer> ChallengeAsync(string nodeId, string? source, CancellationToken cancellationToken)
    {
        FindingList findings = new();
        DeviceRecord? device = MessageChecks.NodeId(nodeId, findings)
            ? await services.Devices.FindAsync(nodeId, cancellationToken).ConfigureAwait(false)
            : null;
        findings.Check(Enrolled, device is not null, "The node has no device: it must be enrolled first.");
        if (device is null)
        {
            // Every machine asks before it is enrolled: that is no cause for alarm.
            if (MessageChecks.IsNodeId(nodeId))
            {
                VerifierLog.NotEnrolled(services.Logger, nodeId);
            }

            return new ChallengeOffer(findings.ToVerdict(), null);
        }

        if (!DeviceChecks.JudgeStatus(device, findings))
        {
            return Refuse();
        }

        byte[] nonce = RandomNumberGenerator.GetBytes(NonceSize);
        PendingChallenge pending = new()
        {
            ChallengeId = ChallengeDesk.NewId(),
            Purpose = ChallengePurpose.Attestation,
            NodeId = nodeId,
            Source = source,
            ExpiresAt = services.TimeProvider.GetUtcNow() + services.Policy.AttestationLifetime,
            State = new AttestationState
            {
                Nonce = nonce,
                PcrSelection = services.Policy.PcrSelection,
                EnrollmentId = device.EnrollmentId,
            }.ToArray(),
        };
        if (!await services.Challenges.AddAsync(pending, findings, cancellationToken).ConfigureAwait(false))
        {
            return Refuse();
        }

        VerifierLog.Challenged(services.Logger, nodeId, pending.ChallengeId);
        return new ChallengeOffer(findings.ToVerdict(), new AttestationChallenge
        {
            ChallengeId = pending.ChallengeId,
            NodeId = nodeId,
            Nonce = nonce,
            PcrSelection = services.Policy.PcrSelection,
            ExpiresAt = pending.ExpiresAt,
        });

        ChallengeOffer Refuse() => new(services.LogRefusal("A challenge", nodeId, findings), null);
    }

    // A challenge that was taken is spent: what comes after is not cancelled, so that a client that hangs up does not lose it for nothing.
    public async Task<AttestationResult> VerifyAsync(AttestationEvidence evidence, CancellationToken cancellationToken)
    {
        FindingList findings = new();
        PendingChallenge? pending = await services.Challenges.TakeAsync(
            evidence.Version, evidence.ChallengeId, ChallengePurpose.Attestation, findings, cancellationToken).ConfigureAwait(false);
        if (pending is null)
        {
            return Refuse(null);
        }

        AttestationState state = AttestationState.Read(pending);
        DeviceRecord? device = await services.Devices.FindAsync(pending.NodeId, CancellationToken.None).ConfigureAwait(false);
        findings.Check(Enrolled, device is not null, "The node's device was removed meanwhile.");
        if (device is null || !DeviceChecks.Judge(device, state, services.Policy, findings))
        {
            return Refuse(pending.NodeId);
        }

        TpmsAttest? attested = EvidenceChecks.Judge(pending, state, device, evidence, findings);
        if (findings.HasRefusal)
        {
            return Refuse(pending.NodeId);
        }

        PcrPolicy pcrs = services.PcrPolicies is { } provider
            ? await provider.GetPolicyAsync(device, CancellationToken.None).ConfigureAwait(false)
                ?? throw new InvalidOperationException("The provider of PCR policies gave none for the device: an empty one allows any values.")
            : services.Policy.Pcrs;
        EvidenceChecks.JudgeMachine(attested, evidence, device, services.Policy, pcrs, findings);
        if (findings.HasRefusal)
        {
            return Refuse(pending.NodeId);
        }

        DeviceRecord verified = device.Verified(services.TimeProvider.GetUtcNow(), attested?.ClockInfo);
        if (!await services.Devices.TryUpdateAsync(verified, CancellationToken.None).ConfigureAwait(false))
        {
            findings.Retract(
                CheckIds.DeviceUnchanged, "The device's record was changed or removed while its evidence was verified: challenge it again.");
            return Refuse(pending.NodeId);
        }

        VerifierLog.Attested(services.Logger, pending.NodeId);
        return new AttestationResult(findings.ToVerdict(), pending.NodeId, verified, attested, attested is null ? [] : [.. evidence.PcrValues]);

        AttestationResult Refuse(string? nodeId) => new(services.LogRefusal("Attestation", nodeId, findings), nodeId, null, null, []);
    }
}
