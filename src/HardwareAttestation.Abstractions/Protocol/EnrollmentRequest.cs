using System.Text.Json.Serialization;

namespace HardwareAttestation.Protocol;

/// <summary>Agent to server, first step of enrolment: what a machine says of itself.</summary>
/// <remarks>Nothing in it is believed before the credential challenge is answered. In JSON, bytes are base64.</remarks>
public sealed class EnrollmentRequest
{
    /// <summary>The most certificates that <see cref="EndorsementCertificateChain"/> may have.</summary>
    public static int MaximumChainLength => 8;

    /// <summary>The most bytes that the certificates of <see cref="EndorsementCertificateChain"/> may have in all.</summary>
    public static int MaximumChainSize => 32 * 1024;

    /// <summary>The protocol's version.</summary>
    [JsonRequired]
    public int Version { get; init; } = ProtocolVersion.Current;

    /// <summary>The node that the machine is to be enrolled as, in the fleet owner's words.</summary>
    public required string NodeId { get; init; }

    /// <summary>The endorsement key's X.509 certificate in DER, or empty where the TPM holds none.</summary>
    [JsonConverter(typeof(Base64JsonConverter))]
    public ReadOnlyMemory<byte> EndorsementCertificate { get; init; }

    /// <summary>
    /// Certificates of issuers between the TPM maker's root and the endorsement key, as the TPM stores them: X.509, DER, in any order; empty where it stores none.
    /// Nothing is trusted because it is among them.
    /// </summary>
    [JsonConverter(typeof(Base64ListJsonConverter))]
    public IReadOnlyList<ReadOnlyMemory<byte>> EndorsementCertificateChain
    {
        get;

        // The serializer passes over the initializer and sets null where the message has no such field.
        init => field = value ?? [];
    } = [];

    /// <summary>The endorsement key's public area: TPM2B_PUBLIC, size included.</summary>
    [JsonConverter(typeof(Base64JsonConverter))]
    public required ReadOnlyMemory<byte> EndorsementPublic { get; init; }

    /// <summary>The attestation key's public area: TPM2B_PUBLIC, size included.</summary>
    [JsonConverter(typeof(Base64JsonConverter))]
    public required ReadOnlyMemory<byte> AttestationPublic { get; init; }

    /// <summary>
    /// The public area of the storage root key that is the attestation key's parent: TPM2B_PUBLIC, size included; empty where the endorsement key is its parent.
    /// </summary>
    [JsonConverter(typeof(Base64JsonConverter))]
    public ReadOnlyMemory<byte> StorageParentPublic { get; init; }
}
