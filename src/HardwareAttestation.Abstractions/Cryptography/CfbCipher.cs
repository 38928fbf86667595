using System.Security.Cryptography;

namespace HardwareAttestation.Cryptography;

/// <summary>AES in CFB mode as a TPM uses it: feedback of a whole block, no padding, any length (TPM 2.0 Library, Part 1, section 11.4.6).</summary>
public static class CfbCipher
{
    private const int BlockSize = 16;
    private const int FeedbackBits = 8 * BlockSize;
    private const int UsualSize = 512;

    // Made once and used again by whoever comes next: it is most of the garbage of a few blocks. Without a key of anybody's in between.
    private static readonly byte[] NoKey = new byte[BlockSize];
    private static Aes? _spare;

    /// <summary>Encrypts in place.</summary>
    /// <param name="key">The key: 16, 24 or 32 bytes.</param>
    /// <param name="iv">The initialisation vector: 16 bytes.</param>
    /// <param name="data">What is encrypted.</param>
    /// <exception cref="CryptographicException">The key has another length.</exception>
    /// <exception cref="ArgumentException">The initialisation vector has another length.</exception>
    public static void Encrypt(ReadOnlySpan<byte> key, ReadOnlySpan<byte> iv, Span<byte> data) => Apply(key, iv, data, encrypt: true);

    /// <summary>Decrypts in place.</summary>
    /// <inheritdoc cref="Encrypt"/>
    /// <param name="key">The key: 16, 24 or 32 bytes.</param>
    /// <param name="iv">The initialisation vector: 16 bytes.</param>
    /// <param name="data">What is decrypted.</param>
    public static void Decrypt(ReadOnlySpan<byte> key, ReadOnlySpan<byte> iv, Span<byte> data) => Apply(key, iv, data, encrypt: false);

    // The platform wants whole blocks without padding: the last one is filled up with zeros, and what they become is left out again.
    private static void Apply(ReadOnlySpan<byte> key, ReadOnlySpan<byte> iv, Span<byte> data, bool encrypt)
    {
        int size = (data.Length + BlockSize - 1) / BlockSize * BlockSize;
        Span<byte> blocks = size <= UsualSize ? stackalloc byte[size] : new byte[size];
        Span<byte> result = size <= UsualSize ? stackalloc byte[size] : new byte[size];
        try
        {
            data.CopyTo(blocks);
            Aes aes = Interlocked.Exchange(ref _spare, null) ?? Aes.Create();
            try
            {
                aes.SetKey(key);
                _ = encrypt
                    ? aes.EncryptCfb(blocks, iv, result, PaddingMode.None, FeedbackBits)
                    : aes.DecryptCfb(blocks, iv, result, PaddingMode.None, FeedbackBits);
            }
            finally
            {
                aes.SetKey(NoKey);
                Interlocked.Exchange(ref _spare, aes)?.Dispose();
            }

            result[..data.Length].CopyTo(data);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(blocks);
            CryptographicOperations.ZeroMemory(result);
        }
    }
}
