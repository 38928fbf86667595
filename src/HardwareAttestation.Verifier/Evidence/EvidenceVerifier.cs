using HardwareAttestation.Protocol;
using HardwareAttestation.Structures;
using HardwareAttestation.Wire;

namespace HardwareAttestation.Verifier;

/// <summary>Verifies signatures, quotes and other attestations of a TPM by themselves, outside of the enrolment protocol. Hostile bytes give a verdict and never an exception.</summary>
public static class EvidenceVerifier
{
    /// <summary>Judges the public area of a key: whether what it signs is what the TPM itself made.</summary>
    /// <param name="attestationKey">The key.</param>
    /// <returns>The verdict.</returns>
    /// <exception cref="ArgumentNullException">An argument is null.</exception>
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
    /// <exception cref="ArgumentNullException">An argument is null.</exception>
    public static Verdict VerifySignature(TpmtPublic attestationKey, ReadOnlySpan<byte> data, ReadOnlySpan<byte> signature)
    {
        ArgumentNullException.ThrowIfNull(attestationKey);
        FindingList findings = new();
        using SignatureKey key = new(attestationKey);
        AttestationKeyPolicy.Judge(key, findings);
        VerifySignature(key, data, signature, findings);
        return findings.ToVerdict();
    }

    /// <summary>Verifies a quote.</summary>
    /// <param name="expectation">What the quote is judged against.</param>
    /// <param name="attest">TPMS_ATTEST in wire form, without a size: the bytes that are signed.</param>
    /// <param name="signature">TPMT_SIGNATURE in wire form.</param>
    /// <param name="pcrValues">The values that the digest in the quote is of, in the order of the selection.</param>
    /// <returns>The verdict, and if it is verified what the quote says.</returns>
    /// <exception cref="ArgumentNullException">An argument is null.</exception>
    public static QuoteResult VerifyQuote(
        QuoteExpectation expectation, ReadOnlySpan<byte> attest, ReadOnlySpan<byte> signature, IReadOnlyList<PcrValue> pcrValues)
    {
        ArgumentNullException.ThrowIfNull(expectation);
        ArgumentNullException.ThrowIfNull(pcrValues);
        FindingList findings = new();
        using SignatureKey attestationKey = new(expectation.AttestationKey);
        AttestationKeyPolicy.Judge(attestationKey, findings);
        TpmsAttest? attested = VerifyQuote(expectation, attestationKey, attest, signature, pcrValues, findings);
        return new QuoteResult(findings.ToVerdict(), attested, pcrValues);
    }

    /// <summary>Verifies a quote without the PCR values: it is flagged that nobody knows them.</summary>
    /// <param name="expectation">What the quote is judged against.</param>
    /// <param name="attest">TPMS_ATTEST in wire form, without a size: the bytes that are signed.</param>
    /// <param name="signature">TPMT_SIGNATURE in wire form.</param>
    /// <returns>The verdict, and if it is verified what the quote says: of the PCRs only a digest, to be compared by the caller.</returns>
    /// <exception cref="ArgumentNullException">An argument is null.</exception>
    public static QuoteResult VerifyQuote(QuoteExpectation expectation, ReadOnlySpan<byte> attest, ReadOnlySpan<byte> signature)
    {
        ArgumentNullException.ThrowIfNull(expectation);
        FindingList findings = new();
        using SignatureKey attestationKey = new(expectation.AttestationKey);
        AttestationKeyPolicy.Judge(attestationKey, findings);
        TpmsAttest? attested = VerifyQuote(expectation, attestationKey, attest, signature, null, findings);
        return new QuoteResult(findings.ToVerdict(), attested, []);
    }

    /// <summary>Verifies that an application's key is in the TPM of an attestation key (TPM2_Certify), and what it is good for.</summary>
    /// <param name="expectation">What the certification is judged against.</param>
    /// <param name="publicArea">TPM2B_PUBLIC of the application's key, size included, as it was presented. Its Name is computed, and is what must be certified.</param>
    /// <param name="attest">TPMS_ATTEST in wire form, without a size: the bytes that are signed.</param>
    /// <param name="signature">TPMT_SIGNATURE in wire form.</param>
    /// <returns>The verdict, and if it is verified the key.</returns>
    /// <exception cref="ArgumentNullException">An argument is null.</exception>
    public static CertifyResult VerifyCertify(
        CertifyExpectation expectation, ReadOnlySpan<byte> publicArea, ReadOnlySpan<byte> attest, ReadOnlySpan<byte> signature)
    {
        ArgumentNullException.ThrowIfNull(expectation);
        FindingList findings = new();
        using SignatureKey attestationKey = new(expectation.AttestationKey);
        AttestationKeyPolicy.Judge(attestationKey, findings);
        TpmtPublic? key = ReadCertifiedKey(publicArea, findings);
        bool hasName = key is not null && ApplicationKeyPolicy.Judge(key, expectation.Usage, findings);
        TpmsAttest? attested = AttestationCheck.Verify(AttestationKind.Certify, expectation, attestationKey, attest, signature, findings);
        JudgeClock(AttestationKind.Certify, expectation, attested, findings);
        if (hasName && attested?.Attested is TpmsCertifyInfo certified)
        {
            CertifyCheck.Verify(expectation, certified, key!, findings);
        }

        return new CertifyResult(findings.ToVerdict(), attested, key);
    }

    /// <summary>Verifies a signature of an application's key, which was certified before, over data.</summary>
    /// <param name="applicationKey">The key that must have signed: <see cref="CertifyResult.Key"/> as it was kept. Its scheme says the algorithm.</param>
    /// <param name="data">The bytes that must be signed.</param>
    /// <param name="signature">TPMT_SIGNATURE in wire form.</param>
    /// <returns>The verdict.</returns>
    /// <exception cref="ArgumentNullException">An argument is null.</exception>
    public static Verdict VerifyApplicationSignature(TpmtPublic applicationKey, ReadOnlySpan<byte> data, ReadOnlySpan<byte> signature)
    {
        ArgumentNullException.ThrowIfNull(applicationKey);
        FindingList findings = new();
        using SignatureKey key = new(applicationKey);
        ApplicationKeyPolicy.Judge(applicationKey, ApplicationKeyUsage.Sign, findings);
        VerifySignature(key, data, signature, findings);
        return findings.ToVerdict();
    }

    /// <summary>Verifies an attestation of a TPM's time, clock and boot counters (TPM2_GetTime).</summary>
    /// <param name="expectation">What the attestation is judged against.</param>
    /// <param name="attest">TPMS_ATTEST in wire form, without a size: the bytes that are signed.</param>
    /// <param name="signature">TPMT_SIGNATURE in wire form.</param>
    /// <returns>The verdict, and if it is verified the time.</returns>
    /// <exception cref="ArgumentNullException">An argument is null.</exception>
    public static TimeResult VerifyTime(TimeExpectation expectation, ReadOnlySpan<byte> attest, ReadOnlySpan<byte> signature)
    {
        ArgumentNullException.ThrowIfNull(expectation);
        FindingList findings = new();
        using SignatureKey attestationKey = new(expectation.AttestationKey);
        AttestationKeyPolicy.Judge(attestationKey, findings);
        TpmsAttest? attested = AttestationCheck.Verify(AttestationKind.Time, expectation, attestationKey, attest, signature, findings);
        var time = attested?.Attested as TpmsTimeAttestInfo;
        if (time is not null)
        {
            ClockCheck.Verify(time.Time.ClockInfo, expectation.LastClockInfo, AttestationKind.Time.Clock, AttestationKind.Time.ClockSafe, findings);
        }

        return new TimeResult(findings.ToVerdict(), attested, time);
    }

    /// <summary>Verifies the certification of what an NV index holds (TPM2_NV_Certify).</summary>
    /// <param name="expectation">What the certification is judged against.</param>
    /// <param name="attest">TPMS_ATTEST in wire form, without a size: the bytes that are signed.</param>
    /// <param name="signature">TPMT_SIGNATURE in wire form.</param>
    /// <returns>The verdict, and if it is verified the contents.</returns>
    /// <exception cref="ArgumentNullException">An argument is null.</exception>
    public static NVCertifyResult VerifyNVCertify(NVCertifyExpectation expectation, ReadOnlySpan<byte> attest, ReadOnlySpan<byte> signature)
    {
        ArgumentNullException.ThrowIfNull(expectation);
        FindingList findings = new();
        using SignatureKey attestationKey = new(expectation.AttestationKey);
        AttestationKeyPolicy.Judge(attestationKey, findings);
        TpmsAttest? attested = AttestationCheck.Verify(AttestationKind.NVCertify, expectation, attestationKey, attest, signature, findings);
        JudgeClock(AttestationKind.NVCertify, expectation, attested, findings);
        var certified = attested?.Attested as TpmsNVCertifyInfo;
        if (certified is not null)
        {
            NVCertifyCheck.Verify(expectation, certified, findings);
        }

        return new NVCertifyResult(findings.ToVerdict(), attested, certified);
    }

    internal static bool VerifySignature(
        SignatureKey key, ReadOnlySpan<byte> data, ReadOnlySpan<byte> signature, FindingList findings)
    {
        try
        {
            return SignatureCheck.Verify(key, data, TpmWire.Parse<TpmtSignature>(signature), findings);
        }
        catch (TpmFormatException exception)
        {
            findings.Refuse(CheckIds.EvidenceForm, $"The signature is malformed: {exception.Message}");
            return false;
        }
    }

    internal static TpmsAttest? VerifyQuote(
        QuoteExpectation expectation,
        SignatureKey attestationKey,
        ReadOnlySpan<byte> attest,
        ReadOnlySpan<byte> signature,
        IReadOnlyList<PcrValue>? pcrValues,
        FindingList findings)
    {
        TpmsAttest? attested = AttestationCheck.Verify(AttestationKind.Quote, expectation, attestationKey, attest, signature, findings);
        JudgeClock(AttestationKind.Quote, expectation, attested, findings);
        if (attested?.Attested is TpmsQuoteInfo quote)
        {
            QuoteCheck.Verify(expectation, quote, pcrValues, findings);
        }

        return attested;
    }

    // A time attestation is judged by the clock that it is about.
    private static void JudgeClock(AttestationKind kind, AttestationExpectation expectation, TpmsAttest? attested, FindingList findings)
    {
        if (attested is not null && expectation.LastClockInfo is { } last)
        {
            ClockCheck.Verify(attested.ClockInfo, last, kind.Clock, kind.ClockSafe, findings);
        }
    }

    private static TpmtPublic? ReadCertifiedKey(ReadOnlySpan<byte> publicArea, FindingList findings)
    {
        try
        {
            return TpmWire.ParseSized<TpmtPublic>(publicArea);
        }
        catch (TpmFormatException exception)
        {
            findings.Refuse(CheckIds.CertifiedForm, $"The public area of the certified key is malformed: {exception.Message}");
            return null;
        }
    }
}
