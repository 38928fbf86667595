using System.Numerics;
using System.Security.Cryptography;

namespace HardwareAttestation.Verifier.Tests;

/// <summary>RSA keys as Infineon's broken library generated them: each prime is k·M + (65537^a mod M), where M is the product of the first primes.</summary>
internal static class RocaKey
{
    private const int HalfBits = 1024;
    private const int PrimesInProduct = 126;
    private static readonly BigInteger Exponent = 65537;
    private static readonly Lazy<RSAParameters> Generated = new(Generate);

    /// <summary>A key of 2048 bits, the same at each call.</summary>
    public static RSA Create() => RSA.Create(Generated.Value);

    private static RSAParameters Generate()
    {
        Random random = new(20171015);
        BigInteger product = Enumerable.Range(2, 1000).Where(IsPrime).Take(PrimesInProduct).Aggregate(BigInteger.One, (all, prime) => all * prime);
        BigInteger p = FindPrime(random, product);
        BigInteger q = FindPrime(random, product);
        BigInteger d = Invert(Exponent, (p - 1) * (q - 1));
        return new RSAParameters
        {
            Modulus = Bytes(p * q, 2 * HalfBits),
            Exponent = [1, 0, 1],
            D = Bytes(d, 2 * HalfBits),
            P = Bytes(p, HalfBits),
            Q = Bytes(q, HalfBits),
            DP = Bytes(d % (p - 1), HalfBits),
            DQ = Bytes(d % (q - 1), HalfBits),
            InverseQ = Bytes(Invert(q, p), HalfBits),
        };
    }

    // The two highest bits are set, so that the product of two has all its bits.
    private static BigInteger FindPrime(Random random, BigInteger product)
    {
        BigInteger least = BigInteger.Pow(2, HalfBits) * 3 / 4;
        BigInteger range = BigInteger.Pow(2, HalfBits) / 4 / product;
        while (true)
        {
            BigInteger power = BigInteger.ModPow(Exponent, random.NextInt64(), product);
            BigInteger candidate = (((least / product) + 1 + (random.NextInt64() % range)) * product) + power;
            if (candidate < BigInteger.Pow(2, HalfBits) && BigInteger.ModPow(2, candidate - 1, candidate).IsOne && (candidate - 1) % Exponent != 0)
            {
                return candidate;
            }
        }
    }

    private static BigInteger Invert(BigInteger value, BigInteger modulus)
    {
        (BigInteger previous, BigInteger current) = (value, modulus);
        (BigInteger x, BigInteger next) = (BigInteger.One, BigInteger.Zero);
        while (!current.IsZero)
        {
            BigInteger quotient = previous / current;
            (previous, current) = (current, previous - (quotient * current));
            (x, next) = (next, x - (quotient * next));
        }

        return ((x % modulus) + modulus) % modulus;
    }

    private static bool IsPrime(int number) => Enumerable.Range(2, number - 2).All(divisor => number % divisor != 0);

    private static byte[] Bytes(BigInteger number, int bits)
    {
        byte[] digits = number.ToByteArray(isUnsigned: true, isBigEndian: true);
        return [.. new byte[(bits / 8) - digits.Length], .. digits];
    }
}
