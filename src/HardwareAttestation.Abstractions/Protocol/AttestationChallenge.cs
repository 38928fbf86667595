using System.Text.Json.Serialization;
using HardwareAttestation.Structures;

namespace HardwareAttestation.Protocol;

/// <summary>Server to agent, at every boot: prove with the enrolled attestation key that you are the node, now.</summary>
/// <remarks>In JSON, bytes are base64 and PCRs a text such as <c>sha256:0,1,7</c>.</remarks>
public sealed class AttestationChallenge
{
    // It cannot be taken for TPM_GENERATED_VALUE.
    private static ReadOnlySpan<byte> SignedLabel => "HardwareAttestation challenge 1\0"u8;

    /// <summary>The protocol's version.</summary>
    [JsonRequired]
    public int Version { get; init; } = ProtocolVersion.Current;

    /// <summary>Which challenge this is; it goes back with the evidence.</summary>
    public required string ChallengeId { get; init; }

    /// <summary>The node that is challenged.</summary>
    public required string NodeId { get; init; }

    /// <summary>Random bytes that no other challenge has; a quote carries them as its qualifying data.</summary>
    [JsonConverter(typeof(Base64JsonConverter))]
    public required ReadOnlyMemory<byte> Nonce { get; init; }

    /// <summary>The PCRs to quote, or null where a signature over the challenge is enough.</summary>
    public TpmlPcrSelection? PcrSelection { get; init; }

    /// <summary>When the challenge ceases to be accepted, by the server's clock.</summary>
    public required DateTimeOffset ExpiresAt { get; init; }

    /// <summary>Whether the challenge asks for a quote (TPM2_Quote) and not for a plain signature (TPM2_Sign).</summary>
    [JsonIgnore]
    public bool RequiresQuote => PcrSelection is not null;

    /// <summary>
    /// The bytes that TPM2_Sign signs where no quote is asked for: the label "HardwareAttestation challenge 1" and a NUL, then the challenge's
    /// id and the node in UTF-8 and the nonce, each with its length in front as a UINT16, big-endian.
    /// </summary>
    /// <returns>The bytes, a few hundred at most.</returns>
    /// <exception cref="InvalidOperationException">A field is longer than 65,535 bytes.</exception>
    public byte[] GetSignedBytes() => LabeledBytes.Build(SignedLabel, ChallengeId, NodeId, Nonce);
}
