using HardwareAttestation.Client.Commands;
using HardwareAttestation.Structures;
using HardwareAttestation.Wire;

namespace HardwareAttestation.Client;

/// <summary>A statement that the TPM made and an attestation key signed: about another key, about the time, or about an NV index.</summary>
public sealed class TpmAttestation
{
    private readonly byte[] _attest;

    /// <summary>Initializes an attestation, as tests of whoever uses one need it. Whether the signature is over it, is for a verifier to say.</summary>
    /// <param name="attest">TPMS_ATTEST, without a size; copied.</param>
    /// <param name="signature">The signature over it.</param>
    /// <exception cref="TpmFormatException">It is not a TPMS_ATTEST.</exception>
    public TpmAttestation(ReadOnlySpan<byte> attest, TpmtSignature signature)
        : this(attest.ToArray(), TpmWire.Parse<TpmsAttest>(attest), signature)
    {
    }

    private TpmAttestation(byte[] attest, TpmsAttest attested, TpmtSignature signature)
    {
        ArgumentNullException.ThrowIfNull(signature);
        _attest = attest;
        Attested = attested;
        Signature = signature;
    }

    /// <summary>TPMS_ATTEST as the TPM gave it, without a size: the bytes that are signed.</summary>
    public ReadOnlyMemory<byte> Attest => _attest;

    /// <summary><see cref="Attest"/>, read; with the TPM's clock and boot counters.</summary>
    public TpmsAttest Attested { get; }

    /// <summary>The signature over <see cref="Attest"/>.</summary>
    public TpmtSignature Signature { get; }

    internal static TpmAttestation Of(AttestResponse response) => new(response.Attest, response.Attested, response.Signature);
}
