using System.Security.Cryptography;
using System.Text;
using HardwareAttestation.Structures;

namespace HardwareAttestation.Cryptography;

/// <summary>KDFa and KDFe (TPM 2.0 Library, Part 1, sections 11.4.10.2 and 11.4.10.3).</summary>
public static class KeyDerivation
{
    private const int UsualLabel = 32;

    /// <summary>KDFa: SP 800-108 in counter mode with HMAC.</summary>
    /// <param name="hashAlg">The hash algorithm.</param>
    /// <param name="key">The key.</param>
    /// <param name="label">What the result is for, ASCII, without its NUL.</param>
    /// <param name="context">contextU and contextV, one after the other.</param>
    /// <param name="destination">The derived bytes.</param>
    /// <exception cref="ArgumentOutOfRangeException">.NET has no such hash algorithm.</exception>
    public static void KdfA(TpmAlgId hashAlg, ReadOnlySpan<byte> key, string label, ReadOnlySpan<byte> context, Span<byte> destination)
    {
        ArgumentNullException.ThrowIfNull(label);
        Span<byte> ascii = label.Length <= UsualLabel ? stackalloc byte[label.Length] : new byte[label.Length];
        Encoding.ASCII.GetBytes(label, ascii);
        SP800108HmacCounterKdf.DeriveBytes(key, TpmHash.GetName(hashAlg), ascii, context, destination);
    }

    /// <summary>KDFe: SP 800-56A's concatenation KDF, for as many bytes as one digest has.</summary>
    /// <param name="hashAlg">The hash algorithm.</param>
    /// <param name="privateKey">Our key.</param>
    /// <param name="peer">The other side's key, on the same curve.</param>
    /// <param name="label">What the result is for, ASCII, without its NUL.</param>
    /// <param name="partyUInfo">The x coordinate of our key, as wide as the curve.</param>
    /// <param name="partyVInfo">The x coordinate of the other side's key, likewise.</param>
    /// <returns>The derived bytes, as many as a digest has.</returns>
    /// <exception cref="ArgumentOutOfRangeException">.NET has no such hash algorithm.</exception>
    public static byte[] KdfE(
        TpmAlgId hashAlg,
        ECDiffieHellman privateKey,
        ECDiffieHellmanPublicKey peer,
        string label,
        ReadOnlySpan<byte> partyUInfo,
        ReadOnlySpan<byte> partyVInfo)
    {
        ArgumentNullException.ThrowIfNull(privateKey);
        ArgumentNullException.ThrowIfNull(label);
        byte[] counter = [0, 0, 0, 1];
        byte[] otherInfo = [.. Encoding.ASCII.GetBytes(label), 0, .. partyUInfo, .. partyVInfo];
        return privateKey.DeriveKeyFromHash(peer, TpmHash.GetName(hashAlg), counter, otherInfo);
    }
}
