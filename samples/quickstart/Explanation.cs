using System.Security.Cryptography.X509Certificates;
using HardwareAttestation.Protocol;
using HardwareAttestation.Structures;
using HardwareAttestation.Wire;

namespace Quickstart;

/// <summary>Says in the words of the TPM specification what the bytes in a message are.</summary>
internal static class Explanation
{
    public static void Print(object? message)
    {
        switch (message)
        {
            case EnrollmentRequest request:
                using (X509Certificate2 certificate = X509CertificateLoader.LoadCertificate(request.EndorsementCertificate.Span))
                {
                    Line("EK certificate", $"{certificate.Subject}, issued by {certificate.Issuer}");
                }

                Key("EK", TpmWire.ParseSized<TpmtPublic>(request.EndorsementPublic.Span));
                Key("AK", TpmWire.ParseSized<TpmtPublic>(request.AttestationPublic.Span));
                break;
            case CredentialChallenge challenge:
                TpmsIdObject credential = TpmWire.ParseSized<TpmsIdObject>(challenge.CredentialBlob.Span);
                Line("TPMS_ID_OBJECT", $"integrityHMAC {Hex(credential.IntegrityHmac)}, encIdentity {Hex(credential.EncIdentity)}");
                Line("TPM2B_ENCRYPTED_SECRET", $"{challenge.EncryptedSecret.Length - sizeof(ushort)} bytes, for the EK alone");
                break;
            case CredentialResponse response:
                Line("proof", $"{Hex(response.Proof)}: HMAC with the secret as its key");
                break;
            case AttestationChallenge challenge:
                Line("nonce", Hex(challenge.Nonce));
                break;
            case AttestationEvidence evidence:
                Quote(TpmWire.Parse<TpmsAttest>(evidence.Attest.Span), TpmWire.Parse<TpmtSignature>(evidence.Signature.Span));
                break;
        }
    }

    private static void Key(string which, TpmtPublic key)
    {
        Line($"{which} TPMT_PUBLIC", $"{Describe(key.Parameters)}, nameAlg {key.NameAlg}");
        Line($"{which} attributes", $"0x{(uint)key.ObjectAttributes:x8}: {key.ObjectAttributes}");
        Line($"{which} Name", key.ComputeName().ToString());
    }

    private static string Describe(TpmuPublicParms parameters) => parameters switch
    {
        TpmsRsaParms rsa => $"RSA {rsa.KeyBits}, {Describe(rsa.Scheme)}, {Describe(rsa.Symmetric)}",
        TpmsEccParms ecc => $"ECC {ecc.CurveId}, {Describe(ecc.Scheme)}, {Describe(ecc.Symmetric)}",
        _ => parameters.Type.ToString(),
    };

    private static string Describe(TpmtScheme scheme) => scheme == TpmtScheme.Null ? "no scheme" : $"{scheme.Scheme} with {scheme.HashAlg}";

    private static string Describe(TpmtSymDef symmetric) =>
        symmetric == TpmtSymDef.Null ? "no cipher" : $"{symmetric.Algorithm}-{symmetric.KeyBits}-{symmetric.Mode}";

    private static void Quote(TpmsAttest attest, TpmtSignature signature)
    {
        Line("TPMS_ATTEST", $"magic 0x{attest.Magic:x8}, type 0x{(ushort)attest.Type:x4} ({attest.Type})");
        Line("qualifiedSigner", attest.QualifiedSigner.ToString());
        Line("extraData", Hex(attest.ExtraData));
        Line("clockInfo", $"clock {attest.ClockInfo.Clock} ms, resetCount {attest.ClockInfo.ResetCount}, "
            + $"restartCount {attest.ClockInfo.RestartCount}, safe {attest.ClockInfo.Safe}");
        Line("firmwareVersion", $"0x{attest.FirmwareVersion:x16}");
        if (attest.Attested is TpmsQuoteInfo quote)
        {
            Line("pcrSelect", quote.PcrSelect.ToString());
            Line("pcrDigest", Hex(quote.PcrDigest));
        }

        Line("TPMT_SIGNATURE", $"{signature.SigAlg} with {signature.HashAlg}");
    }

    private static string Hex(ReadOnlyMemory<byte> bytes) => Convert.ToHexStringLower(bytes.Span);

    private static void Line(string name, string value) => Console.WriteLine($"         {name,-22} {value}");
}
