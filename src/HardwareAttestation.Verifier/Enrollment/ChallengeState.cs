using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using HardwareAttestation.Structures;
using HardwareAttestation.Wire;

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

    public EndorsementTrustClass TrustClass { get; init; }

    /// <summary>What the beginning has flagged: it belongs into the verdict on the whole enrolment.</summary>
    public IReadOnlyList<FlaggedCheck> Flagged
    {
        get;
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

    /// <summary>The operator's grant of that, or null.</summary>
    public string? GrantId { get; init; }
}

/// <summary>A finding that was flagged, as it is kept with a challenge.</summary>
/// <param name="Check">The check.</param>
/// <param name="Detail">The sentence.</param>
internal sealed record FlaggedCheck(string Check, string Detail);

/// <summary>What is bound to a boot challenge.</summary>
internal sealed class AttestationState
{
    public required ReadOnlyMemory<byte> Nonce { get; init; }

    public TpmlPcrSelection? PcrSelection { get; init; }

    /// <summary>The enrolment that the node had when it was challenged: a node enrolled anew meanwhile is challenged anew.</summary>
    public required string EnrollmentId { get; init; }

    /// <summary>Writes it: every boot does, so that it is in wire form and not in JSON. Nonce, enrolment in UTF-8, and the selection or nothing.</summary>
    public byte[] ToArray()
    {
        Span<byte> buffer = stackalloc byte[TpmWire.MaximumSize];
        TpmWriter writer = new(buffer);
        writer.WriteSized(Nonce.Span);
        writer.WriteSized(Encoding.UTF8.GetBytes(EnrollmentId));
        PcrSelection?.Write(ref writer);
        return writer.Written.ToArray();
    }

    /// <exception cref="InvalidOperationException">The store gave back something else than it was given.</exception>
    public static AttestationState Read(PendingChallenge challenge)
    {
        try
        {
            TpmReader reader = new(challenge.State.Span);
            byte[] nonce = reader.ReadSized("nonce").ToArray();
            string enrollmentId = Encoding.UTF8.GetString(reader.ReadSized("enrollment"));
            TpmlPcrSelection? selection = reader.Remaining == 0 ? null : TpmlPcrSelection.Read(ref reader);
            reader.ExpectEnd("state");
            return new AttestationState { Nonce = nonce, EnrollmentId = enrollmentId, PcrSelection = selection };
        }
        catch (TpmFormatException exception)
        {
            throw new InvalidOperationException($"The challenge store gave back challenge {challenge.ChallengeId} without its state.", exception);
        }
    }
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(EnrollmentState))]
internal sealed partial class ChallengeStateContext : JsonSerializerContext
{
    public static byte[] Write(EnrollmentState state) => JsonSerializer.SerializeToUtf8Bytes(state, Default.EnrollmentState);

    /// <exception cref="InvalidOperationException">The store gave back something else than it was given.</exception>
    public static EnrollmentState ReadEnrollment(PendingChallenge challenge)
    {
        try
        {
            EnrollmentState? state = JsonSerializer.Deserialize(challenge.State.Span, Default.EnrollmentState);
            return state?.Flagged.All(flagged => flagged is { Check: not null, Detail: not null }) == true ? state : throw Corrupt(challenge);
        }
        catch (JsonException exception)
        {
            throw Corrupt(challenge, exception);
        }
    }

    private static InvalidOperationException Corrupt(PendingChallenge challenge, JsonException? exception = null) =>
        new($"The challenge store gave back challenge {challenge.ChallengeId} without its state.", exception);
}
