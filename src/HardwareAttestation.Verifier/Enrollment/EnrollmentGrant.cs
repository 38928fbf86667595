namespace HardwareAttestation.Verifier;

/// <summary>With which endorsement key a node that has a device may be enrolled anew.</summary>
public enum EnrollmentGrantKind
{
    /// <summary>With none.</summary>
    None,

    /// <summary>With the one that it has: its attestation key was lost, or its TPM was cleared.</summary>
    SameEndorsementKey,

    /// <summary>With any that is of no other node: its board was changed.</summary>
    AnyEndorsementKey,
}

/// <summary>An operator's permission to enrol a node that has a device, once.</summary>
/// <param name="Id">Tells this permission from every other: random. An enrolment that was begun with one is not completed with another.</param>
/// <param name="Kind">What is allowed.</param>
/// <param name="ExpiresAt">When the permission ends.</param>
public sealed record EnrollmentGrant(string Id, EnrollmentGrantKind Kind, DateTimeOffset ExpiresAt);
