using HardwareAttestation.Protocol;
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
    // Neither a node's name nor the id of a challenge.
    private const string NoId = "-";
    private readonly EnrollmentSteps _enrollment;
    private readonly AttestationSteps _attestation;
    private readonly IDeviceStore _devices;
    private readonly IChallengeStore _challenges;

    /// <summary>Initializes the verifier.</summary>
    /// <param name="options">What is trusted and asked for; read once.</param>
    /// <param name="devices">Remembers the enrolled machines; null for the process' memory: then a restart forgets them, and which of them were revoked.</param>
    /// <param name="challenges">Remembers the challenges; null for the process' memory.</param>
    /// <param name="fetcher">Fetches issuers' certificates and revocation lists at enrolment; null to fetch nothing.</param>
    /// <param name="pcrPolicies">Says which PCR values are good for each device; null where the options' policy is for all.</param>
    /// <param name="timeProvider">The clock; null for the system's.</param>
    /// <param name="logger">Where to log, if anywhere.</param>
    /// <exception cref="ArgumentException">The options are not right.</exception>
    public AttestationVerifier(
        AttestationVerifierOptions options,
        IDeviceStore? devices = null,
        IChallengeStore? challenges = null,
        EndorsementCertificateFetcher? fetcher = null,
        IPcrPolicyProvider? pcrPolicies = null,
        TimeProvider? timeProvider = null,
        ILogger<AttestationVerifier>? logger = null)
    {
        ArgumentNullException.ThrowIfNull(options);
        if (options.FindFaults().ToArray() is { Length: > 0 } faults)
        {
            throw new ArgumentException(string.Join(" ", faults), nameof(options));
        }

        timeProvider ??= TimeProvider.System;
        _devices = devices ?? new InMemoryDeviceStore { IsDefault = true };
        if (logger is not null && _devices is InMemoryDeviceStore { IsDefault: true })
        {
            VerifierLog.DevicesInMemory(logger);
        }

        _challenges = challenges ?? new InMemoryChallengeStore(timeProvider: timeProvider);
        Devices = new DeviceRegistry(_devices, timeProvider, (ILogger?)logger);
        EndorsementCertificates = new EndorsementCertificateValidator(options.TrustAnchors, options.Intermediates, options.EndorsementCertificates, timeProvider, fetcher);
        ProtocolServices services = new(
            new ProtocolPolicy(options),
            EndorsementCertificates,
            _devices,
            new ChallengeDesk(_challenges, timeProvider),
            pcrPolicies,
            timeProvider,
            (ILogger?)logger ?? NullLogger.Instance);
        _enrollment = new EnrollmentSteps(services);
        _attestation = new AttestationSteps(services);
    }

    /// <summary>What an operator decides of the enrolled machines, over the verifier's own store.</summary>
    public DeviceRegistry Devices { get; }

    /// <summary>Judges endorsement key certificates as the verifier itself does, with its anchors, options and fetcher.</summary>
    public EndorsementCertificateValidator EndorsementCertificates { get; }

    /// <summary>Whether a text has the form of a node's name: 1 to 128 ASCII letters, digits and <c>. _ : -</c>, beginning with a letter or digit. Other names are enrolled nowhere.</summary>
    /// <param name="nodeId">The text, as anybody may have sent it.</param>
    /// <returns>Whether it is.</returns>
    public static bool IsNodeId(string? nodeId) => MessageChecks.IsNodeId(nodeId);

    /// <summary>Asks both stores whether they answer, with one look-up each that finds nothing: for health checks.</summary>
    /// <param name="cancellationToken">Cancels.</param>
    /// <returns>A task that ends when both have answered; it fails with what a store throws.</returns>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public async Task ProbeAsync(CancellationToken cancellationToken = default)
    {
        await _devices.FindAsync(NoId, cancellationToken).ConfigureAwait(false);
        await _challenges.TakeAsync(NoId, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>
    /// Judges the certificate of an enrolled device again, by what is trusted and allowed now: after an anchor was taken away, or with new revocation lists. Changes nothing; what becomes of a
    /// device whose certificate is refused is for an operator to decide, with <see cref="Devices"/>.
    /// </summary>
    /// <remarks>The verifier's options were read once: with new ones, ask a new verifier. One with a fetcher fetches lists that are out of date by itself.</remarks>
    /// <param name="device">The device; <see cref="DeviceRegistry.ListAsync"/> gives them all.</param>
    /// <param name="cancellationToken">Cancels.</param>
    /// <returns>The result; null for a device that was trusted on first use and has no certificate.</returns>
    /// <exception cref="TpmFormatException">The store did not keep the device's endorsement key as it was.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public async Task<EndorsementCertificateResult?> ReassessAsync(DeviceRecord device, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(device);
        return device.IsTrustedOnFirstUse
            ? null
            : await EndorsementCertificates.ValidateAsync(
                device.EndorsementCertificate, device.GetEndorsementKey(), device.EndorsementCertificateChain, cancellationToken: cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Second step of enrolment: judges what a machine says of itself and wraps a secret that only the machine's TPM can open.</summary>
    /// <param name="request">The agent's request. Whether this machine may be enrolled as this node at all is for the caller to decide, before this.</param>
    /// <param name="cancellationToken">Cancels.</param>
    /// <returns>The verdict, and the challenge for the agent.</returns>
    /// <exception cref="OperationCanceledException">It was cancelled. What a store throws passes through, too.</exception>
    public Task<EnrollmentOffer> BeginEnrollmentAsync(EnrollmentRequest request, CancellationToken cancellationToken = default) =>
        BeginEnrollmentAsync(request, source: null, cancellationToken);

    /// <summary>Second step of enrolment, for a caller who knows where the request came from.</summary>
    /// <param name="request">The agent's request. Whether this machine may be enrolled as this node at all is for the caller to decide, before this.</param>
    /// <param name="source">
    /// Where the request came from, in 1 to 256 characters, as <see cref="ChallengeSource.FromAddress"/> gives it for instance; null if that is not known. Nothing that the agent can choose: a source has a share of the
    /// unanswered challenges, and cannot push out those of other sources.
    /// </param>
    /// <param name="cancellationToken">Cancels.</param>
    /// <returns>The verdict, and the challenge for the agent.</returns>
    /// <exception cref="ArgumentException">The source is empty or too long.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled. What a store throws passes through, too.</exception>
    public Task<EnrollmentOffer> BeginEnrollmentAsync(EnrollmentRequest request, string? source, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(request);
        ChallengeDesk.CheckSource(source);
        return VerifierTelemetry.WatchAsync(
            "begin_enrollment",
            (Steps: _enrollment, request, source, cancellationToken),
            static call => call.Steps.BeginAsync(call.request, call.source, call.cancellationToken),
            static (call, offer) => OperationOutcome.Of(offer.Verdict, call.request.NodeId));
    }

    /// <summary>Fourth step of enrolment: compares the proof and stores the device. The challenge is used up, whatever comes of it.</summary>
    /// <param name="response">The agent's answer.</param>
    /// <param name="cancellationToken">Cancels as long as the challenge is not taken from its store. After that it is spent, and the rest is done whether anybody waits or not.</param>
    /// <returns>The verdict, and the device.</returns>
    /// <exception cref="InvalidOperationException">A store gave back something else than it was given.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled. What a store throws passes through, too.</exception>
    public Task<EnrollmentResult> CompleteEnrollmentAsync(CredentialResponse response, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(response);
        return VerifierTelemetry.WatchAsync(
            "complete_enrollment",
            (Steps: _enrollment, response, cancellationToken),
            static call => call.Steps.CompleteAsync(call.response, call.cancellationToken),
            static (_, result) => OperationOutcome.Of(result.Verdict, result.NodeId));
    }

    /// <summary>First step at every boot: issues a challenge that is good for one answer, for a short time.</summary>
    /// <param name="nodeId">The node that asks, as it says.</param>
    /// <param name="cancellationToken">Cancels.</param>
    /// <returns>The verdict, and the challenge for the agent.</returns>
    /// <exception cref="OperationCanceledException">It was cancelled. What a store throws passes through, too.</exception>
    public Task<ChallengeOffer> CreateChallengeAsync(string nodeId, CancellationToken cancellationToken = default) =>
        CreateChallengeAsync(nodeId, source: null, cancellationToken);

    /// <summary>First step at every boot, for a caller who knows where the request came from.</summary>
    /// <param name="nodeId">The node that asks, as it says.</param>
    /// <param name="source">
    /// Where the request came from, in 1 to 256 characters, as <see cref="ChallengeSource.FromAddress"/> gives it for instance; null if that is not known. Nothing that the agent can choose: a source has a share of the
    /// unanswered challenges, and cannot push out those of other sources.
    /// </param>
    /// <param name="cancellationToken">Cancels.</param>
    /// <returns>The verdict, and the challenge for the agent.</returns>
    /// <exception cref="ArgumentException">The source is empty or too long.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled. What a store throws passes through, too.</exception>
    public Task<ChallengeOffer> CreateChallengeAsync(string nodeId, string? source, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(nodeId);
        ChallengeDesk.CheckSource(source);
        return VerifierTelemetry.WatchAsync(
            "create_challenge",
            (Steps: _attestation, nodeId, source, cancellationToken),
            static call => call.Steps.ChallengeAsync(call.nodeId, call.source, call.cancellationToken),
            static (call, offer) => OperationOutcome.Of(offer.Verdict, call.nodeId));
    }

    /// <summary>Last step at every boot: verifies the evidence with the enrolled attestation key. The challenge is used up, whatever comes of it.</summary>
    /// <param name="evidence">The agent's answer.</param>
    /// <param name="cancellationToken">Cancels as long as the challenge is not taken from its store. After that it is spent, and the rest is done whether anybody waits or not.</param>
    /// <returns>The verdict, and if it is verified the device and what was attested.</returns>
    /// <exception cref="InvalidOperationException">A store gave back something else than it was given.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled. What a store throws passes through, too.</exception>
    public Task<AttestationResult> VerifyAsync(AttestationEvidence evidence, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(evidence);
        return VerifierTelemetry.WatchAsync(
            "verify",
            (Steps: _attestation, evidence, cancellationToken),
            static call => call.Steps.VerifyAsync(call.evidence, call.cancellationToken),
            static (_, result) => OperationOutcome.Of(result.Verdict, result.NodeId));
    }
}
