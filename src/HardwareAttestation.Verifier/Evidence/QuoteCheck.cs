using System.Security.Cryptography;
using HardwareAttestation.Structures;

namespace HardwareAttestation.Verifier;

/// <summary>Judges what a quote says, once its signature holds.</summary>
internal static class QuoteCheck
{
    public static void Verify(
        QuoteExpectation expectation, TpmsAttest attested, IReadOnlyList<PcrValue> pcrValues, FindingList findings)
    {
        findings.Check(
            CheckIds.QuoteMagic,
            attested.Magic == TpmsAttest.TpmGeneratedValue,
            "The quote was made inside a TPM.",
            $"The quote begins with 0x{attested.Magic:X8} and not with TPM_GENERATED_VALUE: it was not made inside a TPM.");
        findings.Check(
            CheckIds.QuoteNonce,
            CryptographicOperations.FixedTimeEquals(attested.ExtraData.Span, expectation.Nonce.Span) && !expectation.Nonce.IsEmpty,
            "The quote carries this challenge's nonce.",
            "The quote does not carry this challenge's nonce: it was made for another challenge, or before this one.");
        if (expectation.QualifiedSigner is { } signer)
        {
            findings.Check(
                CheckIds.QuoteSigner,
                attested.QualifiedSigner.Equals(signer),
                "The quote was signed by the enrolled key under its parent.",
                "The quote's qualified signer is not the enrolled key under its parent.");
        }

        bool isQuote = findings.Check(
            CheckIds.QuoteType,
            attested is { Type: TpmSt.AttestQuote, Attested: TpmsQuoteInfo },
            "The attestation is a quote.",
            $"The attestation is of type 0x{(ushort)attested.Type:X4}, and a quote was asked for.");
        if (isQuote)
        {
            VerifyPcrs(expectation, (TpmsQuoteInfo)attested.Attested, pcrValues, findings);
        }
    }

    private static void VerifyPcrs(
        QuoteExpectation expectation, TpmsQuoteInfo quote, IReadOnlyList<PcrValue> pcrValues, FindingList findings)
    {
        if (expectation.PcrSelection.All(bank => bank.Count == 0))
        {
            findings.Refuse(CheckIds.QuotePcrSelection, "No PCR was asked for: a quote over none says nothing.");
            return;
        }

        bool selection = findings.Check(
            CheckIds.QuotePcrSelection,
            quote.PcrSelect.Equals(expectation.PcrSelection),
            $"The quote is over the PCRs that were asked for, {expectation.PcrSelection}.",
            $"The quote is over the PCRs {quote.PcrSelect}, and {expectation.PcrSelection} were asked for.");
        if (!selection || !SignatureAlgorithm.TryGet(expectation.AttestationKey, out SignatureAlgorithm algorithm))
        {
            return;
        }

        findings.Check(
            CheckIds.QuotePcrDigest,
            AreValuesOf(expectation.PcrSelection, pcrValues)
                && CryptographicOperations.FixedTimeEquals(PcrValue.ComputeDigest(pcrValues, algorithm.Hash), quote.PcrDigest.Span),
            "The PCR values are the ones that were quoted.",
            "The PCR values are not the ones that were quoted.");
    }

    // Exactly one value for each PCR of the selection, in its order, as long as the bank's digests: the digest alone would not tell where one ends.
    private static bool AreValuesOf(TpmlPcrSelection selection, IReadOnlyList<PcrValue> values)
    {
        int next = 0;
        foreach (TpmsPcrSelection bank in selection)
        {
            TpmHash.TryGetDigestSize(bank.Hash, out int size);
            foreach (int pcr in bank.Pcrs)
            {
                if (next == values.Count
                    || values[next] is not { } value
                    || value.Bank != bank.Hash
                    || value.Pcr != pcr
                    || value.Digest.Length != size)
                {
                    return false;
                }

                next++;
            }
        }

        return next == values.Count;
    }
}
