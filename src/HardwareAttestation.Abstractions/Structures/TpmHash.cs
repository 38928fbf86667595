using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;

namespace HardwareAttestation.Structures;

/// <summary>The hash algorithms that a TPM names by TPM_ALG_ID, in terms of .NET.</summary>
public static class TpmHash
{
    internal const int MaximumDigest = 64;

    /// <summary>The size of the largest digest in bytes.</summary>
    public static int MaximumDigestSize => MaximumDigest;

    /// <summary>The hash algorithms of TPM 2.0, in words and in bytes. SM3 has a size here and no .NET implementation.</summary>
    private static readonly (TpmAlgId Id, string Name, int Size, HashAlgorithmName? Platform)[] Table =
    [
        (TpmAlgId.Sha1, "sha1", 20, HashAlgorithmName.SHA1),
        (TpmAlgId.Sha256, "sha256", 32, HashAlgorithmName.SHA256),
        (TpmAlgId.Sha384, "sha384", 48, HashAlgorithmName.SHA384),
        (TpmAlgId.Sha512, "sha512", 64, HashAlgorithmName.SHA512),
        (TpmAlgId.Sm3_256, "sm3_256", 32, null),
        (TpmAlgId.Sha3_256, "sha3_256", 32, HashAlgorithmName.SHA3_256),
        (TpmAlgId.Sha3_384, "sha3_384", 48, HashAlgorithmName.SHA3_384),
        (TpmAlgId.Sha3_512, "sha3_512", 64, HashAlgorithmName.SHA3_512),
    ];

    /// <summary>Gives the size of a digest.</summary>
    /// <param name="algorithm">The hash algorithm.</param>
    /// <param name="size">The size in bytes, or zero.</param>
    /// <returns>Whether <paramref name="algorithm"/> is a hash algorithm of TPM 2.0.</returns>
    public static bool TryGetDigestSize(TpmAlgId algorithm, out int size)
    {
        foreach (var row in Table)
        {
            if (row.Id == algorithm)
            {
                size = row.Size;
                return true;
            }
        }

        size = 0;
        return false;
    }

    /// <summary>Gives .NET's name of a hash algorithm.</summary>
    /// <param name="algorithm">The hash algorithm.</param>
    /// <param name="name">.NET's name.</param>
    /// <returns>Whether .NET knows the algorithm; whether the platform implements it is another question for SHA-3.</returns>
    public static bool TryGetName(TpmAlgId algorithm, out HashAlgorithmName name)
    {
        foreach (var row in Table)
        {
            if (row.Id == algorithm && row.Platform is { } platform)
            {
                name = platform;
                return true;
            }
        }

        name = default;
        return false;
    }

    /// <summary>Gives .NET's name of a hash algorithm that has one.</summary>
    /// <param name="algorithm">The hash algorithm.</param>
    /// <returns>.NET's name.</returns>
    /// <exception cref="ArgumentOutOfRangeException">.NET has no such hash algorithm.</exception>
    public static HashAlgorithmName GetName(TpmAlgId algorithm) => TryGetName(algorithm, out HashAlgorithmName name)
        ? name
        : throw new ArgumentOutOfRangeException(nameof(algorithm), algorithm, "This is not a hash algorithm that .NET implements.");

    /// <summary>Hashes.</summary>
    /// <param name="algorithm">The hash algorithm.</param>
    /// <param name="data">What to hash.</param>
    /// <returns>The digest.</returns>
    /// <exception cref="ArgumentOutOfRangeException">.NET has no such hash algorithm.</exception>
    /// <exception cref="PlatformNotSupportedException">This platform lacks the algorithm, as some do SHA-3.</exception>
    public static byte[] HashData(TpmAlgId algorithm, ReadOnlySpan<byte> data) => CryptographicOperations.HashData(GetName(algorithm), data);

    /// <summary>Gives the name of a hash algorithm as tpm2-tools write it, e.g. <c>sha256</c> or <c>sha3_256</c>.</summary>
    /// <param name="algorithm">The hash algorithm.</param>
    /// <returns>The name, or the number in hexadecimal where there is none.</returns>
    public static string ToToolName(TpmAlgId algorithm)
    {
        foreach (var row in Table)
        {
            if (row.Id == algorithm)
            {
                return row.Name;
            }
        }

        return $"0x{(ushort)algorithm:x4}";
    }

    /// <summary>Reads the name of a hash algorithm as tpm2-tools write it.</summary>
    /// <param name="name">The name, e.g. <c>sha256</c>, in lower case.</param>
    /// <param name="algorithm">The hash algorithm.</param>
    /// <returns>Whether there is such a name.</returns>
    public static bool TryParseToolName([NotNullWhen(true)] string? name, out TpmAlgId algorithm)
    {
        foreach (var row in Table)
        {
            if (row.Name == name)
            {
                algorithm = row.Id;
                return true;
            }
        }

        algorithm = TpmAlgId.None;
        return false;
    }
}
