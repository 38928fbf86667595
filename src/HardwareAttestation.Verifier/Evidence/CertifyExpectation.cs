using HardwareAttestation.Structures;

namespace HardwareAttestation.Verifier;

/// <summary>What an application's key is for.</summary>
public enum ApplicationKeyUsage
{
    /// <summary>It signs what the application gives it, and does not decrypt.</summary>
    Sign,

    /// <summary>It decrypts, or agrees on secrets, and does not sign.</summary>
    Decrypt,
}

/// <summary>What the certification of an application's key (TPM2_Certify) is judged against: all of it known to the verifier, and none of it from the message.</summary>
public sealed class CertifyExpectation : AttestationExpectation
{
    /// <summary>What the certified key must be for, and for nothing else.</summary>
    public required ApplicationKeyUsage Usage { get; init; }

    /// <summary>The qualified Name of the key that must be the certified key's parent, or null where it is not known. See <see cref="QualifiedName"/>.</summary>
    public TpmName? ParentQualifiedName { get; init; }
}
