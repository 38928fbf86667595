using HardwareAttestation.Protocol;
using HardwareAttestation.Structures;

namespace HardwareAttestation.Verifier;

/// <summary>The result of verifying the certification of an NV index.</summary>
public sealed class NVCertifyResult
{
    internal NVCertifyResult(Verdict verdict, TpmsAttest? attested, TpmsNVCertifyInfo? certified)
    {
        Verdict = verdict;
        Attested = verdict.IsVerified ? attested : null;
        Contents = verdict.IsVerified && certified is not null ? certified.NVContents : default;
    }

    /// <summary>The verdict.</summary>
    public Verdict Verdict { get; }

    /// <summary>What the TPM signed, with its clock and boot counters; null unless verified.</summary>
    public TpmsAttest? Attested { get; }

    /// <summary>The bytes that the index holds, from the offset on that was asked for; empty unless verified.</summary>
    public ReadOnlyMemory<byte> Contents { get; }
}
