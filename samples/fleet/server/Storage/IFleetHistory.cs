using System.Text.Json.Serialization;

namespace Fleet.Server.Storage;

/// <summary>Remembers boots and refusals. Its size is bounded by boots that a TPM has signed for, and by caps for what strangers can cause.</summary>
internal interface IFleetHistory
{
    /// <summary>
    /// Notes that a machine has attested. Attestations of one boot (the same enrolment and boot counters) are one row that counts them.
    /// </summary>
    Task RecordAttestationAsync(Attestation attestation, CancellationToken cancellationToken = default);

    /// <summary>
    /// Notes that something was refused in a node's name, and marks its device if it was the device's own word. The same refusal again, shortly after, is one row that counts them; a node
    /// keeps its latest refusals only, those that it signed apart from those that anybody may have caused, of which one source has a share; and nodes without a device have one allotment together.
    /// </summary>
    Task RecordRefusalAsync(Refusal refusal, CancellationToken cancellationToken = default);

    /// <summary>The boots of a node, latest first.</summary>
    Task<IReadOnlyList<Boot>> GetBootsAsync(string nodeId, int limit, CancellationToken cancellationToken = default);

    /// <summary>The refusals of a node, or of all and none where <paramref name="nodeId"/> is null, latest first.</summary>
    Task<IReadOnlyList<Refusal>> GetRefusalsAsync(string? nodeId, int limit, CancellationToken cancellationToken = default);
}

/// <summary>One verified attestation.</summary>
internal sealed record Attestation(string NodeId, string EnrollmentId, DateTimeOffset At, uint ResetCount, uint RestartCount);

/// <summary>One boot of a machine, by its TPM's counters, as attested.</summary>
internal sealed record Boot(
    string EnrollmentId, uint ResetCount, uint RestartCount, DateTimeOffset FirstAttestedAt, DateTimeOffset LastAttestedAt, long Attestations);

/// <summary>Something that was refused.</summary>
/// <param name="NodeId">In whose name; null if that is not known.</param>
/// <param name="Step">What was asked for: <c>enrollment</c>, <c>completion</c>, <c>challenge</c> or <c>evidence</c>.</param>
/// <param name="Check">The id of the first check that refused.</param>
/// <param name="Detail">Its sentence.</param>
/// <param name="Source">The network address that it came from.</param>
/// <param name="FirstAt">When it happened first.</param>
/// <param name="LastAt">When it happened last.</param>
/// <param name="Count">How often.</param>
/// <param name="Signed">Whether the node's enrolled key has signed what was refused, for the challenge that it answers: all else anybody can have refused in a node's name.</param>
/// <param name="Network">What counts as one source, to be written; null for <paramref name="Source"/> itself.</param>
internal sealed record Refusal(
    string? NodeId,
    string Step,
    string Check,
    string Detail,
    string Source,
    DateTimeOffset FirstAt,
    DateTimeOffset LastAt,
    long Count = 1,
    bool Signed = false,
    [property: JsonIgnore] string? Network = null);
