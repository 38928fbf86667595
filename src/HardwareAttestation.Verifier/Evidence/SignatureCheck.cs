using System.Security.Cryptography;
using HardwareAttestation.Cryptography;
using HardwareAttestation.Structures;

namespace HardwareAttestation.Verifier;

/// <summary>Verifies a TPM's signature with a key that was judged before.</summary>
internal static class SignatureCheck
{
    /// <summary>Records whether the signature is the key's, over exactly these bytes.</summary>
    /// <returns>Whether it is.</returns>
    public static bool Verify(TpmtPublic key, ReadOnlySpan<byte> data, TpmtSignature signature, FindingList findings)
    {
        bool known = SignatureAlgorithm.TryGet(key, out SignatureAlgorithm algorithm);
        bool same = findings.Check(
            CheckIds.SignatureAlgorithm,
            known && signature.SigAlg == algorithm.Scheme && signature.HashAlg == algorithm.Hash,
            $"The signature is by {algorithm}, as the key wants it.",
            $"The signature says {signature.SigAlg} with {signature.HashAlg}, and the key wants {algorithm}.");
        return same && findings.Check(
            CheckIds.SignatureValid,
            IsValid(key, data, signature, algorithm),
            "The signature is the key's, over exactly the bytes received.",
            "The signature is not the key's over these bytes: another key signed, or the bytes were changed. A machine that lost its key file and made a new key must be enrolled again.");
    }

    private static bool IsValid(TpmtPublic key, ReadOnlySpan<byte> data, TpmtSignature signature, SignatureAlgorithm algorithm)
    {
        if (PublicKeys.FindFaultOfForm(key) is not null)
        {
            return false;
        }

        try
        {
            return (key.Parameters, key.Unique, signature) switch
            {
                (TpmsRsaParms, Tpm2bPublicKeyRsa rsa, TpmsSignatureRsa rsaSignature) => IsValidRsa(rsa, data, rsaSignature, algorithm),
                (TpmsEccParms parms, TpmsEccPoint point, TpmsSignatureEcc eccSignature) => IsValidEcc(
                    parms.CurveId, point, data, eccSignature, algorithm),
                _ => false,
            };
        }
        catch (CryptographicException)
        {
            return false;
        }
    }

    private static bool IsValidRsa(Tpm2bPublicKeyRsa rsa, ReadOnlySpan<byte> data, TpmsSignatureRsa signature, SignatureAlgorithm algorithm)
    {
        using RSA key = RSA.Create(PublicKeys.ToParameters(rsa));
        RSASignaturePadding padding = algorithm.Scheme == TpmAlgId.RsaPss ? RSASignaturePadding.Pss : RSASignaturePadding.Pkcs1;
        return key.VerifyData(data, signature.Sig.Span, TpmHash.GetName(algorithm.Hash), padding)
            || (algorithm.Scheme == TpmAlgId.RsaPss && LongSaltPss.Verify(rsa.Modulus.Span, algorithm.Hash, data, signature.Sig.Span));
    }

    private static bool IsValidEcc(
        TpmEccCurve curveId, TpmsEccPoint point, ReadOnlySpan<byte> data, TpmsSignatureEcc signature, SignatureAlgorithm algorithm)
    {
        PublicKeys.TryGetCurve(curveId, out _, out int size);
        if (signature.SignatureR.Length > size || signature.SignatureS.Length > size)
        {
            return false;
        }

        using ECDsa key = ECDsa.Create(PublicKeys.ToParameters(point, curveId));
        byte[] rs = [.. PublicKeys.LeftPad(signature.SignatureR.Span, size), .. PublicKeys.LeftPad(signature.SignatureS.Span, size)];
        return key.VerifyData(data, rs, TpmHash.GetName(algorithm.Hash), DSASignatureFormat.IeeeP1363FixedFieldConcatenation);
    }
}
