using System.Diagnostics.CodeAnalysis;
using HardwareAttestation.Protocol;
using HardwareAttestation.Structures;
using HardwareAttestation.Wire;

namespace HardwareAttestation.Verifier;

/// <summary>An enrolled machine: what a verifier must remember of it.</summary>
/// <remarks>
/// A store keeps every property that can be set. The simplest way is to keep what <see cref="ToArray"/> gives, and beside it, to find and compare records by, columns for <see cref="NodeId"/>,
/// <see cref="EndorsementKeyId"/>, <see cref="EnrollmentId"/>, <see cref="Revision"/> and, for people, <see cref="Status"/>. Numbers of the enumerations do not change.
/// </remarks>
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
        TrustClass = other.TrustClass;
        EndorsementPublic = other.EndorsementPublic;
        AttestationPublic = other.AttestationPublic;
        StorageParentPublic = other.StorageParentPublic;
        EnrolledAt = other.EnrolledAt;
        Status = other.Status;
        StatusReason = other.StatusReason;
        EnrollmentGrant = other.EnrollmentGrant;
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
    /// Certificates of issuers that came with the endorsement key's, in DER and as they were presented: in any order, and trusted for nothing. They are not a whole chain: issuers that the
    /// verifier had itself or has fetched are not among them. At most <see cref="EnrollmentRequest.MaximumChainLength"/> with <see cref="EnrollmentRequest.MaximumChainSize"/> bytes in all; empty where none came.
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

    /// <summary>What kind of TPM the endorsement key's certificate was for at enrolment; <see cref="EndorsementTrustClass.Unknown"/> where there was none.</summary>
    public EndorsementTrustClass TrustClass { get; init; }

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

    /// <summary>An operator's grant that the node is enrolled anew, or null.</summary>
    public EnrollmentGrant? EnrollmentGrant { get; init; }

    /// <summary>When evidence of the machine was last verified, or null.</summary>
    public DateTimeOffset? LastVerifiedAt { get; init; }

    /// <summary>The TPM's clock and boot counters in the last quote that was verified, or null.</summary>
    public TpmsClockInfo? LastClockInfo { get; init; }

    /// <summary>Grows by one with each change of the record.</summary>
    public long Revision { get; init; }

    /// <summary>Whether nobody vouches for the TPM: it had no certificate, and was trusted all the same.</summary>
    public bool IsTrustedOnFirstUse => EndorsementCertificate.IsEmpty;

    /// <summary>Reads what <see cref="ToArray"/> has written.</summary>
    /// <param name="bytes">The bytes, all of them.</param>
    /// <returns>The record. Times are in UTC.</returns>
    /// <exception cref="DeviceRecordFormatException">The bytes are damaged, or of a later version of this library.</exception>
    public static DeviceRecord Parse(ReadOnlySpan<byte> bytes) => DeviceRecordFormat.Read(bytes);

    /// <summary>Writes the record, with every property that can be set, in a form that later versions of this library read too. Equal records give equal bytes.</summary>
    /// <returns>A few kilobytes, by the certificates.</returns>
    public byte[] ToArray() => DeviceRecordFormat.Write(this);

    /// <summary>Gives the endorsement key.</summary>
    /// <returns>The key.</returns>
    /// <exception cref="TpmFormatException">The store did not keep <see cref="EndorsementPublic"/> as it was.</exception>
    public TpmtPublic GetEndorsementKey() => TpmWire.Parse<TpmtPublic>(EndorsementPublic.Span);

    /// <summary>Gives the attestation key: <see cref="AttestationExpectation.AttestationKey"/> of what is verified with <see cref="EvidenceVerifier"/>.</summary>
    /// <returns>The key.</returns>
    /// <exception cref="TpmFormatException">The store did not keep <see cref="AttestationPublic"/> as it was.</exception>
    public TpmtPublic GetAttestationKey() => TpmWire.Parse<TpmtPublic>(AttestationPublic.Span);

    /// <summary>
    /// Computes the qualified Name of the attestation key, under the endorsement key or the storage root key that it was enrolled with: <see cref="AttestationExpectation.QualifiedSigner"/>
    /// of what is verified with <see cref="EvidenceVerifier"/>.
    /// </summary>
    /// <returns>The qualified Name.</returns>
    /// <exception cref="TpmFormatException">The store did not keep the public areas as they were.</exception>
    public TpmName GetQualifiedSigner() => GetQualifiedSigner(GetAttestationKey());

    /// <summary>The same, for a caller who has the attestation key read already.</summary>
    internal TpmName GetQualifiedSigner(TpmtPublic attestationKey) => QualifiedName.Of(
        attestationKey, GetEndorsementKey(), StorageParentPublic.IsEmpty ? null : TpmWire.Parse<TpmtPublic>(StorageParentPublic.Span));

    internal DeviceRecord Verified(DateTimeOffset at, TpmsClockInfo? clockInfo) =>
        new(this) { LastVerifiedAt = at, LastClockInfo = clockInfo ?? LastClockInfo, Revision = Revision + 1 };

    // A grant is for the status in which it was given.
    internal DeviceRecord With(DeviceStatus status, string? reason) =>
        new(this) { Status = status, StatusReason = reason, EnrollmentGrant = null, Revision = Revision + 1 };

    internal DeviceRecord With(EnrollmentGrant? grant) => new(this) { EnrollmentGrant = grant, Revision = Revision + 1 };

    internal DeviceRecord At(long revision) => new(this) { Revision = revision };
}
