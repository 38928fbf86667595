using System.Collections.Concurrent;
using System.Security.Cryptography;

namespace HardwareAttestation.SoftwareTpms;

/// <summary>RSA keys that are made once for all tests, since making one is slow. Each call gives an instance of its own.</summary>
internal static class TestKeys
{
    private static readonly ConcurrentDictionary<(int Bits, int Index), Lazy<RSAParameters>> Cache = new();

    public static RSA Rsa(int bits, int index = 0) => RSA.Create(Cache.GetOrAdd((bits, index), _ => new(() =>
    {
        using RSA key = RSA.Create(bits);
        return key.ExportParameters(includePrivateParameters: true);
    })).Value);
}
