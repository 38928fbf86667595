using System.Security.Cryptography;
using HardwareAttestation.Protocol;
using HardwareAttestation.Structures;
using HardwareAttestation.Wire;

namespace HardwareAttestation.Verifier;

/// <summary>The server's two steps of enrolment.</summary>
internal sealed class EnrollmentSteps(ProtocolServices services)
{
    private const string Operation = "Enrolment";
    private const int SecretSize = 32;
    private const int ReplaceAttempts = 16;

    // Of a sentence that is kept with a challenge: no certificate is to make the state of a challenge large.
    private const int LongestKeptDetail = 512;

    public async Task<EnrollmentOffer> BeginAsync(EnrollmentRequest request, string? source, CancellationToken cancellationToken)
    {
        FindingList findings = new();
        DateTimeOffset now = services.TimeProvider.GetUtcNow();
        EndorsementCertificateResult? certificate = null;
        if (!MessageChecks.Version(request.Version, findings) || !MessageChecks.NodeId(request.NodeId, findings))
        {
            return Refuse();
        }

        (EnrollmentKeys? keys, certificate) = await EnrollmentChecks.JudgeAsync(
            request, services.Certificates, services.Policy, now, findings, cancellationToken).ConfigureAwait(false);
        if (keys is null)
        {
            return Refuse();
        }

        // Fetching may have taken a while, which is not to be taken from the machine.
        now = services.TimeProvider.GetUtcNow();

        // The mark is read first: what is removed after that is noticed at the end.
        string endorsementKeyId = EnrollmentChecks.IdentifyEndorsementKey(keys.EndorsementKey);
        long removalMark = await services.Devices.GetRemovalMarkAsync(request.NodeId, endorsementKeyId, cancellationToken).ConfigureAwait(false);
        DeviceRecord? ofNode = await services.Devices.FindAsync(request.NodeId, cancellationToken).ConfigureAwait(false);
        DeviceRecord? ofKey = await services.Devices.FindByEndorsementKeyAsync(endorsementKeyId, cancellationToken).ConfigureAwait(false);
        EnrollmentAdmission.Judge(ofNode, ofKey, endorsementKeyId, now, findings);
        if (findings.HasRefusal)
        {
            return Refuse();
        }

        byte[] secret = RandomNumberGenerator.GetBytes(SecretSize);
        try
        {
            Credential credential = CredentialMaker.MakeCredential(keys.EndorsementKey, keys.AttestationKey.ComputeName(), secret);
            string challengeId = ChallengeDesk.NewId();
            PendingChallenge pending = new()
            {
                ChallengeId = challengeId,
                Purpose = ChallengePurpose.Enrollment,
                NodeId = request.NodeId,
                EndorsementKeyId = endorsementKeyId,
                Source = source,
                ExpiresAt = now + services.Policy.EnrollmentLifetime,
                State = ChallengeStateContext.Write(new EnrollmentState
                {
                    EndorsementCertificate = request.EndorsementCertificate,

                    // Without a certificate nobody has looked at them.
                    EndorsementCertificateChain = request.EndorsementCertificate.IsEmpty ? [] : request.EndorsementCertificateChain,
                    TrustClass = certificate?.TrustClass ?? EndorsementTrustClass.Unknown,

                    // Whether there is a certificate at all is judged again.
                    Flagged =
                    [
                        .. findings.GetFlagged().Where(finding => finding.Check != CheckIds.EkCertificatePresent)
                            .Select(finding => new FlaggedCheck(finding.Check, PlainText.Of(finding.Detail, LongestKeptDetail))),
                    ],
                    EndorsementPublic = keys.EndorsementKey.Encoded,
                    AttestationPublic = keys.AttestationKey.Encoded,
                    StorageParentPublic = keys.StorageParent?.Encoded ?? default,
                    ProofDigest = SHA256.HashData(CredentialResponse.ComputeProof(challengeId, request.NodeId, secret)),
                    RemovalMark = removalMark,
                    ReplacedEnrollmentId = ofNode?.EnrollmentId,
                    GrantId = ofNode?.EnrollmentGrant?.Id,
                }),
            };
            if (!await services.Challenges.AddAsync(pending, findings, cancellationToken).ConfigureAwait(false))
            {
                return Refuse();
            }

            VerifierLog.EnrollmentBegun(services.Logger, request.NodeId, pending.ChallengeId);
            return new EnrollmentOffer(findings.ToVerdict(), certificate, new CredentialChallenge
            {
                ChallengeId = pending.ChallengeId,
                CredentialBlob = credential.CredentialBlob.EncodeSized(),
                EncryptedSecret = Sized(credential.EncryptedSecret.Span),
                ExpiresAt = pending.ExpiresAt,
            });
        }
        finally
        {
            CryptographicOperations.ZeroMemory(secret);
        }

        EnrollmentOffer Refuse() => new(services.LogRefusal(Operation, request.NodeId, findings), certificate, null);
    }

    // A challenge that was taken is spent: what comes after is not cancelled, so that a client that hangs up does not lose it for nothing.
    public async Task<EnrollmentResult> CompleteAsync(CredentialResponse response, CancellationToken cancellationToken)
    {
        FindingList findings = new();
        PendingChallenge? pending = await services.Challenges.TakeAsync(
            response.Version, response.ChallengeId, ChallengePurpose.Enrollment, findings, cancellationToken).ConfigureAwait(false);
        if (pending is null)
        {
            return Refuse(null);
        }

        EnrollmentState state = ChallengeStateContext.ReadEnrollment(pending);
        findings.Prepend(state.Flagged);
        bool proved = JudgeProof(response, state, findings);
        if (proved && state.EndorsementCertificate.IsEmpty)
        {
            EnrollmentChecks.JudgeMissingCertificate(services.Policy, findings);
        }

        if (findings.HasRefusal)
        {
            return Refuse(pending.NodeId);
        }

        DeviceRecord device = new()
        {
            NodeId = pending.NodeId,
            EnrollmentId = ChallengeDesk.NewId(),
            EndorsementKeyId = EnrollmentChecks.IdentifyEndorsementKey(TpmWire.Parse<TpmtPublic>(state.EndorsementPublic.Span)),
            EndorsementCertificate = state.EndorsementCertificate,
            EndorsementCertificateChain = state.EndorsementCertificateChain,
            TrustClass = state.TrustClass,
            EndorsementPublic = state.EndorsementPublic,
            AttestationPublic = state.AttestationPublic,
            StorageParentPublic = state.StorageParentPublic,
            EnrolledAt = services.TimeProvider.GetUtcNow(),
            Status = DeviceStatus.Active,
        };
        DeviceRecord? stored = state.ReplacedEnrollmentId is null
            ? await AddAsync(device, state, findings).ConfigureAwait(false)
            : await ReplaceAsync(device, state, findings).ConfigureAwait(false);
        if (stored is null || findings.HasRefusal)
        {
            return Refuse(pending.NodeId);
        }

        VerifierLog.Enrolled(services.Logger, stored.NodeId, stored.EndorsementKeyId);
        return new EnrollmentResult(findings.ToVerdict(), stored.NodeId, stored);

        EnrollmentResult Refuse(string? nodeId) => new(services.LogRefusal(Operation, nodeId, findings), nodeId, null);
    }

    private static bool JudgeProof(CredentialResponse response, EnrollmentState state, FindingList findings)
    {
        Span<byte> digest = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(response.Proof.Span, digest);
        return findings.Check(
            CheckIds.CredentialSecret,
            CryptographicOperations.FixedTimeEquals(digest, state.ProofDigest.Span),
            "The TPM with the endorsement key and the attestation key has opened the credential, for this node.",
            "The proof is not one that was made with the credential's secret for this node: no TPM with both keys has opened it, or it was asked for another node.");
    }

    private static byte[] Sized(ReadOnlySpan<byte> content)
    {
        byte[] sized = new byte[sizeof(ushort) + content.Length];
        TpmWriter writer = new(sized);
        writer.WriteSized(content);
        return sized;
    }

    private static void JudgeUnchanged(bool unchanged, FindingList findings) => findings.Check(
        CheckIds.EnrollmentUnchanged,
        unchanged,
        "The node and the endorsement key are as free as they were when the enrolment was begun.",
        "A device of the node or with the endorsement key was removed, replaced or changed by an operator since the enrolment was begun: begin again.");

    private async Task<DeviceRecord?> AddAsync(DeviceRecord device, EnrollmentState state, FindingList findings)
    {
        AddDeviceOutcome outcome = await services.Devices.TryAddAsync(device, state.RemovalMark, CancellationToken.None).ConfigureAwait(false);
        bool removed = outcome == AddDeviceOutcome.RemovedMeanwhile;
        findings.Check(
            CheckIds.EnrollmentNodeFree,
            removed || outcome is AddDeviceOutcome.Added or AddDeviceOutcome.EndorsementKeyTaken,
            "The node had no device.",
            "The node was given a device meanwhile: an operator must remove it first.");
        findings.Check(
            CheckIds.EnrollmentEkFree,
            removed || outcome is AddDeviceOutcome.Added or AddDeviceOutcome.NodeTaken,
            "The endorsement key was of no device.",
            "The endorsement key was enrolled with another node meanwhile: an operator must remove that one first.");
        JudgeUnchanged(!removed, findings);
        return outcome == AddDeviceOutcome.Added ? device : null;
    }

    // The device that is to be replaced may attest itself meanwhile, which changes its record and nothing that matters here: then it is tried again.
    private async Task<DeviceRecord?> ReplaceAsync(DeviceRecord device, EnrollmentState state, FindingList findings)
    {
        for (int attempt = 0; attempt < ReplaceAttempts; attempt++)
        {
            DeviceRecord? current = await services.Devices.FindAsync(device.NodeId, CancellationToken.None).ConfigureAwait(false);
            if (current is null
                || current.EnrollmentId != state.ReplacedEnrollmentId
                || current.EnrollmentGrant?.Id != state.GrantId
                || !EnrollmentAdmission.Allows(current, device.EndorsementKeyId, services.TimeProvider.GetUtcNow()))
            {
                break;
            }

            DeviceRecord replacement = device.At(current.Revision + 1);
            ReplaceDeviceOutcome outcome = await services.Devices.TryReplaceAsync(
                current, replacement, state.RemovalMark, CancellationToken.None).ConfigureAwait(false);
            if (outcome != ReplaceDeviceOutcome.Changed)
            {
                findings.Check(
                    CheckIds.EnrollmentEkFree,
                    outcome is ReplaceDeviceOutcome.Replaced or ReplaceDeviceOutcome.RemovedMeanwhile,
                    "The endorsement key was of no other node.",
                    "The endorsement key was enrolled with another node meanwhile: an operator must remove that one first.");
                JudgeUnchanged(outcome != ReplaceDeviceOutcome.RemovedMeanwhile, findings);
                return outcome == ReplaceDeviceOutcome.Replaced ? replacement : null;
            }
        }

        JudgeUnchanged(unchanged: false, findings);
        return null;
    }
}
