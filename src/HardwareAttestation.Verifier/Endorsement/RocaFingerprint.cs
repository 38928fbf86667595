using System.Numerics;

namespace HardwareAttestation.Verifier;

/// <summary>
/// Tells RSA moduli of Infineon's broken key generation (CVE-2017-15361, "The Return of Coppersmith's Attack", section 2.2): modulo each small prime they are a power of 65537. By
/// chance that is so for fewer than one modulus in 2^27.
/// </summary>
internal static class RocaFingerprint
{
    private const int Generator = 65537;
    private const int LargestPrime = 167;

    private static readonly (int Prime, bool[] IsPower)[] Powers = [.. Primes().Select(prime => (prime, PowersModulo(prime)))];

    /// <summary>Whether a modulus has the fingerprint.</summary>
    /// <param name="modulus">Big-endian, with or without leading zeros.</param>
    public static bool Matches(ReadOnlySpan<byte> modulus)
    {
        BigInteger number = new(modulus, isUnsigned: true, isBigEndian: true);
        return !number.IsZero && Array.TrueForAll(Powers, marker => marker.IsPower[(int)(number % marker.Prime)]);
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
}
