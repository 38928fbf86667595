using System.Security.Cryptography;
using HardwareAttestation.Structures;

namespace HardwareAttestation.Benchmarks;

/// <summary>A signature as the platform's cryptography takes it: what no verifier can do without.</summary>
internal sealed class BareSignature
{
    private readonly ECParameters _ecc;
    private readonly RSAParameters? _rsa;
    private readonly byte[] _digest;
    private readonly byte[] _signature;

    /// <param name="key">The key: P-256 or RSA, with SHA-256.</param>
    /// <param name="data">What is signed.</param>
    /// <param name="signature">The signature.</param>
    public BareSignature(TpmtPublic key, ReadOnlySpan<byte> data, TpmtSignature signature)
    {
        _digest = SHA256.HashData(data);
        if (key.Unique is Tpm2bPublicKeyRsa rsa)
        {
            _rsa = new RSAParameters { Modulus = rsa.Modulus.ToArray(), Exponent = [1, 0, 1] };
            _signature = ((TpmsSignatureRsa)signature).Sig.ToArray();
            return;
        }

        var point = (TpmsEccPoint)key.Unique;
        _ecc = new ECParameters
        {
            Curve = ECCurve.NamedCurves.nistP256,
            Q = new ECPoint { X = point.X.ToArray(), Y = point.Y.ToArray() },
        };
        var ecc = (TpmsSignatureEcc)signature;
        _signature = [.. ecc.SignatureR.Span, .. ecc.SignatureS.Span];
    }

    public bool ImportAndVerify()
    {
        if (_rsa is { } parameters)
        {
            using RSA rsa = RSA.Create(parameters);
            return rsa.VerifyHash(_digest, _signature, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        }

        using ECDsa ecdsa = ECDsa.Create(_ecc);
        return ecdsa.VerifyHash(_digest, _signature);
    }
}
