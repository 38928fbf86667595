using System.Text.Json.Serialization;
using HardwareAttestation.Structures;

namespace HardwareAttestation.Protocol;

/// <summary>Agent to server, at every boot: the answer to an <see cref="AttestationChallenge"/>.</summary>
/// <remarks>In JSON, bytes are base64.</remarks>
public sealed class AttestationEvidence
{
    /// <summary>The protocol's version.</summary>
    [JsonRequired]
    public int Version { get; init; } = ProtocolVersion.Current;

    /// <summary>The <see cref="AttestationChallenge.ChallengeId"/> that this answers.</summary>
    public required string ChallengeId { get; init; }

    /// <summary>The TPMS_ATTEST of the quote as the TPM gave it, without a size; empty where only a signature was asked for.</summary>
    [JsonConverter(typeof(Base64JsonConverter))]
    public ReadOnlyMemory<byte> Attest { get; init; }

    /// <summary>TPMT_SIGNATURE over <see cref="Attest"/>, or over <see cref="AttestationChallenge.GetSignedBytes"/>.</summary>
    [JsonConverter(typeof(Base64JsonConverter))]
    public required ReadOnlyMemory<byte> Signature { get; init; }

    /// <summary>The values of the PCRs that were quoted, in the order of the selection; empty where only a signature was asked for.</summary>
    public IReadOnlyList<PcrValue> PcrValues
    {
        get;

        // The serializer passes over the initializer and sets null where the message has no such field.
        init => field = value ?? [];
    } = [];
}
