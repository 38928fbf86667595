using HardwareAttestation.Protocol;
using HardwareAttestation.Structures;

namespace HardwareAttestation.Verifier;

/// <summary>A kind of attestation: its type on the wire, its name in sentences, and the checks that every kind has.</summary>
internal sealed class AttestationKind
{
    public static readonly AttestationKind Quote = new(
        TpmSt.AttestQuote, "quote", CheckIds.QuoteMagic, CheckIds.QuoteNonce, CheckIds.QuoteSigner, CheckIds.QuoteType, CheckIds.QuoteClock, CheckIds.QuoteClockSafe);

    public static readonly AttestationKind Certify = Of(TpmSt.AttestCertify, "certification of a key", CheckIds.AttestationClock, CheckIds.AttestationClockSafe);

    public static readonly AttestationKind Time = Of(TpmSt.AttestTime, "time attestation", CheckIds.TimeClock, CheckIds.TimeClockSafe);

    public static readonly AttestationKind NVCertify = Of(TpmSt.AttestNV, "certification of an NV index", CheckIds.AttestationClock, CheckIds.AttestationClockSafe);

    private AttestationKind(
        TpmSt type, string name, string magicCheck, string nonceCheck, string signerCheck, string typeCheck, string clockCheck, string clockSafeCheck)
    {
        Clock = clockCheck;
        ClockSafe = clockSafeCheck;
        Type = type;
        Name = name;
        Magic = new FixedCheck(magicCheck, $"The {name} was made inside a TPM.");
        Nonce = new FixedCheck(nonceCheck, $"The {name} carries this challenge's nonce.");
        Signer = new FixedCheck(signerCheck, $"The {name} was signed by the enrolled key under its parent.");
        OfType = new FixedCheck(typeCheck, $"The attestation is a {name}.");
    }

    /// <summary>The type on the wire.</summary>
    public TpmSt Type { get; }

    /// <summary>The name in sentences.</summary>
    public string Name { get; }

    public FixedCheck Magic { get; }

    public FixedCheck Nonce { get; }

    public FixedCheck Signer { get; }

    public FixedCheck OfType { get; }

    /// <summary>The check of the clock and the boot counters.</summary>
    public string Clock { get; }

    /// <summary>The check whether the clock may have gone back.</summary>
    public string ClockSafe { get; }

    private static AttestationKind Of(TpmSt type, string name, string clockCheck, string clockSafeCheck) => new(
        type, name, CheckIds.AttestationMagic, CheckIds.AttestationNonce, CheckIds.AttestationSigner, CheckIds.AttestationType, clockCheck, clockSafeCheck);
}
