using HardwareAttestation.Structures;

namespace HardwareAttestation.Verifier.Tests.Hostile;

/// <summary>Quotes that are signed as they should be, and say nothing or far too much.</summary>
public sealed class HollowQuoteTests : IDisposable
{
    private static readonly byte[] Nonce = [.. Enumerable.Range(1, 32).Select(i => (byte)i)];
    private readonly SoftwareKey _key = SoftwareKey.Create();

    public static TheoryData<TpmlPcrSelection> EmptySelections =>
        [new TpmlPcrSelection(), new TpmlPcrSelection(new TpmsPcrSelection(TpmAlgId.Sha256)), new TpmlPcrSelection(new TpmsPcrSelection((TpmAlgId)0xFFFF))];

    public void Dispose() => _key.Dispose();

    [Theory]
    [MemberData(nameof(EmptySelections))]
    public void A15_QuoteOverNothing_IsRefusedThoughNothingWasAskedFor(TpmlPcrSelection selection)
    {
        byte[] attest = new ForgedQuote { Nonce = Nonce, Selection = selection, Values = [] }.ToArray();

        Verify(selection, attest, _key.Sign(attest)).Verdict.ShouldBeRefusedBy(CheckIds.QuotePcrSelection);
    }

    [Fact]
    public void A17_QuoteOfMegabytesWithARightSignature_IsRefusedBeforeItIsHashed()
    {
        byte[] attest = [.. new ForgedQuote { Nonce = Nonce }.ToArray(), .. new byte[16 * 1024 * 1024]];

        Verify(ForgedQuote.UsualSelection, attest, _key.Sign(attest)).Verdict.ShouldBeRefusedBy(CheckIds.EvidenceForm);
        Verify(ForgedQuote.UsualSelection, attest, _key.Sign([])).Verdict.ShouldBeRefusedBy(CheckIds.EvidenceForm);
    }

    private QuoteResult Verify(TpmlPcrSelection selection, byte[] attest, byte[] signature) => EvidenceVerifier.VerifyQuote(
        new QuoteExpectation { AttestationKey = _key.Public, Nonce = Nonce, PcrSelection = selection }, attest, signature, ForgedQuote.ValuesOf(selection));
}
