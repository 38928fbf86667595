using HardwareAttestation.Structures;

namespace HardwareAttestation.Verifier;

/// <summary>A kind of attestation: its type on the wire, its name in sentences, and the ids of the checks that every kind has.</summary>
internal sealed record AttestationKind(TpmSt Type, string Name, string MagicCheck, string NonceCheck, string SignerCheck, string TypeCheck)
{
    public static readonly AttestationKind Quote = new(
        TpmSt.AttestQuote, "quote", CheckIds.QuoteMagic, CheckIds.QuoteNonce, CheckIds.QuoteSigner, CheckIds.QuoteType);

    public static readonly AttestationKind Certify = Of(TpmSt.AttestCertify, "certification of a key");

    public static readonly AttestationKind Time = Of(TpmSt.AttestTime, "time attestation");

    public static readonly AttestationKind NVCertify = Of(TpmSt.AttestNV, "certification of an NV index");

    private static AttestationKind Of(TpmSt type, string name) => new(
        type, name, CheckIds.AttestationMagic, CheckIds.AttestationNonce, CheckIds.AttestationSigner, CheckIds.AttestationType);
}
