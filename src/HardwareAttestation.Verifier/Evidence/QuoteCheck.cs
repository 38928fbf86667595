using System.Security.Cryptography;
using HardwareAttestation.Protocol;
using HardwareAttestation.Structures;

namespace HardwareAttestation.Verifier;

/// <summary>Judges what a quote says of PCRs, once its signature holds.</summary>
internal static class QuoteCheck
{
    private static readonly RepeatingCheck<TpmlPcrSelection> Selection = new(
        CheckIds.QuotePcrSelection, selection => $"The quote is over the PCRs that were asked for, {selection}.");

    private static readonly FixedCheck Digest = new(CheckIds.QuotePcrDigest, "The PCR values are the ones that were quoted.");

    public static void Verify(
        QuoteExpectation expectation, TpmsQuoteInfo quote, IReadOnlyList<PcrValue>? pcrValues, FindingList findings)
    {
        if (IsEmpty(expectation.PcrSelection))
        {
            findings.Refuse(CheckIds.QuotePcrSelection, "No PCR was asked for: a quote over none says nothing.");
            return;
        }

        bool selection = findings.Check(
            Selection,
            expectation.PcrSelection,
            quote.PcrSelect.Equals(expectation.PcrSelection),
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
            Digest,
            AreValuesOf(expectation.PcrSelection, pcrValues)
                && CryptographicOperations.FixedTimeEquals(PcrValue.ComputeDigest(pcrValues, algorithm.Hash), quote.PcrDigest.Span),
            "The PCR values are not the ones that were quoted.");
    }

    private static bool IsEmpty(TpmlPcrSelection selection)
    {
        for (int i = 0; i < selection.Count; i++)
        {
            if (selection[i].Count > 0)
            {
                return false;
            }
        }

        return true;
    }

    // Exactly one value for each PCR of the selection, in its order, as long as the bank's digests: the digest alone would not tell where one ends.
    private static bool AreValuesOf(TpmlPcrSelection selection, IReadOnlyList<PcrValue> values)
    {
        int next = 0;
        for (int i = 0; i < selection.Count; i++)
        {
            TpmsPcrSelection bank = selection[i];
            TpmHash.TryGetDigestSize(bank.Hash, out int size);
            for (int pcr = 0, left = bank.Count; left > 0; pcr++)
            {
                if (!bank.Contains(pcr))
                {
                    continue;
                }

                left--;
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
