using System.Security.Cryptography;
using HardwareAttestation.Client;
using HardwareAttestation.Structures;

namespace HardwareAttestation.EndToEnd.Tests;

/// <summary>A key in software that says of itself what an attestation key in a TPM says.</summary>
internal sealed class SoftwareKey : IDisposable
{
    private readonly ECDsa _key = ECDsa.Create(ECCurve.NamedCurves.nistP256);

    /// <param name="model">A real attestation key on P-256, of which everything but the point is taken.</param>
    public SoftwareKey(TpmKeyBlob model)
    {
        ECPoint point = _key.ExportParameters(includePrivateParameters: false).Q;
        Public = new TpmtPublic(
            model.Public.NameAlg,
            model.Public.ObjectAttributes,
            model.Public.AuthPolicy.Span,
            model.Public.Parameters,
            new TpmsEccPoint(point.X, point.Y));
    }

    public TpmtPublic Public { get; }

    public TpmtSignature Sign(ReadOnlySpan<byte> data)
    {
        byte[] signature = _key.SignData(data, HashAlgorithmName.SHA256, DSASignatureFormat.IeeeP1363FixedFieldConcatenation);
        int half = signature.Length / 2;
        return new TpmsSignatureEcc(TpmAlgId.EcDsa, TpmAlgId.Sha256, signature.AsSpan(0, half), signature.AsSpan(half));
    }

    public void Dispose() => _key.Dispose();
}
