using HardwareAttestation.Structures;

namespace HardwareAttestation.Verifier;

/// <summary>What a quote is judged against: all of it known to the verifier, and none of it from the message.</summary>
public sealed class QuoteExpectation
{
    /// <summary>The key that must have signed: the enrolled attestation key.</summary>
    public required TpmtPublic AttestationKey { get; init; }

    /// <summary>The nonce that the quote must carry as its qualifying data.</summary>
    public required ReadOnlyMemory<byte> Nonce { get; init; }

    /// <summary>The PCRs that must be quoted: these, in this order of banks, and no others. At least one, or every quote is refused.</summary>
    public required TpmlPcrSelection PcrSelection { get; init; }

    /// <summary>The qualified Name that the quote must be signed under, or null where it is not known.</summary>
    public TpmName? QualifiedSigner { get; init; }
}
