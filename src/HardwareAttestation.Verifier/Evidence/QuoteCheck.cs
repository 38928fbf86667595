using System.Security.Cryptography;
using HardwareAttestation.Structures;

namespace HardwareAttestation.Verifier;

/// <summary>Judges what a quote says of PCRs, once its signature holds.</summary>
internal static class QuoteCheck
{
    public static void Verify(
        QuoteExpectation expectation, TpmsQuoteInfo quote, IReadOnlyList<PcrValue>? pcrValues, FindingList findings)
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

        if (pcrValues is null)
        {
            findings.Flag(CheckIds.QuotePcrDigest, "No PCR values came along: the quote has a digest of them, which nobody has compared.");
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
