using HardwareAttestation.Protocol;

namespace HardwareAttestation.Verifier.Tests.Hostile;

/// <summary>Quotes of far more bytes than a TPM makes.</summary>
public sealed class OversizedQuoteTests
{
    [Fact]
    public void A17_QuoteOfMegabytesWithARightSignature_IsRefusedBeforeItIsHashed()
    {
        byte[] nonce = [.. Enumerable.Range(1, 32).Select(i => (byte)i)];
        using SoftwareKey key = SoftwareKey.Create();
        QuoteExpectation expectation = new() { AttestationKey = key.Public, Nonce = nonce, PcrSelection = ForgedQuote.UsualSelection };
        ForgedQuote quote = new() { Nonce = nonce };
        byte[] attest = [.. quote.ToArray(), .. new byte[16 * 1024 * 1024]];

        // The only finding: the signature was not looked at.
        EvidenceVerifier.VerifyQuote(expectation, attest, key.Sign(attest), quote.Values).Verdict.ShouldBeRefusedBy(CheckIds.EvidenceForm);
        EvidenceVerifier.VerifyQuote(expectation, attest, key.Sign([]), quote.Values).Verdict.ShouldBeRefusedBy(CheckIds.EvidenceForm);
    }
}
