using System.Text.Json;
using System.Text.Json.Serialization;
using HardwareAttestation.Structures;

namespace HardwareAttestation.Verifier;

/// <summary>What is bound to an enrolment challenge: completion takes nothing of this from the message.</summary>
internal sealed class EnrollmentState
{
    public required ReadOnlyMemory<byte> EndorsementCertificate { get; init; }

    public IReadOnlyList<ReadOnlyMemory<byte>> EndorsementCertificateChain
    {
        get;

        // The serializer passes over the initializer and sets null where an older server wrote the state.
        init => field = value ?? [];
    } = [];

    public required ReadOnlyMemory<byte> EndorsementPublic { get; init; }

    public required ReadOnlyMemory<byte> AttestationPublic { get; init; }

    public ReadOnlyMemory<byte> StorageParentPublic { get; init; }

    /// <summary>SHA-256 of the proof that is expected: who reads the store cannot answer the challenge.</summary>
    public required ReadOnlyMemory<byte> ProofDigest { get; init; }

    /// <summary>The store's count of removals when the enrolment was begun.</summary>
    public required long RemovalMark { get; init; }

    /// <summary>The <see cref="DeviceRecord.EnrollmentId"/> that is to be replaced, or null for a node that had no device.</summary>
    public string? ReplacedEnrollmentId { get; init; }

    /// <summary>The operator's permission for that, or null.</summary>
    public string? GrantId { get; init; }
}

/// <summary>What is bound to a boot challenge.</summary>
internal sealed class AttestationState
{
    public required ReadOnlyMemory<byte> Nonce { get; init; }

    public TpmlPcrSelection? PcrSelection { get; init; }

    /// <summary>The enrolment that the node had when it was challenged: a node enrolled anew meanwhile is challenged anew.</summary>
    public required string EnrollmentId { get; init; }
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(EnrollmentState))]
[JsonSerializable(typeof(AttestationState))]
internal sealed partial class ChallengeStateContext : JsonSerializerContext
{
    public static byte[] Write(EnrollmentState state) => JsonSerializer.SerializeToUtf8Bytes(state, Default.EnrollmentState);

    public static byte[] Write(AttestationState state) => JsonSerializer.SerializeToUtf8Bytes(state, Default.AttestationState);

    /// <exception cref="InvalidOperationException">The store gave back something else than it was given.</exception>
    public static EnrollmentState ReadEnrollment(PendingChallenge challenge) =>
        JsonSerializer.Deserialize(challenge.State.Span, Default.EnrollmentState) ?? throw Corrupt(challenge);

    /// <exception cref="InvalidOperationException">The store gave back something else than it was given.</exception>
    public static AttestationState ReadAttestation(PendingChallenge challenge) =>
        JsonSerializer.Deserialize(challenge.State.Span, Default.AttestationState) ?? throw Corrupt(challenge);

    private static InvalidOperationException Corrupt(PendingChallenge challenge) =>
        new($"The challenge store gave back challenge {challenge.ChallengeId} without its state.");
}
