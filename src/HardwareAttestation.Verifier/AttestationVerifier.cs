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
    /// <param name="devices">Remembers the enrolled machines; null for the process' memory.</param>
    /// <param name="challenges">Remembers the challenges; null for the process' memory.</param>
    /// <param name="timeProvider">The clock; null for the system's.</param>
    /// <param name="logger">Where to log, if anywhere.</param>
    /// <param name="fetcher">Fetches issuers' certificates and revocation lists at enrolment; null to fetch nothing.</param>
    /// <exception cref="ArgumentException">The options are not right.</exception>
    public AttestationVerifier(
        AttestationVerifierOptions options,
        IDeviceStore? devices = null,
        IChallengeStore? challenges = null,
        TimeProvider? timeProvider = null,
        ILogger<AttestationVerifier>? logger = null,
        EndorsementCertificateFetcher? fetcher = null)
    {
        ArgumentNullException.ThrowIfNull(options);
        if (options.FindFaults().ToArray() is { Length: > 0 } faults)
        {
            throw new ArgumentException(string.Join(" ", faults), nameof(options));
        }

        timeProvider ??= TimeProvider.System;
        _devices = devices ?? new InMemoryDeviceStore();
        _challenges = challenges ?? new InMemoryChallengeStore(timeProvider: timeProvider);
        Devices = new DeviceRegistry(_devices, timeProvider, logger);
        ProtocolServices services = new(
            new ProtocolPolicy(options),
            new EndorsementCertificateValidator(options.TrustAnchors, options.Intermediates, options.EndorsementCertificates, timeProvider, fetcher),
            _devices,
            new ChallengeDesk(_challenges, timeProvider),
            timeProvider,
            (ILogger?)logger ?? NullLogger.Instance);
        _enrollment = new EnrollmentSteps(services);
        _attestation = new AttestationSteps(services);
    }

    /// <summary>What an operator decides of the enrolled machines, over the verifier's own store.</summary>
    public DeviceRegistry Devices { get; }

    /// <summary>Whether a text has the form of a node's name: 1 to 128 ASCII letters, digits and <c>. _ : -</c>, beginning with a letter or digit. Other names are enrolled nowhere.</summary>
    /// <param name="nodeId">The text, as anybody may have sent it.</param>
    /// <returns>Whether it is.</returns>
    public static bool IsNodeId(string? nodeId) => MessageChecks.IsNodeId(nodeId);

    /// <summary>Asks both stores whether they answer, with one look-up each that finds nothing: for health checks.</summary>
    /// <param name="cancellationToken">Cancels.</param>
    /// <returns>A task that ends when both have answered; it fails with what a store throws.</returns>
    public async Task ProbeAsync(CancellationToken cancellationToken = default)
    {
        await _devices.FindAsync(NoId, cancellationToken).ConfigureAwait(false);
        await _challenges.TakeAsync(NoId, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Second step of enrolment: judges what a machine says of itself and wraps a secret that only the machine's TPM can open.</summary>
    /// <param name="request">The agent's request. Whether this machine may be enrolled as this node at all is for the caller to decide, before this.</param>
    /// <param name="cancellationToken">Cancels.</param>
    /// <returns>The verdict, and the challenge for the agent.</returns>
    public Task<EnrollmentOffer> BeginEnrollmentAsync(EnrollmentRequest request, CancellationToken cancellationToken = default) =>
        BeginEnrollmentAsync(request, source: null, cancellationToken);

    /// <summary>Second step of enrolment, for a caller who knows where the request came from.</summary>
    /// <param name="request">The agent's request. Whether this machine may be enrolled as this node at all is for the caller to decide, before this.</param>
    /// <param name="source">
    /// Where the request came from, in 1 to 256 characters, its network address for instance; null if that is not known. Nothing that the agent can choose: a source has a share of the
    /// unanswered challenges, and cannot push out those of other sources.
    /// </param>
    /// <param name="cancellationToken">Cancels.</param>
    /// <returns>The verdict, and the challenge for the agent.</returns>
    public Task<EnrollmentOffer> BeginEnrollmentAsync(EnrollmentRequest request, string? source, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(request);
        ChallengeDesk.CheckSource(source);
        return VerifierTelemetry.WatchAsync(
            nameof(BeginEnrollmentAsync),
            (Steps: _enrollment, request, source, cancellationToken),
            static call => call.Steps.BeginAsync(call.request, call.source, call.cancellationToken),
            static (call, offer) => OperationOutcome.Of(offer.Verdict, call.request.NodeId));
    }

    /// <summary>Fourth step of enrolment: compares the proof and stores the device. The challenge is used up, whatever comes of it.</summary>
    /// <param name="response">The agent's answer.</param>
    /// <param name="cancellationToken">Cancels.</param>
    /// <returns>The verdict, and the device.</returns>
    public Task<EnrollmentResult> CompleteEnrollmentAsync(CredentialResponse response, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(response);
        return VerifierTelemetry.WatchAsync(
            nameof(CompleteEnrollmentAsync),
            (Steps: _enrollment, response, cancellationToken),
            static call => call.Steps.CompleteAsync(call.response, call.cancellationToken),
            static (_, result) => OperationOutcome.Of(result.Verdict, result.NodeId));
    }

    /// <summary>First step at every boot: issues a challenge that is good for one answer, for a short time.</summary>
    /// <param name="nodeId">The node that asks, as it says.</param>
    /// <param name="cancellationToken">Cancels.</param>
    /// <returns>The verdict, and the challenge for the agent.</returns>
    public Task<ChallengeOffer> CreateChallengeAsync(string nodeId, CancellationToken cancellationToken = default) =>
        CreateChallengeAsync(nodeId, source: null, cancellationToken);

    /// <summary>First step at every boot, for a caller who knows where the request came from.</summary>
    /// <param name="nodeId">The node that asks, as it says.</param>
    /// <param name="source">
    /// Where the request came from, in 1 to 256 characters, its network address for instance; null if that is not known. Nothing that the agent can choose: a source has a share of the
    /// unanswered challenges, and cannot push out those of other sources.
    /// </param>
    /// <param name="cancellationToken">Cancels.</param>
    /// <returns>The verdict, and the challenge for the agent.</returns>
    public Task<ChallengeOffer> CreateChallengeAsync(string nodeId, string? source, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(nodeId);
        ChallengeDesk.CheckSource(source);
        return VerifierTelemetry.WatchAsync(
            nameof(CreateChallengeAsync),
            (Steps: _attestation, nodeId, source, cancellationToken),
            static call => call.Steps.ChallengeAsync(call.nodeId, call.source, call.cancellationToken),
            static (call, offer) => OperationOutcome.Of(offer.Verdict, call.nodeId));
    }

    /// <summary>Last step at every boot: verifies the evidence with the enrolled attestation key. The challenge is used up, whatever comes of it.</summary>
    /// <param name="evidence">The agent's answer.</param>
    /// <param name="cancellationToken">Cancels.</param>
    /// <returns>The verdict, and if it is verified the device and what was attested.</returns>
    public Task<AttestationResult> VerifyAsync(AttestationEvidence evidence, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(evidence);
        return VerifierTelemetry.WatchAsync(
            nameof(VerifyAsync),
            (Steps: _attestation, evidence, cancellationToken),
            static call => call.Steps.VerifyAsync(call.evidence, call.cancellationToken),
            static (_, result) => OperationOutcome.Of(result.Verdict, result.NodeId));
    }
}
