using System.Numerics;
using HardwareAttestation.Cryptography;
using HardwareAttestation.Structures;

namespace HardwareAttestation.Verifier;

/// <summary>
/// RSASSA-PSS (RFC 8017, section 9.1.2) with a salt as long as the key allows, which is what a TPM makes unless it keeps to FIPS 186 (TPM 2.0 Library,
/// Part 1, annex B.7). The platform verifies salts of the digest's length only.
/// </summary>
internal static class LongSaltPss
{
    private const uint PublicExponent = 65537;
    private const byte Trailer = 0xBC;

    /// <summary>Whether a signature is the key's, with the longest salt.</summary>
    /// <param name="modulus">The modulus, big-endian, its highest bit set; the exponent is 65537.</param>
    /// <param name="hashAlg">The hash algorithm of data and mask.</param>
    /// <param name="data">What must be signed.</param>
    /// <param name="signature">The signature, big-endian.</param>
    /// <returns>True if it is.</returns>
    public static bool Verify(ReadOnlySpan<byte> modulus, TpmAlgId hashAlg, ReadOnlySpan<byte> data, ReadOnlySpan<byte> signature)
    {
        BigInteger n = new(modulus, isUnsigned: true, isBigEndian: true);
        BigInteger s = new(signature, isUnsigned: true, isBigEndian: true);
        if (signature.Length != modulus.Length || s >= n)
        {
            return false;
        }

        BigInteger message = BigInteger.ModPow(s, PublicExponent, n);
        Span<byte> encoded = stackalloc byte[modulus.Length];
        encoded.Clear();
        message.TryWriteBytes(encoded[^message.GetByteCount(isUnsigned: true)..], out _, isUnsigned: true, isBigEndian: true);

        // DB, masked | H | BC, where DB = 01 | salt: the longest salt leaves no zeros in front. The uppermost bit is not part of the message.
        byte[] digest = TpmHash.HashData(hashAlg, data);
        Span<byte> block = encoded[..^(digest.Length + 1)];
        ReadOnlySpan<byte> hash = encoded[block.Length..^1];
        if (encoded[^1] != Trailer || (encoded[0] & 0x80) != 0)
        {
            return false;
        }

        MaskGeneration.Apply(block, hashAlg, hash);
        block[0] &= 0x7F;
        byte[] salted = [.. new byte[8], .. digest, .. block[1..]];
        return block[0] == 1 && hash.SequenceEqual(TpmHash.HashData(hashAlg, salted));
    }
}
