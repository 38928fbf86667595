using System.Text.Json.Serialization;

namespace HardwareAttestation.Protocol;

/// <summary>Agent to server, third step of enrolment: the secret that TPM2_ActivateCredential gave.</summary>
/// <remarks>It is of use once, and only over a channel that others cannot read. In JSON, bytes are base64.</remarks>
public sealed class CredentialResponse
{
    /// <summary>The protocol's version.</summary>
    [JsonRequired]
    public int Version { get; init; } = ProtocolVersion.Current;

    /// <summary>The <see cref="CredentialChallenge.ChallengeId"/> that this answers.</summary>
    public required string ChallengeId { get; init; }

    /// <summary>The secret.</summary>
    [JsonConverter(typeof(Base64JsonConverter))]
    public required ReadOnlyMemory<byte> Secret { get; init; }
}
