using HardwareAttestation.Protocol;

namespace HardwareAttestation.Verifier;

/// <summary>The result of validating an endorsement key certificate.</summary>
public sealed class EndorsementCertificateResult
{
    internal EndorsementCertificateResult(Verdict verdict, IReadOnlyList<string> chain)
    {
        Verdict = verdict;
        Chain = chain;
    }

    /// <summary>The verdict.</summary>
    public Verdict Verdict { get; }

    /// <summary>The subjects of the chain that held, leaf first; empty if none did.</summary>
    public IReadOnlyList<string> Chain { get; }
}
