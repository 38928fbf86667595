using System.Buffers.Text;
using System.Security.Cryptography;
using HardwareAttestation.Protocol;
using HardwareAttestation.Structures;
using HardwareAttestation.Wire;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace HardwareAttestation.Verifier;

/// <summary>
/// The server's side of attestation: enrols machines by credential activation, challenges them at every boot, and verifies what they answer.
/// </summary>
/// <remarks>
/// <para>Messages are hostile until a verdict says otherwise: each method gives a verdict for them, and throws only for misuse, for a store that fails, and for cancellation.</para>
/// <para>Safe to share between threads. The verifier itself remembers nothing: several instances may share their stores.</para>
/// </remarks>
public sealed class AttestationVerifier
{
    private const int ChallengeIdSize = 16;
    private const int NonceSize = 32;
    private const int SecretSize = 32;
    private readonly TimeSpan _enrollmentLifetime;
    private readonly TimeSpan _attestationLifetime;
    private readonly TpmlPcrSelection? _pcrSelection;
    private readonly EndorsementCertificateValidator _certificates;
    private readonly IDeviceStore _devices;
    private readonly IChallengeStore _challenges;
    private readonly TimeProvider _timeProvider;
    private readonly ILogger _logger;

    /// <summary>Initializes the verifier.</summary>
    /// <param name="options">What is trusted and asked for; read once.</param>
    /// <param name="devices">Remembers the enrolled machines; null for the process' memory.</param>
    /// <param name="challenges">Remembers the challenges; null for the process' memory.</param>
    /// <param name="timeProvider">The clock; null for the system's.</param>
    /// <param name="logger">Where to log, if anywhere.</param>
    /// <exception cref="ArgumentException">The options are not right.</exception>
    public AttestationVerifier(
        AttestationVerifierOptions options,
        IDeviceStore? devices = null,
        IChallengeStore? challenges = null,
        TimeProvider? timeProvider = null,
        ILogger<AttestationVerifier>? logger = null)
    {
        ArgumentNullException.ThrowIfNull(options);
        if (options.FindFaults().FirstOrDefault() is { } fault)
        {
            throw new ArgumentException(fault, nameof(options));
        }

        _enrollmentLifetime = options.EnrollmentChallengeLifetime;
        _attestationLifetime = options.AttestationChallengeLifetime;
        _pcrSelection = options.PcrSelection;
        _timeProvider = timeProvider ?? TimeProvider.System;
        _certificates = new EndorsementCertificateValidator(options.TrustAnchors, options.Intermediates, options.EndorsementCertificates, _timeProvider);
        _devices = devices ?? new InMemoryDeviceStore();
        _challenges = challenges ?? new InMemoryChallengeStore(timeProvider: _timeProvider);
        _logger = (ILogger?)logger ?? NullLogger.Instance;
    }

    /// <summary>Second step of enrolment: judges what a machine says of itself and wraps a secret that only the machine's TPM can open.</summary>
    /// <param name="request">The agent's request. Whether this machine may be enrolled as this node at all is for the caller to decide, before this.</param>
    /// <param name="cancellationToken">Cancels.</param>
    /// <returns>The verdict, and the challenge for the agent.</returns>
    public async Task<EnrollmentOffer> BeginEnrollmentAsync(EnrollmentRequest request, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(request);
        FindingList findings = new();
        DateTimeOffset now = _timeProvider.GetUtcNow();
        if (!MessageChecks.Version(request.Version, findings)
            || !MessageChecks.NodeId(request.NodeId, findings)
            || EnrollmentChecks.Judge(request, _certificates, now, findings) is not { } keys)
        {
            return Refuse(findings, request.NodeId);
        }

        string endorsementKeyId = EnrollmentChecks.IdentifyEndorsementKey(keys.EndorsementKey);
        findings.Check(
            CheckIds.EnrollmentNodeFree,
            await _devices.FindAsync(request.NodeId, cancellationToken).ConfigureAwait(false) is null,
            "The node has no device yet.",
            "The node has a device already: an operator must remove it first.");
        findings.Check(
            CheckIds.EnrollmentEkFree,
            await _devices.FindByEndorsementKeyAsync(endorsementKeyId, cancellationToken).ConfigureAwait(false) is null,
            "The endorsement key is of no device yet.",
            "The endorsement key is of an enrolled device already: an operator must remove it first.");
        if (findings.HasRefusal)
        {
            return Refuse(findings, request.NodeId);
        }

        byte[] secret = RandomNumberGenerator.GetBytes(SecretSize);
        try
        {
            Credential credential = CredentialMaker.MakeCredential(keys.EndorsementKey, keys.AttestationKey.ComputeName(), secret);
            string challengeId = NewChallengeId();
            PendingChallenge pending = new()
            {
                ChallengeId = challengeId,
                Purpose = ChallengePurpose.Enrollment,
                NodeId = request.NodeId,
                EndorsementKeyId = endorsementKeyId,
                ExpiresAt = now + _enrollmentLifetime,
                State = ChallengeStateContext.Write(new EnrollmentState
                {
                    EndorsementCertificate = request.EndorsementCertificate,
                    EndorsementPublic = keys.EndorsementKey.Encoded,
                    AttestationPublic = keys.AttestationKey.Encoded,
                    StorageParentPublic = keys.StorageParent?.Encoded ?? default,
                    ProofDigest = SHA256.HashData(CredentialResponse.ComputeProof(challengeId, request.NodeId, secret)),
                }),
            };
            if (!await AddAsync(pending, findings, cancellationToken).ConfigureAwait(false))
            {
                return Refuse(findings, request.NodeId);
            }

            VerifierLog.EnrollmentBegun(_logger, request.NodeId, pending.ChallengeId);
            return new EnrollmentOffer(findings.ToVerdict(), new CredentialChallenge
            {
                ChallengeId = pending.ChallengeId,
                CredentialBlob = credential.CredentialBlob.ToSizedArray(),
                EncryptedSecret = Sized(credential.EncryptedSecret.Span),
                ExpiresAt = pending.ExpiresAt,
            });
        }
        finally
        {
            CryptographicOperations.ZeroMemory(secret);
        }

        EnrollmentOffer Refuse(FindingList refused, string nodeId) => new(LogRefusal("Enrolment", nodeId, refused), null);
    }

    /// <summary>Fourth step of enrolment: compares the proof and stores the device. The challenge is used up, whatever comes of it.</summary>
    /// <param name="response">The agent's answer.</param>
    /// <param name="cancellationToken">Cancels.</param>
    /// <returns>The verdict, and the device.</returns>
    public async Task<EnrollmentResult> CompleteEnrollmentAsync(CredentialResponse response, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(response);
        FindingList findings = new();
        PendingChallenge? pending = await TakeAsync(
            response.Version, response.ChallengeId, ChallengePurpose.Enrollment, findings, cancellationToken).ConfigureAwait(false);
        if (pending is null)
        {
            return new EnrollmentResult(LogRefusal("Enrolment", null, findings), null);
        }

        EnrollmentState state = ChallengeStateContext.ReadEnrollment(pending);
        Span<byte> digest = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(response.Proof.Span, digest);
        bool opened = findings.Check(
            CheckIds.CredentialSecret,
            CryptographicOperations.FixedTimeEquals(digest, state.ProofDigest.Span),
            "The TPM with the endorsement key and the attestation key has opened the credential, for this node.",
            "The proof is not one that was made with the credential's secret for this node: no TPM with both keys has opened it, or it was asked for another node.");
        if (!opened)
        {
            return new EnrollmentResult(LogRefusal("Enrolment", pending.NodeId, findings), null);
        }

        DeviceRecord device = new()
        {
            NodeId = pending.NodeId,
            EndorsementKeyId = EnrollmentChecks.IdentifyEndorsementKey(TpmWire.Parse<TpmtPublic>(state.EndorsementPublic.Span)),
            EndorsementCertificate = state.EndorsementCertificate,
            EndorsementPublic = state.EndorsementPublic,
            AttestationPublic = state.AttestationPublic,
            StorageParentPublic = state.StorageParentPublic,
            EnrolledAt = _timeProvider.GetUtcNow(),
        };
        AddDeviceOutcome outcome = await _devices.TryAddAsync(device, cancellationToken).ConfigureAwait(false);
        findings.Check(
            CheckIds.EnrollmentNodeFree,
            outcome is AddDeviceOutcome.Added or AddDeviceOutcome.EndorsementKeyTaken,
            "The node had no device.",
            "The node was given a device meanwhile: an operator must remove it first.");
        findings.Check(
            CheckIds.EnrollmentEkFree,
            outcome is AddDeviceOutcome.Added or AddDeviceOutcome.NodeTaken,
            "The endorsement key was of no device.",
            "The endorsement key was enrolled with another node meanwhile: an operator must remove that one first.");
        if (findings.HasRefusal)
        {
            return new EnrollmentResult(LogRefusal("Enrolment", pending.NodeId, findings), null);
        }

        VerifierLog.Enrolled(_logger, device.NodeId, device.EndorsementKeyId);
        return new EnrollmentResult(findings.ToVerdict(), device);
    }

    /// <summary>First step at every boot: issues a challenge that is good for one answer, for a short time.</summary>
    /// <param name="nodeId">The node that asks, as it says.</param>
    /// <param name="cancellationToken">Cancels.</param>
    /// <returns>The verdict, and the challenge for the agent.</returns>
    public async Task<ChallengeOffer> CreateChallengeAsync(string nodeId, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(nodeId);
        FindingList findings = new();
        DeviceRecord? device = MessageChecks.NodeId(nodeId, findings)
            ? await _devices.FindAsync(nodeId, cancellationToken).ConfigureAwait(false)
            : null;
        findings.Check(CheckIds.DeviceEnrolled, device is not null, "The node has a device.", "The node has no device: it must be enrolled first.");
        if (device is null)
        {
            // Every machine asks before it is enrolled: that is no cause for alarm.
            if (MessageChecks.IsNodeId(nodeId))
            {
                VerifierLog.NotEnrolled(_logger, nodeId);
            }

            return new ChallengeOffer(findings.ToVerdict(), null);
        }

        byte[] nonce = RandomNumberGenerator.GetBytes(NonceSize);
        PendingChallenge pending = new()
        {
            ChallengeId = NewChallengeId(),
            Purpose = ChallengePurpose.Attestation,
            NodeId = nodeId,
            ExpiresAt = _timeProvider.GetUtcNow() + _attestationLifetime,
            State = ChallengeStateContext.Write(new AttestationState
            {
                Nonce = nonce,
                PcrSelection = _pcrSelection,
                AttestationKeyName = TpmWire.Parse<TpmtPublic>(device.AttestationPublic.Span).ComputeName().Bytes,
            }),
        };
        if (!await AddAsync(pending, findings, cancellationToken).ConfigureAwait(false))
        {
            return new ChallengeOffer(LogRefusal("A challenge", nodeId, findings), null);
        }

        VerifierLog.Challenged(_logger, nodeId, pending.ChallengeId);
        return new ChallengeOffer(findings.ToVerdict(), new AttestationChallenge
        {
            ChallengeId = pending.ChallengeId,
            NodeId = nodeId,
            Nonce = nonce,
            PcrSelection = _pcrSelection,
            ExpiresAt = pending.ExpiresAt,
        });
    }

    /// <summary>Last step at every boot: verifies the evidence with the enrolled attestation key. The challenge is used up, whatever comes of it.</summary>
    /// <param name="evidence">The agent's answer.</param>
    /// <param name="cancellationToken">Cancels.</param>
    /// <returns>The verdict, and if it is verified the device and what was attested.</returns>
    public async Task<AttestationResult> VerifyAsync(AttestationEvidence evidence, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(evidence);
        FindingList findings = new();
        PendingChallenge? pending = await TakeAsync(
            evidence.Version, evidence.ChallengeId, ChallengePurpose.Attestation, findings, cancellationToken).ConfigureAwait(false);
        if (pending is null)
        {
            return Refused(null);
        }

        AttestationState state = ChallengeStateContext.ReadAttestation(pending);
        DeviceRecord? device = await _devices.FindAsync(pending.NodeId, cancellationToken).ConfigureAwait(false);
        findings.Check(CheckIds.DeviceEnrolled, device is not null, "The node has a device.", "The node's device was removed meanwhile.");
        if (device is null)
        {
            return Refused(pending.NodeId);
        }

        TpmsAttest? attested = EvidenceChecks.Judge(pending, state, device, evidence, findings);
        if (findings.HasRefusal)
        {
            return Refused(pending.NodeId);
        }

        DeviceRecord verified = device.Verified(_timeProvider.GetUtcNow(), attested?.ClockInfo);
        bool stored = await _devices.TryUpdateAsync(verified, cancellationToken).ConfigureAwait(false);
        findings.Check(
            CheckIds.DeviceUnchanged,
            stored,
            "The device's record was brought up to date.",
            "The device's record was changed or removed while its evidence was verified: challenge it again.");
        if (!stored)
        {
            return Refused(pending.NodeId);
        }

        VerifierLog.Attested(_logger, pending.NodeId);
        return new AttestationResult(findings.ToVerdict(), verified, attested, attested is null ? [] : [.. evidence.PcrValues]);

        AttestationResult Refused(string? nodeId) => new(LogRefusal("Attestation", nodeId, findings), null, null, []);
    }

    private static string NewChallengeId() => Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(ChallengeIdSize));

    private static byte[] Sized(ReadOnlySpan<byte> content)
    {
        byte[] sized = new byte[sizeof(ushort) + content.Length];
        TpmWriter writer = new(sized);
        writer.WriteSized(content);
        return sized;
    }

    private async Task<bool> AddAsync(PendingChallenge pending, FindingList findings, CancellationToken cancellationToken)
    {
        bool added = await _challenges.TryAddAsync(pending, cancellationToken).ConfigureAwait(false);
        return findings.Check(
            CheckIds.ChallengeCapacity,
            added,
            "There was room for a challenge.",
            "Too many challenges are unanswered: try again later.");
    }

    private async Task<PendingChallenge?> TakeAsync(
        int version, string? challengeId, ChallengePurpose purpose, FindingList findings, CancellationToken cancellationToken)
    {
        if (!MessageChecks.Version(version, findings) || !MessageChecks.ChallengeId(challengeId, findings))
        {
            return null;
        }

        PendingChallenge? pending = MessageChecks.CanBeIssued(challengeId!)
            ? await _challenges.TakeAsync(challengeId!, cancellationToken).ConfigureAwait(false)
            : null;
        bool known = findings.Check(
            CheckIds.ChallengeKnown,
            pending?.Purpose == purpose,
            "The challenge was issued here and is answered for the first time.",
            "The challenge is unknown: it was never issued for this, was answered before, or has expired.");
        bool fresh = known && findings.Check(
            CheckIds.ChallengeFresh,
            pending!.ExpiresAt > _timeProvider.GetUtcNow(),
            "The challenge has not expired.",
            "The challenge has expired: ask for a new one.");
        return fresh ? pending : null;
    }

    private Verdict LogRefusal(string operation, string? nodeId, FindingList findings)
    {
        Verdict verdict = findings.ToVerdict();
        VerifierLog.Refused(_logger, operation, nodeId is not null && MessageChecks.IsNodeId(nodeId) ? nodeId : "(unknown)", verdict);
        return verdict;
    }
}
