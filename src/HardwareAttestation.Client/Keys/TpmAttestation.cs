using HardwareAttestation.Client.Commands;
using HardwareAttestation.Structures;

namespace HardwareAttestation.Client;

/// <summary>A statement that the TPM made and an attestation key signed: about another key, about the time, or about an NV index.</summary>
public sealed class TpmAttestation
{
    private readonly byte[] _attest;

    internal TpmAttestation(AttestResponse response)
    {
        _attest = response.Attest;
        Attested = response.Attested;
        Signature = response.Signature;
    }

    /// <summary>TPMS_ATTEST as the TPM gave it, without a size: the bytes that are signed.</summary>
    public ReadOnlyMemory<byte> Attest => _attest;

    /// <summary><see cref="Attest"/>, read; with the TPM's clock and boot counters.</summary>
    public TpmsAttest Attested { get; }

    /// <summary>The signature over <see cref="Attest"/>.</summary>
    public TpmtSignature Signature { get; }
}
