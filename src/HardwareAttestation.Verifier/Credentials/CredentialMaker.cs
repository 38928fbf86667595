using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using HardwareAttestation.Cryptography;
using HardwareAttestation.Structures;
using HardwareAttestation.Wire;

namespace HardwareAttestation.Verifier;

/// <summary>
/// TPM2_MakeCredential in software (TPM 2.0 Library, Part 1, section 24; Part 3, section 12.6): needs no TPM.
/// </summary>
public static class CredentialMaker
{
    /// <summary>Wraps a secret so that only the TPM that has both the endorsement key and an object of that Name can open it.</summary>
    /// <param name="endorsementKey">The endorsement key: RSA 2048 to 4096, or ECC P-256, P-384 or P-521, with an AES cipher.</param>
    /// <param name="objectName">The Name of the object, usually an attestation key. Compute it; do not take it from whoever presents the object.</param>
    /// <param name="secret">The secret: 1 byte to as many as a digest of the endorsement key's nameAlg has.</param>
    /// <returns>The wrapped secret.</returns>
    /// <exception cref="ArgumentException">An argument is null, the endorsement key is not of a kind that can open credentials, its numbers are not a key's,
    /// or the secret's length is wrong.</exception>
    public static Credential MakeCredential(TpmtPublic endorsementKey, TpmName objectName, ReadOnlySpan<byte> secret)
    {
        ArgumentNullException.ThrowIfNull(endorsementKey);
        ArgumentNullException.ThrowIfNull(objectName);
        FindingList findings = new();
        if (!EndorsementKeyPolicy.Judge(endorsementKey, findings))
        {
            throw new ArgumentException($"This endorsement key cannot open credentials: {findings.ToVerdict()}.", nameof(endorsementKey));
        }

        TpmAlgId nameAlg = endorsementKey.NameAlg;
        TpmHash.TryGetDigestSize(nameAlg, out int digestSize);
        if (secret.IsEmpty || secret.Length > digestSize)
        {
            throw new ArgumentException($"The secret has 1 to {digestSize} bytes, and {secret.Length} were given.", nameof(secret));
        }

        byte[] seed = SecretSharing.MakeSeed(endorsementKey, SecretSharing.IdentityLabel, out byte[] encryptedSecret);
        Span<byte> cipherKey = stackalloc byte[endorsementKey.Symmetric.KeyBits / 8];
        Span<byte> hmacKey = stackalloc byte[digestSize];
        try
        {
            KeyDerivation.KdfA(nameAlg, seed, "STORAGE", objectName.Bytes.Span, cipherKey);
            byte[] encIdentity = EncryptIdentity(cipherKey, secret);
            KeyDerivation.KdfA(nameAlg, seed, "INTEGRITY", [], hmacKey);
            byte[] integrity = CryptographicOperations.HmacData(
                TpmHash.GetName(nameAlg), hmacKey, [.. encIdentity, .. objectName.Bytes.Span]);
            return new Credential(new TpmsIdObject(integrity, encIdentity), encryptedSecret);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(seed);
            CryptographicOperations.ZeroMemory(cipherKey);
            CryptographicOperations.ZeroMemory(hmacKey);
        }
    }

    /// <summary>Wraps a secret for the endorsement key of a certificate, where its public area is not at hand.</summary>
    /// <remarks>
    /// A certificate has the key and neither its hash nor its cipher: they are taken to be those of the TCG's templates for keys of this size (EK Credential Profile 2.5, annex B).
    /// A TPM whose maker deviates from them does not open the credential. The certificate is not validated here.
    /// </remarks>
    /// <param name="certificate">The certificate.</param>
    /// <param name="objectName">The Name of the object, usually an attestation key.</param>
    /// <param name="secret">The secret: 1 byte to as many as a digest of the endorsement key's nameAlg has.</param>
    /// <returns>The wrapped secret.</returns>
    /// <exception cref="ArgumentException">An argument is null, the certificate's key is not that of any template or is malformed, or the secret's length is wrong.</exception>
    public static Credential MakeCredential(X509Certificate2 certificate, TpmName objectName, ReadOnlySpan<byte> secret)
    {
        ArgumentNullException.ThrowIfNull(certificate);
        return MakeCredential(CertifiedEndorsementKey.ToPublic(certificate), objectName, secret);
    }

    // CFB with a zero IV over TPM2B_DIGEST.
    private static byte[] EncryptIdentity(ReadOnlySpan<byte> cipherKey, ReadOnlySpan<byte> secret)
    {
        const int BlockSize = 16;
        byte[] identity = new byte[sizeof(ushort) + secret.Length];
        TpmWriter writer = new(identity);
        writer.WriteSized(secret);
        CfbCipher.Encrypt(cipherKey, new byte[BlockSize], identity);
        return identity;
    }
}
