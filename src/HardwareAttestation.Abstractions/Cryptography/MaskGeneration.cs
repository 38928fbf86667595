using System.Buffers.Binary;
using System.Security.Cryptography;
using HardwareAttestation.Structures;

namespace HardwareAttestation.Cryptography;

/// <summary>MGF1 (RFC 8017, annex B.2.1): the hash of the seed and a counter, over and over.</summary>
public static class MaskGeneration
{
    /// <summary>Puts the mask on, or takes it off.</summary>
    /// <param name="target">What is masked.</param>
    /// <param name="hashAlg">The hash algorithm.</param>
    /// <param name="seed">What the mask is made from.</param>
    /// <exception cref="ArgumentOutOfRangeException">.NET has no such hash algorithm.</exception>
    public static void Apply(Span<byte> target, TpmAlgId hashAlg, ReadOnlySpan<byte> seed)
    {
        byte[] input = new byte[seed.Length + sizeof(uint)];
        seed.CopyTo(input);
        for (uint counter = 0; !target.IsEmpty; counter++)
        {
            BinaryPrimitives.WriteUInt32BigEndian(input.AsSpan(seed.Length), counter);
            byte[] mask = TpmHash.HashData(hashAlg, input);
            int count = Math.Min(mask.Length, target.Length);
            for (int i = 0; i < count; i++)
            {
                target[i] ^= mask[i];
            }

            target = target[count..];
        }

        CryptographicOperations.ZeroMemory(input);
    }
}
