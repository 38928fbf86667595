using HardwareAttestation.Structures;

namespace HardwareAttestation.Cryptography;

/// <summary>
/// RSAES-OAEP with a label (RFC 8017, section 7.1; TPM 2.0 Library, Part 1, annex B.4), which the platform does not offer: the padding is made
/// here, and so is the public operation.
/// </summary>
internal static class OaepEncryption
{
    /// <summary>Encrypts a short secret.</summary>
    /// <param name="modulus">The modulus, big-endian, of the exponent 65537.</param>
    /// <param name="hashAlg">The hash algorithm of the padding and of its mask.</param>
    /// <param name="label">The label, with its NUL where the TPM wants one.</param>
    /// <param name="secret">What to encrypt.</param>
    /// <param name="paddingSeed">The seed of the padding: random, as long as a digest.</param>
    /// <returns>The ciphertext, as long as the modulus.</returns>
    public static byte[] Encrypt(ReadOnlySpan<byte> modulus, TpmAlgId hashAlg, ReadOnlySpan<byte> label, ReadOnlySpan<byte> secret, ReadOnlySpan<byte> paddingSeed)
    {
        byte[] block = new byte[modulus.Length];
        Pad(block, hashAlg, label, secret, paddingSeed);
        RsaPublicOperation.Apply(modulus, block);
        return block;
    }

    // 00 | seed, masked | DB = digest of the label | 00 … | 01 | secret, masked
    private static void Pad(Span<byte> block, TpmAlgId hashAlg, ReadOnlySpan<byte> label, ReadOnlySpan<byte> secret, ReadOnlySpan<byte> paddingSeed)
    {
        byte[] labelDigest = TpmHash.HashData(hashAlg, label);
        Span<byte> seed = block.Slice(1, labelDigest.Length);
        Span<byte> dataBlock = block[(1 + labelDigest.Length)..];
        if (secret.Length > dataBlock.Length - labelDigest.Length - 1)
        {
            throw new ArgumentException("The secret is too long for the modulus.", nameof(secret));
        }

        paddingSeed.CopyTo(seed);
        labelDigest.CopyTo(dataBlock);
        dataBlock[^(secret.Length + 1)] = 1;
        secret.CopyTo(dataBlock[^secret.Length..]);
        MaskGeneration.Apply(dataBlock, hashAlg, seed);
        MaskGeneration.Apply(seed, hashAlg, dataBlock);
    }
}
