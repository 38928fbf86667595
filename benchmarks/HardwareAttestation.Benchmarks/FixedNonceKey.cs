using System.Numerics;
using System.Security.Cryptography;
using HardwareAttestation.Structures;
using HardwareAttestation.Wire;

namespace HardwareAttestation.Benchmarks;

/// <summary>
/// An attestation key on P-256 that signs in a microsecond, so that a challenge can be answered while its verification is measured: the random number of ECDSA is always the same one, and its
/// inverse is computed beforehand. Two of its signatures tell the private key: it is good for a benchmark and for nothing else.
/// </summary>
internal sealed class FixedNonceKey
{
    private const int Size = 32;

    private const TpmaObject Attributes = TpmaObject.FixedTpm | TpmaObject.FixedParent | TpmaObject.SensitiveDataOrigin
        | TpmaObject.UserWithAuth | TpmaObject.NoDA | TpmaObject.Restricted | TpmaObject.Sign;

    private readonly BigInteger _order;
    private readonly BigInteger _inverse;
    private readonly BigInteger _r;
    private readonly BigInteger _product;

    public FixedNonceKey()
    {
        using ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using ECDsa nonce = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        ECParameters own = key.ExportParameters(includePrivateParameters: true);
        ECParameters random = nonce.ExportParameters(includePrivateParameters: true);
        _order = Number(key.ExportExplicitParameters(includePrivateParameters: false).Curve.Order);
        _r = Number(random.Q.X) % _order;
        _inverse = BigInteger.ModPow(Number(random.D), _order - 2, _order);
        _product = _r * Number(own.D) % _order;
        TpmtScheme scheme = new(TpmAlgId.EcDsa, TpmAlgId.Sha256);
        Public = new TpmtPublic(
            TpmAlgId.Sha256,
            Attributes,
            [],
            new TpmsEccParms(TpmtSymDef.Null, scheme, TpmEccCurve.NistP256, TpmtScheme.Null),
            new TpmsEccPoint(own.Q.X, own.Q.Y));
    }

    public TpmtPublic Public { get; }

    /// <summary>r and s, one after the other.</summary>
    public void Sign(ReadOnlySpan<byte> data, Span<byte> signature)
    {
        Span<byte> digest = stackalloc byte[Size];
        SHA256.HashData(data, digest);
        BigInteger s = (Number(digest) + _product) * _inverse % _order;
        signature.Clear();
        Write(_r, signature[..Size]);
        Write(s, signature[Size..]);
    }

    /// <summary>TPMT_SIGNATURE of r and s.</summary>
    public static byte[] ToWire(ReadOnlySpan<byte> signature)
    {
        byte[] wire = new byte[(4 * sizeof(ushort)) + (2 * Size)];
        TpmWriter writer = new(wire);
        writer.WriteAlgorithm(TpmAlgId.EcDsa);
        writer.WriteAlgorithm(TpmAlgId.Sha256);
        writer.WriteSized(signature[..Size]);
        writer.WriteSized(signature[Size..]);
        return wire;
    }

    private static BigInteger Number(ReadOnlySpan<byte> bytes) => new(bytes, isUnsigned: true, isBigEndian: true);

    private static void Write(BigInteger number, Span<byte> destination) =>
        number.TryWriteBytes(destination[(Size - number.GetByteCount(isUnsigned: true))..], out _, isUnsigned: true, isBigEndian: true);
}
