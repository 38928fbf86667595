using HardwareAttestation.Structures;

namespace HardwareAttestation.Verifier;

/// <summary>What a quote is judged against: all of it known to the verifier, and none of it from the message.</summary>
public sealed class QuoteExpectation : AttestationExpectation
{
    /// <summary>The PCRs that must be quoted: these, in this order of banks, and no others. At least one, or every quote is refused.</summary>
    public required TpmlPcrSelection PcrSelection { get; init; }
}
