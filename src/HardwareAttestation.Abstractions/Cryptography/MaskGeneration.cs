using System.Buffers.Binary;
using System.Security.Cryptography;
using HardwareAttestation.Structures;

namespace HardwareAttestation.Cryptography;

/// <summary>MGF1 (RFC 8017, annex B.2.1): the hash of the seed and a counter, over and over.</summary>
public static class MaskGeneration
{
    // The seed may be all of an RSA-4096 block.
    private const int UsualInput = 1024;

    /// <summary>Puts the mask on, or takes it off.</summary>
    /// <param name="target">What is masked.</param>
    /// <param name="hashAlg">The hash algorithm.</param>
    /// <param name="seed">What the mask is made from.</param>
    /// <exception cref="ArgumentOutOfRangeException">.NET has no such hash algorithm.</exception>
    public static void Apply(Span<byte> target, TpmAlgId hashAlg, ReadOnlySpan<byte> seed)
    {
        HashAlgorithmName name = TpmHash.GetName(hashAlg);
        int size = seed.Length + sizeof(uint);
        Span<byte> input = size <= UsualInput ? stackalloc byte[size] : new byte[size];
        Span<byte> mask = stackalloc byte[TpmHash.MaximumDigestSize];
        seed.CopyTo(input);
        for (uint counter = 0; !target.IsEmpty; counter++)
        {
            BinaryPrimitives.WriteUInt32BigEndian(input[seed.Length..], counter);
            int count = Math.Min(CryptographicOperations.HashData(name, input, mask), target.Length);
            for (int i = 0; i < count; i++)
            {
                target[i] ^= mask[i];
            }

            target = target[count..];
        }

        CryptographicOperations.ZeroMemory(input);
        CryptographicOperations.ZeroMemory(mask);
    }
}
