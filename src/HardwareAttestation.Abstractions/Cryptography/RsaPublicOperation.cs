using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace HardwareAttestation.Cryptography;

/// <summary>
/// The bare public operation of RSA, x^65537 mod n, which the platform does not offer: Montgomery multiplication (CIOS: Koç, Acar, Kaliski, 1996) on limbs of 64 bits.
/// How long it takes does not depend on x.
/// </summary>
internal static class RsaPublicOperation
{
    private const int LimbBits = 64;
    private const int LimbSize = sizeof(ulong);
    private const int MostLimbs = 4096 / LimbBits;

    // 65537 is 2^16 + 1.
    private const int Squarings = 16;

    /// <summary>Encrypts a block in place.</summary>
    /// <param name="modulus">Odd, big-endian, its first bit set, of at most 4096 bits.</param>
    /// <param name="block">As long as the modulus and smaller, big-endian.</param>
    public static void Apply(ReadOnlySpan<byte> modulus, Span<byte> block)
    {
        int limbs = (modulus.Length + LimbSize - 1) / LimbSize;
        Span<ulong> buffer = stackalloc ulong[(4 * MostLimbs) + MostLimbs + 2];
        Span<ulong> n = buffer[..limbs];
        Span<ulong> x = buffer.Slice(MostLimbs, limbs);
        Span<ulong> power = buffer.Slice(2 * MostLimbs, limbs);
        Span<ulong> factor = buffer.Slice(3 * MostLimbs, limbs);
        Montgomery field = new(n, buffer.Slice(4 * MostLimbs, limbs + 2));
        Read(modulus, n);
        Read(block, x);
        field.Start();

        SetToRSquared(field, factor, modulus.Length * 8);
        field.Multiply(x, factor, x);
        x.CopyTo(power);
        for (int i = 0; i < Squarings; i++)
        {
            field.Multiply(power, power, power);
        }

        field.Multiply(power, x, power);

        // By 1, to leave Montgomery's form.
        factor.Clear();
        factor[0] = 1;
        field.Multiply(power, factor, power);
        Write(power, block);
        CryptographicOperations.ZeroMemory(MemoryMarshal.AsBytes(buffer));
    }

    // R is 2^(64 limbs). From 2^(bits - 1), which is below n, to R * 2^odd by doubling, and by squaring, in Montgomery's form, to R * R.
    private static void SetToRSquared(Montgomery field, Span<ulong> result, int bits)
    {
        int exponent = LimbBits * result.Length;
        int squarings = int.TrailingZeroCount(exponent);
        result.Clear();
        result[(bits - 1) / LimbBits] = 1UL << ((bits - 1) % LimbBits);
        for (int doublings = exponent + (exponent >> squarings) - (bits - 1); doublings > 0; doublings--)
        {
            field.Double(result);
        }

        for (; squarings > 0; squarings--)
        {
            field.Multiply(result, result, result);
        }
    }

    private static void Read(ReadOnlySpan<byte> bytes, Span<ulong> limbs)
    {
        Span<byte> padded = stackalloc byte[MostLimbs * LimbSize];
        padded = padded[..(limbs.Length * LimbSize)];
        padded[..^bytes.Length].Clear();
        bytes.CopyTo(padded[^bytes.Length..]);
        for (int i = 0; i < limbs.Length; i++)
        {
            limbs[i] = BinaryPrimitives.ReadUInt64BigEndian(padded[^((i + 1) * LimbSize)..]);
        }

        CryptographicOperations.ZeroMemory(padded);
    }

    private static void Write(ReadOnlySpan<ulong> limbs, Span<byte> bytes)
    {
        Span<byte> padded = stackalloc byte[MostLimbs * LimbSize];
        padded = padded[..(limbs.Length * LimbSize)];
        for (int i = 0; i < limbs.Length; i++)
        {
            BinaryPrimitives.WriteUInt64BigEndian(padded[^((i + 1) * LimbSize)..], limbs[i]);
        }

        padded[^bytes.Length..].CopyTo(bytes);
    }

    /// <summary>Multiplication modulo n of numbers below n, little-endian by limbs.</summary>
    private ref struct Montgomery(ReadOnlySpan<ulong> n, Span<ulong> scratch)
    {
        private readonly ReadOnlySpan<ulong> _n = n;
        private readonly Span<ulong> _scratch = scratch;
        private ulong _negativeInverse;

        /// <summary>Computes -1/n mod 2^64, by Newton's iteration: n is its own inverse to 3 bits, and each step doubles them.</summary>
        public void Start()
        {
            ulong inverse = _n[0];
            for (int bits = 3; bits < LimbBits; bits *= 2)
            {
                inverse *= 2 - (_n[0] * inverse);
            }

            _negativeInverse = 0 - inverse;
        }

        /// <summary>Gives a * b / R. The result may be one of the factors.</summary>
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public readonly void Multiply(ReadOnlySpan<ulong> a, ReadOnlySpan<ulong> b, Span<ulong> result)
        {
            ReadOnlySpan<ulong> n = _n;
            int size = n.Length;
            Span<ulong> t = _scratch[..(size + 2)];
            a = a[..size];
            t.Clear();
            for (int i = 0; i < size; i++)
            {
                AddProduct(a, b[i], t);

                // The lowest limb becomes zero, and leaves.
                AddProduct(n, t[0] * _negativeInverse, t);
                t[1..].CopyTo(t);
                t[size + 1] = 0;
            }

            Reduce(t, result);
        }

        /// <summary>Doubles a number.</summary>
        public readonly void Double(Span<ulong> number)
        {
            Span<ulong> t = _scratch;
            t.Clear();
            AddProduct(number, 2, t);
            Reduce(t, number);
        }

        // Compiled well from the start: an agent that comes by once a boot would otherwise wait for the slow code.
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        private static void AddProduct(ReadOnlySpan<ulong> a, ulong factor, Span<ulong> t)
        {
            ulong carry = 0;
            Span<ulong> low = t[..a.Length];
            for (int j = 0; j < a.Length; j++)
            {
                ulong high = Math.BigMul(a[j], factor, out ulong product);
                product += carry;
                high += product < carry ? 1UL : 0;
                ulong sum = low[j] + product;
                high += sum < product ? 1UL : 0;
                low[j] = sum;
                carry = high;
            }

            t[a.Length] += carry;
            t[a.Length + 1] += t[a.Length] < carry ? 1UL : 0;
        }

        // Of t, below 2n, and t - n the one that is below n; both are computed.
        private readonly void Reduce(ReadOnlySpan<ulong> t, Span<ulong> result)
        {
            ulong borrow = 0;
            for (int i = 0; i < _n.Length; i++)
            {
                ulong difference = t[i] - _n[i];
                ulong borrowed = t[i] < _n[i] ? 1UL : 0;
                result[i] = difference - borrow;
                borrow = borrowed | (difference < borrow ? 1UL : 0);
            }

            ulong keep = 0 - (borrow & ~t[_n.Length] & 1);
            for (int i = 0; i < _n.Length; i++)
            {
                result[i] = (t[i] & keep) | (result[i] & ~keep);
            }
        }
    }
}
