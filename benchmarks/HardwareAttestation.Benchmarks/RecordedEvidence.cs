using HardwareAttestation.Client;
using HardwareAttestation.Emulation;
using HardwareAttestation.Structures;
using HardwareAttestation.Verifier;

namespace HardwareAttestation.Benchmarks;

/// <summary>A signature and a quote of a TPM's attestation key, and the same in the form that the platform's cryptography takes.</summary>
internal sealed class RecordedEvidence
{
    private static readonly TpmlPcrSelection Selection = TpmlPcrSelection.Parse("sha256:0,1,2,3,4,5,6,7");
    private static readonly byte[] Nonce = [.. Enumerable.Repeat((byte)7, 32)];
    private readonly TpmQuote _quote;
    private readonly byte[] _quoteSignature;
    private readonly byte[] _signature;
    private readonly QuoteExpectation _expectation;
    private readonly BareSignature _bareQuote;
    private readonly BareSignature _bareSignature;

    private RecordedEvidence(TpmtPublic key, TpmtSignature signature, TpmQuote quote)
    {
        _expectation = new QuoteExpectation { AttestationKey = key, Nonce = Nonce, PcrSelection = Selection };
        _quote = quote;
        _quoteSignature = quote.Signature.Encode();
        _signature = signature.Encode();
        _bareQuote = new BareSignature(key, quote.Attest.Span, quote.Signature);
        _bareSignature = new BareSignature(key, Challenge, signature);
    }

    /// <summary>As long as the signed bytes of a challenge.</summary>
    private static byte[] Challenge { get; } = new byte[104];

    public static async Task<RecordedEvidence> RecordAsync(TpmKeyAlgorithm algorithm)
    {
        await using EmulatedMachine machine = await SharedMachines.CreateMachineAsync();
        await using ITpmDevice device = TpmDevice.Open(machine.DeviceString);
        await using AttestationClient client = new(device);
        await using AttestationKey key = await client.CreateAttestationKeyAsync(await client.GetEndorsementKeyAsync(), new TpmKeyOptions { Algorithm = algorithm });
        RecordedEvidence evidence = new(key.Public, await key.SignAsync(Challenge), await key.QuoteAsync(Selection, Nonce));
        return evidence.VerifySignature() && evidence.VerifyQuote() && evidence.VerifyBareSignature() && evidence.VerifyBareQuote()
            ? evidence
            : throw new InvalidOperationException("What is to be measured does not verify.");
    }

    public bool VerifyBareSignature() => _bareSignature.ImportAndVerify();

    public bool VerifyBareQuote() => _bareQuote.ImportAndVerify();

    public bool VerifySignature() => EvidenceVerifier.VerifySignature(_expectation.AttestationKey, Challenge, _signature).IsVerified;

    public bool VerifyQuote() =>
        EvidenceVerifier.VerifyQuote(_expectation, _quote.Attest.Span, _quoteSignature, _quote.PcrValues).Verdict.IsVerified;
}
