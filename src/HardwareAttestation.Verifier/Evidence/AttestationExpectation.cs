using HardwareAttestation.Structures;

namespace HardwareAttestation.Verifier;

/// <summary>What every attestation of a TPM is judged against: all of it known to the verifier, and none of it from the message.</summary>
public abstract class AttestationExpectation
{
    private protected AttestationExpectation()
    {
    }

    /// <summary>The key that must have signed: the enrolled attestation key.</summary>
    public required TpmtPublic AttestationKey { get; init; }

    /// <summary>The nonce that the attestation must carry as its qualifying data.</summary>
    public required ReadOnlyMemory<byte> Nonce { get; init; }

    /// <summary>The qualified Name that the attestation must be signed under, or null where it is not known. See <see cref="QualifiedName"/>.</summary>
    public TpmName? QualifiedSigner { get; init; }
}
