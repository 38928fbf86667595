using System.Numerics;
using System.Security.Cryptography;

namespace HardwareAttestation.Verifier.Tests;

/// <summary>RSASSA-PSS (RFC 8017, section 8.1.1) with the RSA 2048 test key and a salt of any length, which the platform does not offer.</summary>
internal static class PssSigner
{
    /// <param name="data">What to sign.</param>
    /// <param name="hashName">The hash.</param>
    /// <param name="saltSize">The length of the salt in bytes.</param>
    /// <param name="spoil">Changes the encoded message before the key is used on it.</param>
    public static byte[] Sign(byte[] data, HashAlgorithmName hashName, int saltSize, Action<byte[]>? spoil = null)
    {
        using RSA rsa = TestKeys.Rsa(2048);
        RSAParameters key = rsa.ExportParameters(true);
        int size = key.Modulus!.Length;
        byte[] encoded;
        do
        {
            encoded = Encode(data, hashName, saltSize, size);
            spoil?.Invoke(encoded);
        }
        while (Number(encoded) >= Number(key.Modulus));

        BigInteger signature = BigInteger.ModPow(Number(encoded), Number(key.D!), Number(key.Modulus));
        byte[] bytes = signature.ToByteArray(isUnsigned: true, isBigEndian: true);
        return [.. new byte[size - bytes.Length], .. bytes];
    }

    private static byte[] Encode(byte[] data, HashAlgorithmName hashName, int saltSize, int size)
    {
        byte[] salt = RandomNumberGenerator.GetBytes(saltSize);
        byte[] digest = CryptographicOperations.HashData(hashName, data);
        byte[] protectedData = [.. new byte[8], .. digest, .. salt];
        byte[] hash = CryptographicOperations.HashData(hashName, protectedData);
        byte[] block = new byte[size - hash.Length - 1];
        block[^(saltSize + 1)] = 1;
        salt.CopyTo(block, block.Length - saltSize);
        byte[] mask = Mask(hashName, hash, block.Length);
        for (int i = 0; i < block.Length; i++)
        {
            block[i] ^= mask[i];
        }

        block[0] &= 0x7F;
        return [.. block, .. hash, 0xBC];
    }

    private static byte[] Mask(HashAlgorithmName hashName, byte[] seed, int size)
    {
        List<byte> mask = [];
        for (uint counter = 0; mask.Count < size; counter++)
        {
            byte[] input = new TestWire().Raw(seed).U32(counter).ToArray();
            mask.AddRange(CryptographicOperations.HashData(hashName, input));
        }

        return [.. mask.Take(size)];
    }

    private static BigInteger Number(byte[] bytes) => new(bytes, isUnsigned: true, isBigEndian: true);
}
