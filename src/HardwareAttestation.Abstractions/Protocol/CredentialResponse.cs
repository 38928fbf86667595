using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Serialization;

namespace HardwareAttestation.Protocol;

/// <summary>Agent to server, third step of enrolment: the proof that TPM2_ActivateCredential opened the secret.</summary>
/// <remarks>
/// The secret itself stays where it was opened. The proof is over the node that the agent asked to be enrolled as: whoever passes a challenge on to it that was issued
/// to another node gets a proof of no use to him. In JSON, bytes are base64.
/// </remarks>
public sealed class CredentialResponse
{
    private static ReadOnlySpan<byte> ProofLabel => "HardwareAttestation enrolment 1\0"u8;

    /// <summary>The protocol's version.</summary>
    [JsonRequired]
    public int Version { get; init; } = ProtocolVersion.Current;

    /// <summary>The <see cref="CredentialChallenge.ChallengeId"/> that this answers.</summary>
    public required string ChallengeId { get; init; }

    /// <summary>The proof: 32 bytes, as <see cref="ComputeProof"/> gives them.</summary>
    [JsonConverter(typeof(Base64JsonConverter))]
    public required ReadOnlyMemory<byte> Proof { get; init; }

    /// <summary>
    /// Computes the proof: HMAC-SHA256 with the secret as its key, over the label "HardwareAttestation enrolment 1" and a NUL, then the challenge's id and the node in UTF-8,
    /// each with its length in front as a UINT16, big-endian.
    /// </summary>
    /// <param name="challengeId">The challenge's id.</param>
    /// <param name="nodeId">The node that the machine is to be enrolled as.</param>
    /// <param name="secret">The secret.</param>
    /// <returns>32 bytes.</returns>
    /// <exception cref="ArgumentException">The id or the node is longer than 65,535 bytes.</exception>
    public static byte[] ComputeProof(string challengeId, string nodeId, ReadOnlySpan<byte> secret)
    {
        ArgumentNullException.ThrowIfNull(challengeId);
        ArgumentNullException.ThrowIfNull(nodeId);
        RefuseTooLong(challengeId, nameof(challengeId));
        RefuseTooLong(nodeId, nameof(nodeId));
        return HMACSHA256.HashData(secret, LabeledBytes.Build(ProofLabel, challengeId, nodeId, null));
    }

    private static void RefuseTooLong(string text, string parameter)
    {
        if (Encoding.UTF8.GetByteCount(text) > ushort.MaxValue)
        {
            throw new ArgumentException("The text is longer than 65,535 bytes in UTF-8.", parameter);
        }
    }
}
