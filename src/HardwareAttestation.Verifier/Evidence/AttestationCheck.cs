using System.Security.Cryptography;
using HardwareAttestation.Protocol;
using HardwareAttestation.Structures;
using HardwareAttestation.Wire;

namespace HardwareAttestation.Verifier;

/// <summary>Judges what all kinds of attestation have in common: the signature, that a TPM made it, for whom, by which key, and of which kind it is.</summary>
internal static class AttestationCheck
{
    /// <summary>Verifies the signature, reads the attestation, and judges its head.</summary>
    /// <param name="kind">What it must be.</param>
    /// <param name="expectation">What it is judged against.</param>
    /// <param name="key">The key of the expectation.</param>
    /// <param name="attest">TPMS_ATTEST in wire form.</param>
    /// <param name="signature">TPMT_SIGNATURE in wire form.</param>
    /// <param name="findings">Where it is recorded.</param>
    /// <returns>What was signed, or null if the signature does not hold or the form is wrong.</returns>
    public static TpmsAttest? Verify(
        AttestationKind kind,
        AttestationExpectation expectation,
        SignatureKey key,
        ReadOnlySpan<byte> attest,
        ReadOnlySpan<byte> signature,
        FindingList findings)
    {
        // Before anything is computed over them: no TPM makes so many bytes.
        if (attest.Length > TpmWire.MaximumSize)
        {
            findings.Refuse(
                CheckIds.EvidenceForm, $"The {kind.Name} is malformed: it is {attest.Length} bytes long, and at most {TpmWire.MaximumSize} are allowed.");
            return null;
        }

        // Nothing of it is looked at before its signature holds.
        if (!EvidenceVerifier.VerifySignature(key, attest, signature, findings))
        {
            return null;
        }

        try
        {
            TpmsAttest attested = TpmWire.Parse<TpmsAttest>(attest);
            VerifyHead(kind, expectation, attested, findings);
            return attested;
        }
        catch (TpmFormatException exception)
        {
            findings.Refuse(CheckIds.EvidenceForm, $"The {kind.Name} is malformed: {exception.Message}");
            return null;
        }
    }

    private static void VerifyHead(AttestationKind kind, AttestationExpectation expectation, TpmsAttest attested, FindingList findings)
    {
        findings.Check(
            kind.Magic,
            attested.Magic == TpmsAttest.TpmGeneratedValue,
            $"The {kind.Name} begins with 0x{attested.Magic:X8} and not with TPM_GENERATED_VALUE: it was not made inside a TPM.");
        findings.Check(
            kind.Nonce,
            CryptographicOperations.FixedTimeEquals(attested.ExtraData.Span, expectation.Nonce.Span) && !expectation.Nonce.IsEmpty,
            $"The {kind.Name} does not carry this challenge's nonce: it was made for another challenge, or before this one.");
        if (expectation.QualifiedSigner is { } signer)
        {
            findings.Check(
                kind.Signer,
                attested.QualifiedSigner.Equals(signer),
                    $"The qualified signer of the {kind.Name} is not the enrolled key under its parent.");
        }

        // What is attested was read by the type: the one goes with the other.
        findings.Check(
            kind.OfType,
            attested.Type == kind.Type,
            $"The attestation is of type 0x{(ushort)attested.Type:X4}, and a {kind.Name} was asked for.");
    }
}
