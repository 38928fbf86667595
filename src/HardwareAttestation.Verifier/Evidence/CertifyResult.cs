using HardwareAttestation.Protocol;
using HardwareAttestation.Structures;

namespace HardwareAttestation.Verifier;

/// <summary>The result of verifying the certification of an application's key.</summary>
public sealed class CertifyResult
{
    internal CertifyResult(Verdict verdict, TpmsAttest? attested, TpmtPublic? key)
    {
        Verdict = verdict;
        Attested = verdict.IsVerified ? attested : null;
        Key = verdict.IsVerified ? key : null;
    }

    /// <summary>The verdict.</summary>
    public Verdict Verdict { get; }

    /// <summary>What the TPM signed, with its clock and boot counters; null unless verified.</summary>
    public TpmsAttest? Attested { get; }

    /// <summary>The public area of the key that is in the TPM; null unless verified.</summary>
    public TpmtPublic? Key { get; }
}
