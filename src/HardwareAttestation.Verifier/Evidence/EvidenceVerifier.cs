using HardwareAttestation.Protocol;
using HardwareAttestation.Structures;
using HardwareAttestation.Wire;

namespace HardwareAttestation.Verifier;

/// <summary>Verifies signatures and quotes of a TPM by themselves, outside of the enrolment protocol. Hostile bytes give a verdict and never an exception.</summary>
public static class EvidenceVerifier
{
    /// <summary>Judges the public area of a key: whether what it signs is what the TPM itself made.</summary>
    /// <param name="attestationKey">The key.</param>
    /// <returns>The verdict.</returns>
    public static Verdict VerifyAttestationKey(TpmtPublic attestationKey)
    {
        ArgumentNullException.ThrowIfNull(attestationKey);
        FindingList findings = new();
        AttestationKeyPolicy.Judge(attestationKey, findings);
        return findings.ToVerdict();
    }

    /// <summary>Verifies a signature of an attestation key over data.</summary>
    /// <param name="attestationKey">The key that must have signed; its scheme says the algorithm.</param>
    /// <param name="data">The bytes that must be signed.</param>
    /// <param name="signature">TPMT_SIGNATURE in wire form.</param>
    /// <returns>The verdict.</returns>
    public static Verdict VerifySignature(TpmtPublic attestationKey, ReadOnlySpan<byte> data, ReadOnlySpan<byte> signature)
    {
        ArgumentNullException.ThrowIfNull(attestationKey);
        FindingList findings = new();
        AttestationKeyPolicy.Judge(attestationKey, findings);
        VerifySignature(attestationKey, data, signature, findings);
        return findings.ToVerdict();
    }

    /// <summary>Verifies a quote.</summary>
    /// <param name="expectation">What the quote is judged against.</param>
    /// <param name="attest">TPMS_ATTEST in wire form, without a size: the bytes that are signed.</param>
    /// <param name="signature">TPMT_SIGNATURE in wire form.</param>
    /// <param name="pcrValues">The values that the digest in the quote is of, in the order of the selection.</param>
    /// <returns>The verdict, and if it is verified what the quote says.</returns>
    public static QuoteResult VerifyQuote(
        QuoteExpectation expectation, ReadOnlySpan<byte> attest, ReadOnlySpan<byte> signature, IReadOnlyList<PcrValue> pcrValues)
    {
        ArgumentNullException.ThrowIfNull(expectation);
        ArgumentNullException.ThrowIfNull(pcrValues);
        FindingList findings = new();
        AttestationKeyPolicy.Judge(expectation.AttestationKey, findings);
        TpmsAttest? attested = VerifyQuote(expectation, attest, signature, pcrValues, findings);
        return new QuoteResult(findings.ToVerdict(), attested, pcrValues);
    }

    internal static bool VerifySignature(
        TpmtPublic attestationKey, ReadOnlySpan<byte> data, ReadOnlySpan<byte> signature, FindingList findings)
    {
        try
        {
            return SignatureCheck.Verify(attestationKey, data, TpmWire.Parse<TpmtSignature>(signature), findings);
        }
        catch (TpmFormatException exception)
        {
            findings.Refuse(CheckIds.EvidenceForm, $"The signature is malformed: {exception.Message}");
            return false;
        }
    }

    internal static TpmsAttest? VerifyQuote(
        QuoteExpectation expectation,
        ReadOnlySpan<byte> attest,
        ReadOnlySpan<byte> signature,
        IReadOnlyList<PcrValue> pcrValues,
        FindingList findings)
    {
        // Before anything is computed over them: no TPM makes so many bytes.
        if (attest.Length > TpmWire.MaximumSize)
        {
            findings.Refuse(
                CheckIds.EvidenceForm, $"The quote is malformed: it is {attest.Length} bytes long, and at most {TpmWire.MaximumSize} are allowed.");
            return null;
        }

        // Nothing of the quote is looked at before its signature holds.
        if (!VerifySignature(expectation.AttestationKey, attest, signature, findings))
        {
            return null;
        }

        try
        {
            TpmsAttest attested = TpmWire.Parse<TpmsAttest>(attest);
            QuoteCheck.Verify(expectation, attested, pcrValues, findings);
            return attested;
        }
        catch (TpmFormatException exception)
        {
            findings.Refuse(CheckIds.EvidenceForm, $"The quote is malformed: {exception.Message}");
            return null;
        }
    }
}
