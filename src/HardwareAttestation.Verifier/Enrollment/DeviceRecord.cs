using HardwareAttestation.Structures;

namespace HardwareAttestation.Verifier;

/// <summary>An enrolled machine: what a verifier must remember of it.</summary>
public sealed class DeviceRecord
{
    /// <summary>The node.</summary>
    public required string NodeId { get; init; }

    /// <summary>
    /// Identifies the endorsement key: SHA-256 over its type and its modulus or point, in lower-case hexadecimal. Not its Name, since what a public area says
    /// beside the key itself is only its presenter's word.
    /// </summary>
    public required string EndorsementKeyId { get; init; }

    /// <summary>The endorsement key's certificate in DER.</summary>
    public required ReadOnlyMemory<byte> EndorsementCertificate { get; init; }

    /// <summary>The endorsement key's TPMT_PUBLIC.</summary>
    public required ReadOnlyMemory<byte> EndorsementPublic { get; init; }

    /// <summary>The attestation key's TPMT_PUBLIC.</summary>
    public required ReadOnlyMemory<byte> AttestationPublic { get; init; }

    /// <summary>TPMT_PUBLIC of the storage root key that is the attestation key's parent; empty where the endorsement key is its parent.</summary>
    public ReadOnlyMemory<byte> StorageParentPublic { get; init; }

    /// <summary>When the machine was enrolled.</summary>
    public required DateTimeOffset EnrolledAt { get; init; }

    /// <summary>When evidence of the machine was last verified, or null.</summary>
    public DateTimeOffset? LastVerifiedAt { get; init; }

    /// <summary>The TPM's clock and boot counters in the last quote that was verified, or null.</summary>
    public TpmsClockInfo? LastClockInfo { get; init; }

    /// <summary>Grows by one with each change of the record.</summary>
    public long Revision { get; init; }

    internal DeviceRecord Verified(DateTimeOffset at, TpmsClockInfo? clockInfo) => new()
    {
        NodeId = NodeId,
        EndorsementKeyId = EndorsementKeyId,
        EndorsementCertificate = EndorsementCertificate,
        EndorsementPublic = EndorsementPublic,
        AttestationPublic = AttestationPublic,
        StorageParentPublic = StorageParentPublic,
        EnrolledAt = EnrolledAt,
        LastVerifiedAt = at,
        LastClockInfo = clockInfo ?? LastClockInfo,
        Revision = Revision + 1,
    };
}
