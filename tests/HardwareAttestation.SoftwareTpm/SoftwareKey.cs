using System.Security.Cryptography;
using HardwareAttestation.Structures;

namespace HardwareAttestation.SoftwareTpms;

/// <summary>An attestation key whose private part the test holds, so that it signs whatever an attack says.</summary>
internal sealed class SoftwareKey : IDisposable
{
    public const TpmaObject UsualAttributes = TpmaObject.FixedTpm | TpmaObject.FixedParent | TpmaObject.SensitiveDataOrigin
        | TpmaObject.UserWithAuth | TpmaObject.NoDA | TpmaObject.Restricted | TpmaObject.Sign;

    private readonly RSA? _rsa;
    private readonly ECDsa? _ecdsa;
    private readonly TpmtScheme _scheme;

    private SoftwareKey(TpmtPublic publicArea, TpmtScheme scheme, RSA? rsa, ECDsa? ecdsa)
    {
        Public = publicArea;
        _scheme = scheme;
        _rsa = rsa;
        _ecdsa = ecdsa;
    }

    /// <summary>What <see cref="Create"/> makes, as data for theories.</summary>
    public static IEnumerable<object[]> Kinds => [["p256"], ["p384"], ["p521"], ["rsassa"], ["rsassa-sha384"], ["rsapss"]];

    public TpmtPublic Public { get; }

    public TpmAlgId Hash => _scheme.HashAlg;

    /// <summary>The width of r and s, or of an RSA signature, in bytes.</summary>
    public int Size => ((_rsa?.KeySize ?? _ecdsa!.KeySize) + 7) / 8;

    public static SoftwareKey Create(string kind = "p256", TpmaObject attributes = UsualAttributes, TpmAlgId? nameAlg = null, int index = 0) => kind switch
    {
        "p256" => Ecc(TpmEccCurve.NistP256, ECCurve.NamedCurves.nistP256, TpmAlgId.Sha256, attributes, nameAlg),
        "p384" => Ecc(TpmEccCurve.NistP384, ECCurve.NamedCurves.nistP384, TpmAlgId.Sha384, attributes, nameAlg),
        "p521" => Ecc(TpmEccCurve.NistP521, ECCurve.NamedCurves.nistP521, TpmAlgId.Sha512, attributes, nameAlg),
        "rsassa" => Rsa(TpmAlgId.RsaSsa, TpmAlgId.Sha256, attributes, nameAlg, index),
        "rsassa-sha384" => Rsa(TpmAlgId.RsaSsa, TpmAlgId.Sha384, attributes, nameAlg, index),
        "rsapss" => Rsa(TpmAlgId.RsaPss, TpmAlgId.Sha256, attributes, nameAlg, index),
        _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, null),
    };

    /// <summary>TPMT_SIGNATURE by the key's scheme.</summary>
    public byte[] Sign(ReadOnlySpan<byte> data) => Sign(data, _scheme.Scheme, _scheme.HashAlg);

    /// <summary>TPMT_SIGNATURE by any scheme that suits the key's type.</summary>
    public byte[] Sign(ReadOnlySpan<byte> data, TpmAlgId scheme, TpmAlgId hash)
    {
        TestWire wire = new TestWire().U16((int)scheme).U16((int)hash);
        if (_rsa is not null)
        {
            RSASignaturePadding padding = scheme == TpmAlgId.RsaPss ? RSASignaturePadding.Pss : RSASignaturePadding.Pkcs1;
            return wire.Sized(_rsa.SignData(data.ToArray(), TpmHash.GetName(hash), padding)).ToArray();
        }

        (byte[] r, byte[] s) = SignEcc(data, hash);
        return wire.Sized(r).Sized(s).ToArray();
    }

    /// <summary>r and s in full width.</summary>
    public (byte[] R, byte[] S) SignEcc(ReadOnlySpan<byte> data, TpmAlgId? hash = null)
    {
        byte[] rs = _ecdsa!.SignData(data.ToArray(), TpmHash.GetName(hash ?? Hash), DSASignatureFormat.IeeeP1363FixedFieldConcatenation);
        return (rs[..(rs.Length / 2)], rs[(rs.Length / 2)..]);
    }

    public void Dispose()
    {
        _rsa?.Dispose();
        _ecdsa?.Dispose();
    }

    private static SoftwareKey Rsa(TpmAlgId scheme, TpmAlgId hash, TpmaObject attributes, TpmAlgId? nameAlg, int index)
    {
        RSA rsa = TestKeys.Rsa(2048, index);
        TpmtScheme tpmScheme = new(scheme, hash);
        TpmtPublic publicArea = new(
            nameAlg ?? hash,
            attributes,
            [],
            new TpmsRsaParms(TpmtSymDef.Null, tpmScheme, 2048, 0),
            new Tpm2bPublicKeyRsa(rsa.ExportParameters(false).Modulus));
        return new SoftwareKey(publicArea, tpmScheme, rsa, null);
    }

    private static SoftwareKey Ecc(TpmEccCurve curveId, ECCurve curve, TpmAlgId hash, TpmaObject attributes, TpmAlgId? nameAlg)
    {
        ECDsa ecdsa = ECDsa.Create(curve);
        ECPoint point = ecdsa.ExportParameters(false).Q;
        TpmtScheme scheme = new(TpmAlgId.EcDsa, hash);
        TpmtPublic publicArea = new(
            nameAlg ?? hash,
            attributes,
            [],
            new TpmsEccParms(TpmtSymDef.Null, scheme, curveId, TpmtScheme.Null),
            new TpmsEccPoint(point.X, point.Y));
        return new SoftwareKey(publicArea, scheme, null, ecdsa);
    }
}
