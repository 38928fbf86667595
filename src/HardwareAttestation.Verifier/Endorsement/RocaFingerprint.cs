using System.Buffers.Binary;

namespace HardwareAttestation.Verifier;

/// <summary>
/// Tells RSA moduli of Infineon's broken key generation (CVE-2017-15361, "The Return of Coppersmith's Attack", section 2.2): modulo each small prime they are a power of 65537. By
/// chance that is so for fewer than one modulus in 2^27.
/// </summary>
internal static class RocaFingerprint
{
    private const int Generator = 65537;
    private const int LargestPrime = 167;

    private static readonly PrimeGroup[] Groups = [.. GroupPrimes()];

    /// <summary>Whether a modulus has the fingerprint.</summary>
    /// <param name="modulus">Big-endian, with or without leading zeros.</param>
    public static bool Matches(ReadOnlySpan<byte> modulus)
    {
        if (!modulus.ContainsAnyExcept((byte)0))
        {
            return false;
        }

        foreach (PrimeGroup group in Groups)
        {
            if (!group.Matches(modulus))
            {
                return false;
            }
        }

        return true;
    }

    // Primes whose product has 32 bits share one pass over the modulus. Most moduli fail with the first.
    private static IEnumerable<PrimeGroup> GroupPrimes()
    {
        List<int> group = [];
        ulong product = 1;
        foreach (int prime in Primes())
        {
            if (product * (ulong)prime > uint.MaxValue)
            {
                yield return new PrimeGroup((uint)product, [.. group.Select(Mark)]);
                group.Clear();
                product = 1;
            }

            group.Add(prime);
            product *= (ulong)prime;
        }

        yield return new PrimeGroup((uint)product, [.. group.Select(Mark)]);

        static (int Prime, bool[] IsPower) Mark(int prime) => (prime, PowersModulo(prime));
    }

    private static IEnumerable<int> Primes() =>
        Enumerable.Range(3, LargestPrime - 2).Where(number => Enumerable.Range(2, number - 2).All(divisor => number % divisor != 0));

    private static bool[] PowersModulo(int prime)
    {
        bool[] isPower = new bool[prime];
        for (int power = 1; !isPower[power]; power = power * Generator % prime)
        {
            isPower[power] = true;
        }

        return isPower;
    }

    private sealed class PrimeGroup(uint product, (int Prime, bool[] IsPower)[] markers)
    {
        public bool Matches(ReadOnlySpan<byte> modulus)
        {
            uint remainder = RemainderOf(modulus);
            foreach ((int prime, bool[] isPower) in markers)
            {
                if (!isPower[remainder % (uint)prime])
                {
                    return false;
                }
            }

            return true;
        }

        private uint RemainderOf(ReadOnlySpan<byte> modulus)
        {
            ulong remainder = 0;
            int unaligned = modulus.Length % sizeof(uint);
            foreach (byte digit in modulus[..unaligned])
            {
                remainder = ((remainder << 8) | digit) % product;
            }

            for (ReadOnlySpan<byte> rest = modulus[unaligned..]; !rest.IsEmpty; rest = rest[sizeof(uint)..])
            {
                remainder = ((remainder << 32) | BinaryPrimitives.ReadUInt32BigEndian(rest)) % product;
            }

            return (uint)remainder;
        }
    }
}
