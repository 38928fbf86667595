namespace HardwareAttestation.Verifier;

/// <summary>With which endorsement key a node that has a device may be enrolled anew. The numbers are stored, and do not change.</summary>
public enum EnrollmentGrantKind
{
    /// <summary>With none.</summary>
    None = 0,

    /// <summary>With the one that it has: its attestation key was lost, or its TPM was cleared.</summary>
    SameEndorsementKey = 1,

    /// <summary>With any that is of no other node: its board was changed.</summary>
    AnyEndorsementKey = 2,
}

/// <summary>An operator's grant that a node that has a device may be enrolled, once.</summary>
public sealed record EnrollmentGrant
{
    /// <summary>Initializes a grant, as a store does when it reads one.</summary>
    /// <param name="id">Tells this grant from every other.</param>
    /// <param name="kind">What is granted.</param>
    /// <param name="expiresAt">When the grant ends.</param>
    public EnrollmentGrant(string id, EnrollmentGrantKind kind, DateTimeOffset expiresAt)
    {
        ArgumentNullException.ThrowIfNull(id);
        Id = id;
        Kind = kind;
        ExpiresAt = expiresAt;
    }

    /// <summary>Tells this grant from every other: random. An enrolment that was begun with one is not completed with another.</summary>
    public string Id { get; }

    /// <summary>What is granted.</summary>
    public EnrollmentGrantKind Kind { get; }

    /// <summary>When the grant ends.</summary>
    public DateTimeOffset ExpiresAt { get; }
}
