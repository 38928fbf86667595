using System.Globalization;
using System.Numerics;

namespace HardwareAttestation.Verifier.Tests;

/// <summary>The other right signature (r, n - s) that anybody can make of a signature (r, s) on P-256.</summary>
internal static class EcdsaTwin
{
    private static readonly BigInteger Order = BigInteger.Parse(
        "0FFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551", NumberStyles.HexNumber, CultureInfo.InvariantCulture);

    /// <param name="signature">TPMT_SIGNATURE with r and s of 32 bytes.</param>
    public static byte[] Of(byte[] signature)
    {
        BigInteger s = new(signature.AsSpan(^32), isUnsigned: true, isBigEndian: true);
        byte[] twin = (Order - s).ToByteArray(isUnsigned: true, isBigEndian: true);
        return [.. signature[..^32], .. new byte[32 - twin.Length], .. twin];
    }
}
