using HardwareAttestation.Protocol;
using HardwareAttestation.Structures;

namespace HardwareAttestation.Verifier;

/// <summary>Verifies a TPM's signature with a key that was judged before.</summary>
internal static class SignatureCheck
{
    private static readonly RepeatingCheck<SignatureAlgorithm> Algorithm = new(
        CheckIds.SignatureAlgorithm, algorithm => $"The signature is by {algorithm}, as the key wants it.");

    private static readonly FixedCheck Valid = new(CheckIds.SignatureValid, "The signature is the key's, over exactly the bytes received.");

    /// <summary>Records whether the signature is the key's, over exactly these bytes.</summary>
    /// <returns>Whether it is.</returns>
    public static bool Verify(SignatureKey key, ReadOnlySpan<byte> data, TpmtSignature signature, FindingList findings)
    {
        bool known = SignatureAlgorithm.TryGet(key.Public, out SignatureAlgorithm algorithm);
        bool same = findings.Check(
            Algorithm,
            algorithm,
            known && signature.SigAlg == algorithm.Scheme && signature.HashAlg == algorithm.Hash,
            $"The signature says {signature.SigAlg} with {signature.HashAlg}, and the key wants {algorithm}.");
        return same && findings.Check(
            Valid,
            key.Verify(data, signature, algorithm),
            "The signature is not the key's over these bytes: another key signed, or the bytes were changed. A machine that lost its key file and made a new key must be enrolled again.");
    }
}
