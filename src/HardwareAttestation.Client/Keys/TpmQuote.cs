using HardwareAttestation.Client.Commands;
using HardwareAttestation.Structures;
using HardwareAttestation.Wire;

namespace HardwareAttestation.Client;

/// <summary>A quote: PCR values, and the TPM's signed statement about them.</summary>
public sealed class TpmQuote
{
    private readonly byte[] _attest;
    private TpmsAttest? _attested;

    /// <summary>Initializes a quote, as tests of whoever uses one need it. Whether the signature is over it, and it is of these values, is for a verifier to say.</summary>
    /// <param name="attest">TPMS_ATTEST of a quote, without a size; copied.</param>
    /// <param name="signature">The signature over it.</param>
    /// <param name="pcrValues">The values of the PCRs that were quoted, in the order of the selection; copied.</param>
    /// <exception cref="TpmFormatException">It is not the TPMS_ATTEST of a quote.</exception>
    public TpmQuote(ReadOnlySpan<byte> attest, TpmtSignature signature, IEnumerable<PcrValue> pcrValues)
    {
        ArgumentNullException.ThrowIfNull(signature);
        ArgumentNullException.ThrowIfNull(pcrValues);
        QuoteResponse.ReadPcrDigest(attest);
        _attest = attest.ToArray();
        _attested = TpmWire.Parse<TpmsAttest>(attest);
        Signature = signature;
        PcrValues = [.. pcrValues];
    }

    internal TpmQuote(QuoteResponse response, IReadOnlyList<PcrValue> pcrValues)
    {
        _attest = response.Attest;
        Signature = response.Signature;
        PcrValues = pcrValues;
    }

    /// <summary>TPMS_ATTEST as the TPM gave it, without a size: the bytes that are signed.</summary>
    public ReadOnlyMemory<byte> Attest => _attest;

    /// <summary><see cref="Attest"/>, read; with the TPM's clock and boot counters.</summary>
    public TpmsAttest Attested => _attested ??= TpmWire.Parse<TpmsAttest>(_attest);

    /// <summary>The signature over <see cref="Attest"/>.</summary>
    public TpmtSignature Signature { get; }

    /// <summary>The values of the PCRs that were quoted, in the order of the selection.</summary>
    public IReadOnlyList<PcrValue> PcrValues { get; }
}
