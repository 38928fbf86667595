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

    /// <summary>
    /// The qualified Name that the attestation must be signed under: where the key is, in which hierarchy and under which parent. See <see cref="QualifiedName"/>.
    /// </summary>
    /// <remarks>
    /// Null where it is not known. Then nothing is compared, and <b>no finding says so</b>: the verdict proves that <see cref="AttestationKey"/> has signed, and not that this key is a child of a certain
    /// endorsement key. That has to be known otherwise, as by the activation of a credential.
    /// </remarks>
    public TpmName? QualifiedSigner { get; init; }

    /// <summary>The clock and boot counters of the last verified attestation by this key, which must not be later; null where there was none.</summary>
    /// <remarks>
    /// An older clock is refused. One that may have gone back, as after each loss of power without TPM2_Shutdown, is flagged. A TPM adds a number of each key's own to the boot counters of
    /// attestations by keys outside the endorsement hierarchy, but not to those that a time attestation is about: so give a time attestation the clock of a time
    /// attestation, and all others that of one of them, by the same key.
    /// </remarks>
    public TpmsClockInfo? LastClockInfo { get; init; }
}
