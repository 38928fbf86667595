using System.Diagnostics.CodeAnalysis;
using HardwareAttestation.Protocol;
using HardwareAttestation.Structures;

namespace HardwareAttestation.Verifier;

/// <summary>An enrolled machine: what a verifier must remember of it. A store keeps every property.</summary>
public sealed class DeviceRecord
{
    /// <summary>Initializes a record, as a store does when it reads one.</summary>
    public DeviceRecord()
    {
    }

    [SetsRequiredMembers]
    private DeviceRecord(DeviceRecord other)
    {
        NodeId = other.NodeId;
        EnrollmentId = other.EnrollmentId;
        EndorsementKeyId = other.EndorsementKeyId;
        EndorsementCertificate = other.EndorsementCertificate;
        EndorsementCertificateChain = other.EndorsementCertificateChain;
        EndorsementPublic = other.EndorsementPublic;
        AttestationPublic = other.AttestationPublic;
        StorageParentPublic = other.StorageParentPublic;
        EnrolledAt = other.EnrolledAt;
        Status = other.Status;
        StatusReason = other.StatusReason;
        NextEnrollment = other.NextEnrollment;
        LastVerifiedAt = other.LastVerifiedAt;
        LastClockInfo = other.LastClockInfo;
        Revision = other.Revision;
    }

    /// <summary>The node.</summary>
    public required string NodeId { get; init; }

    /// <summary>Tells this enrolment from every other, also of the same node with the same keys: random, at most 64 letters, digits, - and _.</summary>
    public required string EnrollmentId { get; init; }

    /// <summary>
    /// Identifies the endorsement key: SHA-256 over its type and its modulus or x coordinate, in lower-case hexadecimal. Not its Name, since what a public area says
    /// beside the key itself is only its presenter's word.
    /// </summary>
    public required string EndorsementKeyId { get; init; }

    /// <summary>The endorsement key's certificate in DER; empty where the key was trusted on first use.</summary>
    public required ReadOnlyMemory<byte> EndorsementCertificate { get; init; }

    /// <summary>
    /// Certificates of issuers that came with the endorsement key's, in DER and as they were presented: in any order, and trusted for nothing. With them the certificate can be judged again
    /// as it was at enrolment. At most <see cref="EnrollmentRequest.MaximumChainLength"/> with <see cref="EnrollmentRequest.MaximumChainSize"/> bytes in all; empty where none came.
    /// </summary>
    public IReadOnlyList<ReadOnlyMemory<byte>> EndorsementCertificateChain
    {
        get;
        init
        {
            ArgumentNullException.ThrowIfNull(value);
            field = value;
        }
    } = [];

    /// <summary>The endorsement key's TPMT_PUBLIC.</summary>
    public required ReadOnlyMemory<byte> EndorsementPublic { get; init; }

    /// <summary>The attestation key's TPMT_PUBLIC.</summary>
    public required ReadOnlyMemory<byte> AttestationPublic { get; init; }

    /// <summary>TPMT_PUBLIC of the storage root key that is the attestation key's parent; empty where the endorsement key is its parent.</summary>
    public ReadOnlyMemory<byte> StorageParentPublic { get; init; }

    /// <summary>When the machine was enrolled.</summary>
    public required DateTimeOffset EnrolledAt { get; init; }

    /// <summary>Whether the device is in service.</summary>
    public required DeviceStatus Status { get; init; }

    /// <summary>Why it is not, in an operator's words, or null.</summary>
    public string? StatusReason { get; init; }

    /// <summary>An operator's permission to enrol the node anew, or null.</summary>
    public EnrollmentGrant? NextEnrollment { get; init; }

    /// <summary>When evidence of the machine was last verified, or null.</summary>
    public DateTimeOffset? LastVerifiedAt { get; init; }

    /// <summary>The TPM's clock and boot counters in the last quote that was verified, or null.</summary>
    public TpmsClockInfo? LastClockInfo { get; init; }

    /// <summary>Grows by one with each change of the record.</summary>
    public long Revision { get; init; }

    /// <summary>Whether nobody vouches for the TPM: it had no certificate, and was trusted all the same.</summary>
    public bool IsTrustedOnFirstUse => EndorsementCertificate.IsEmpty;

    internal DeviceRecord Verified(DateTimeOffset at, TpmsClockInfo? clockInfo) =>
        new(this) { LastVerifiedAt = at, LastClockInfo = clockInfo ?? LastClockInfo, Revision = Revision + 1 };

    // A permission is for the status in which it was given.
    internal DeviceRecord With(DeviceStatus status, string? reason) =>
        new(this) { Status = status, StatusReason = reason, NextEnrollment = null, Revision = Revision + 1 };

    internal DeviceRecord With(EnrollmentGrant? grant) => new(this) { NextEnrollment = grant, Revision = Revision + 1 };

    internal DeviceRecord At(long revision) => new(this) { Revision = revision };
}
