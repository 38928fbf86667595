using System.Text.Json.Serialization;

namespace HardwareAttestation.Protocol;

/// <summary>Server to agent, second step of enrolment: a secret that only the TPM with both the EK and the AK can open.</summary>
/// <remarks>In JSON, bytes are base64.</remarks>
public sealed class CredentialChallenge
{
    /// <summary>The protocol's version.</summary>
    [JsonRequired]
    public int Version { get; init; } = ProtocolVersion.Current;

    /// <summary>Which challenge this is; it goes back with the answer.</summary>
    public required string ChallengeId { get; init; }

    /// <summary>TPM2B_ID_OBJECT, size included: the secret, encrypted and bound to the AK's Name.</summary>
    [JsonConverter(typeof(Base64JsonConverter))]
    public required ReadOnlyMemory<byte> CredentialBlob { get; init; }

    /// <summary>TPM2B_ENCRYPTED_SECRET, size included: the seed that protects the credential, encrypted to the EK.</summary>
    [JsonConverter(typeof(Base64JsonConverter))]
    public required ReadOnlyMemory<byte> EncryptedSecret { get; init; }

    /// <summary>When the challenge ceases to be accepted, by the server's clock.</summary>
    public required DateTimeOffset ExpiresAt { get; init; }
}
