using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using System.Security.Cryptography;

namespace HardwareAttestation.Cryptography;

/// <summary>
/// The bare public operation of RSA, x^65537 mod n, which the platform does not offer: Montgomery multiplication on limbs of 27 bits, four at a time and without carries in
/// between (Gueron, Krasnov: "Software implementation of modular exponentiation, using advanced vector instructions architectures", 2012).
/// How long it takes depends on the length of the public n, and not on x, which may hold a secret.
/// </summary>
internal static class RsaPublicOperation
{
    // A lane of 64 bits has room for two products from each limb, one of them of limbs that were doubled: 152 * (2^56 + 2^54) < 2^64.
    private const int LimbBits = 27;
    private const ulong LimbMask = (1UL << LimbBits) - 1;
    private const int Lanes = 4;

    // R, which is 2^27 to the number of limbs, is at least 16n: a product of numbers below 4n comes out below 2n, and need not be reduced.
    private const int SpareBits = 4;
    private const int MostLimbs = 152;

    // Zeros behind a number, for it to be shifted down by a limb.
    private const int MostSize = MostLimbs + Lanes;

    // 65537 is 2^16 + 1.
    private const int Squarings = 16;

    /// <summary>Encrypts a block in place.</summary>
    /// <param name="modulus">Odd, big-endian, its first bit set, of at most 4096 bits.</param>
    /// <param name="block">As long as the modulus and smaller, big-endian.</param>
    public static void Apply(ReadOnlySpan<byte> modulus, Span<byte> block)
    {
        int bits = modulus.Length * 8;
        int size = ((bits + SpareBits + (LimbBits * Lanes) - 1) / (LimbBits * Lanes) * Lanes) + Lanes;
        Span<ulong> buffer = stackalloc ulong[5 * MostSize];
        buffer.Clear();
        Span<ulong> n = buffer[..size];
        Span<ulong> x = buffer.Slice(MostSize, size);
        Span<ulong> power = buffer.Slice(2 * MostSize, size);
        Span<ulong> factor = buffer.Slice(3 * MostSize, size);
        Read(modulus, n);
        Read(block, x);
        Montgomery field = new(n, buffer.Slice(4 * MostSize, size));

        SetToRSquared(field, factor, bits);
        field.Multiply(x, factor, power);
        for (int i = 0; i < Squarings; i++)
        {
            field.Multiply(power, power, power);
        }

        // By x itself, which leaves Montgomery's form.
        field.Multiply(power, x, power);
        field.Reduce(power);
        Write(power, block);
        CryptographicOperations.ZeroMemory(MemoryMarshal.AsBytes(buffer));
    }

    // From 2^(bits - 1), which is below n, by doubling to R * 2^(the first bits of R's exponent), and to R * R by squaring in Montgomery's form and doubling where the next bit is set.
    private static void SetToRSquared(Montgomery field, Span<ulong> result, int bits)
    {
        const int firstBits = 4;
        int exponent = LimbBits * (result.Length - Lanes);
        int shift = 32 - int.LeadingZeroCount(exponent) - firstBits;
        result[(bits - 1) / LimbBits] = 1UL << ((bits - 1) % LimbBits);
        for (int doublings = exponent + (exponent >> shift) - (bits - 1); doublings > 0; doublings--)
        {
            Double(result);
            field.Reduce(result);
        }

        while (shift-- > 0)
        {
            field.Multiply(result, result, result);
            if (((exponent >> shift) & 1) != 0)
            {
                Double(result);
            }
        }
    }

    private static void Double(Span<ulong> number)
    {
        foreach (ref ulong limb in number)
        {
            limb *= 2;
        }
    }

    private static void Read(ReadOnlySpan<byte> bytes, Span<ulong> number)
    {
        ulong read = 0;
        int count = 0;
        int limb = 0;
        for (int i = bytes.Length - 1; i >= 0; i--)
        {
            read |= (ulong)bytes[i] << count;
            count += 8;
            if (count >= LimbBits)
            {
                number[limb++] = read & LimbMask;
                read >>= LimbBits;
                count -= LimbBits;
            }
        }

        number[limb] = read;
    }

    private static void Write(ReadOnlySpan<ulong> number, Span<byte> bytes)
    {
        ulong unwritten = 0;
        int count = 0;
        int limb = 0;
        for (int i = bytes.Length - 1; i >= 0; i--)
        {
            if (count < 8)
            {
                unwritten |= number[limb++] << count;
                count += LimbBits;
            }

            bytes[i] = (byte)unwritten;
            unwritten >>= 8;
            count -= 8;
        }
    }

    /// <summary>Multiplication modulo n, of numbers that are little-endian by limbs.</summary>
    private readonly ref struct Montgomery
    {
        private readonly ReadOnlySpan<ulong> _n;
        private readonly Span<ulong> _sums;
        private readonly ulong _negativeInverse;

        /// <param name="n">The modulus.</param>
        /// <param name="sums">As long as the modulus, for intermediate results.</param>
        public Montgomery(ReadOnlySpan<ulong> n, Span<ulong> sums)
        {
            _n = n;
            _sums = sums;

            // -1/n mod 2^27, by Newton's iteration: n is its own inverse to 3 bits, and each step doubles them.
            ulong inverse = n[0];
            for (int bits = 3; bits < LimbBits; bits *= 2)
            {
                inverse *= 2 - (n[0] * inverse);
            }

            _negativeInverse = (0 - inverse) & LimbMask;
        }

        /// <summary>Gives a * b / R, below 2n, of numbers below 4n with limbs of at most 28 bits. The result may be one of the factors.</summary>
        // Compiled well from the start: an agent that comes by once a boot would otherwise wait for the slow code.
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public void Multiply(ReadOnlySpan<ulong> a, ReadOnlySpan<ulong> b, Span<ulong> result)
        {
            int limbs = _n.Length - Lanes;
            Span<Vector256<ulong>> sums = MemoryMarshal.Cast<ulong, Vector256<ulong>>(_sums[..limbs]);
            ReadOnlySpan<Vector256<ulong>> nextSums = MemoryMarshal.Cast<ulong, Vector256<ulong>>(_sums[1..])[..sums.Length];
            ReadOnlySpan<Vector256<ulong>> nextA = MemoryMarshal.Cast<ulong, Vector256<ulong>>(a[1..])[..sums.Length];
            ReadOnlySpan<Vector256<ulong>> nextN = MemoryMarshal.Cast<ulong, Vector256<ulong>>(_n[1..])[..sums.Length];
            _sums.Clear();
            foreach (ulong factor in b[..limbs])
            {
                // So much of n makes the lowest limb zero. It leaves, and all others move down.
                ulong lowest = _sums[0] + (a[0] * factor);
                ulong ofN = (lowest * _negativeInverse) & LimbMask;
                ulong carry = (lowest + (_n[0] * ofN)) >> LimbBits;
                Vector256<ulong> factors = Vector256.Create(factor);
                Vector256<ulong> factorsOfN = Vector256.Create(ofN);
                for (int i = 0; i < sums.Length; i++)
                {
                    sums[i] = nextSums[i] + Product(nextA[i], factors) + Product(nextN[i], factorsOfN);
                }

                _sums[0] += carry;
            }

            ulong sum = 0;
            for (int i = 0; i < limbs; i++)
            {
                sum += _sums[i];
                result[i] = sum & LimbMask;
                sum >>= LimbBits;
            }
        }

        /// <summary>Brings a number below 2n, with limbs of any size, below n.</summary>
        public void Reduce(Span<ulong> number)
        {
            Span<ulong> difference = _sums;
            long carry = 0;
            long borrow = 0;
            for (int i = 0; i < number.Length; i++)
            {
                carry += (long)number[i];
                number[i] = (ulong)carry & LimbMask;
                carry >>= LimbBits;
                borrow += (long)number[i] - (long)_n[i];
                difference[i] = (ulong)borrow & LimbMask;
                borrow >>= LimbBits;
            }

            // Both are computed; what is left of the borrow, 0 or -1, chooses.
            ulong keep = (ulong)borrow;
            for (int i = 0; i < number.Length; i++)
            {
                number[i] = (number[i] & keep) | (difference[i] & ~keep);
            }
        }

        // Of the lower halves of each lane; the upper ones are zero.
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private static Vector256<ulong> Product(Vector256<ulong> a, Vector256<ulong> b) =>
            Avx2.IsSupported ? Avx2.Multiply(a.AsUInt32(), b.AsUInt32()) : a * b;
    }
}
