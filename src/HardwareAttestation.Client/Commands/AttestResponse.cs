using HardwareAttestation.Structures;
using HardwareAttestation.Wire;

namespace HardwareAttestation.Client.Commands;

/// <summary>
/// The response of each command that attests something: <paramref name="Attest"/> is the TPMS_ATTEST as the TPM gave it, <paramref name="Attested"/>
/// what it says.
/// </summary>
internal readonly record struct AttestResponse(byte[] Attest, TpmsAttest Attested, TpmtSignature Signature)
{
    /// <summary>Reads TPM2B_ATTEST and TPMT_SIGNATURE.</summary>
    public static AttestResponse Read(ref TpmReader reader, string field)
    {
        byte[] attest = reader.ReadSized(field).ToArray();
        return new(attest, TpmWire.Parse<TpmsAttest>(attest), TpmtSignature.Read(ref reader));
    }
}
