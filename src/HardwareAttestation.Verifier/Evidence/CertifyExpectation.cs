using HardwareAttestation.Structures;

namespace HardwareAttestation.Verifier;

/// <summary>What an application's key is for.</summary>
public enum ApplicationKeyUsage
{
    /// <summary>Nothing: no key is for that, and no expectation may have it.</summary>
    None = 0,

    /// <summary>It signs what the application gives it, and does not decrypt.</summary>
    Sign = 1,

    /// <summary>It decrypts, or agrees on secrets, and does not sign.</summary>
    Decrypt = 2,
}

/// <summary>What the certification of an application's key (TPM2_Certify) is judged against: all of it known to the verifier, and none of it from the message.</summary>
public sealed class CertifyExpectation : AttestationExpectation
{
    /// <summary>What the certified key must be for, and for nothing else. The default is <see cref="ApplicationKeyUsage.Sign"/>.</summary>
    /// <exception cref="ArgumentException">It is neither <see cref="ApplicationKeyUsage.Sign"/> nor <see cref="ApplicationKeyUsage.Decrypt"/>.</exception>
    public ApplicationKeyUsage Usage
    {
        get;
        init => field = value is ApplicationKeyUsage.Sign or ApplicationKeyUsage.Decrypt
            ? value
            : throw new ArgumentException($"A key is for {ApplicationKeyUsage.Sign} or {ApplicationKeyUsage.Decrypt}, and {value} is neither.", nameof(value));
    } = ApplicationKeyUsage.Sign;

    /// <summary>The qualified Name of the key that must be the certified key's parent. See <see cref="QualifiedName"/>.</summary>
    /// <remarks>
    /// Null where it is not known. Then nothing is compared, and <b>no finding says so</b>: the verdict proves that the key is in the TPM of the attestation key and cannot leave it, and not where in
    /// it. Whoever may use another parent may have made it there, or in the null hierarchy, whose keys end with the next boot.
    /// </remarks>
    public TpmName? ParentQualifiedName { get; init; }
}
