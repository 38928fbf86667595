using System.Numerics;
using System.Security.Cryptography;
using HardwareAttestation.Structures;

namespace HardwareAttestation.Cryptography;

/// <summary>
/// A curve that is accepted (FIPS 186-4, annex D.1.2): its name and width, and its equation y² = x³ - 3x + b over the integers modulo a prime. Whether a point is on it
/// is asked here, because the platform tells only by importing a key, which costs as much as verifying a signature does.
/// </summary>
internal sealed class WeierstrassCurve
{
    private static readonly WeierstrassCurve P256 = new(
        ECCurve.NamedCurves.nistP256,
        32,
        Power(256) - Power(224) + Power(192) + Power(96) - 1,
        "5AC635D8AA3A93E7B3EBBD55769886BC651D06B0CC53B0F63BCE3C3E27D2604B");

    private static readonly WeierstrassCurve P384 = new(
        ECCurve.NamedCurves.nistP384,
        48,
        Power(384) - Power(128) - Power(96) + Power(32) - 1,
        "B3312FA7E23EE7E4988E056BE3F82D19181D9C6EFE8141120314088F5013875AC656398D8A2ED19D2A85C8EDD3EC2AEF");

    private static readonly WeierstrassCurve P521 = new(
        ECCurve.NamedCurves.nistP521,
        66,
        Power(521) - 1,
        "0051953EB9618E1C9A1F929A21A0B68540EEA2DA725B99B315F3B8B489918EF109E156193951EC7E937B1652C0BD3BB1BF073573DF883D2C34F1EF451FD46B503F00");

    private readonly BigInteger _prime;
    private readonly BigInteger _b;

    private WeierstrassCurve(ECCurve platform, int size, BigInteger prime, string b)
    {
        Platform = platform;
        Size = size;
        _prime = prime;
        _b = Number(Convert.FromHexString(b));
    }

    /// <summary>The curve in terms of .NET.</summary>
    public ECCurve Platform { get; }

    /// <summary>The width of a coordinate in bytes.</summary>
    public int Size { get; }

    /// <summary>Finds an accepted curve; null for others.</summary>
    public static WeierstrassCurve? Find(TpmEccCurve curveId) => curveId switch
    {
        TpmEccCurve.NistP256 => P256,
        TpmEccCurve.NistP384 => P384,
        TpmEccCurve.NistP521 => P521,
        _ => null,
    };

    /// <summary>
    /// Whether a point is on the curve. Their numbers of points are primes: every point but the one at infinity, which has no coordinates, generates all of them.
    /// </summary>
    /// <param name="point">The point.</param>
    public bool Contains(TpmsEccPoint point)
    {
        BigInteger x = Number(point.X.Span);
        BigInteger y = Number(point.Y.Span);
        return x < _prime && y < _prime && (((((x * x) - 3) * x) + _b - (y * y)) % _prime).IsZero;
    }

    private static BigInteger Power(int exponent) => BigInteger.One << exponent;

    private static BigInteger Number(ReadOnlySpan<byte> bytes) => new(bytes, isUnsigned: true, isBigEndian: true);
}
