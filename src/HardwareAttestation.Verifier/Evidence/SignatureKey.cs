using System.Security.Cryptography;
using HardwareAttestation.Cryptography;
using HardwareAttestation.Structures;

namespace HardwareAttestation.Verifier;

/// <summary>
/// A key that must have signed, imported into the platform when it is first needed and once for a verification: importing costs more than verifying a signature. The numbers of the key
/// are those that the verifier keeps, and the algorithm is the key's own.
/// </summary>
internal sealed class SignatureKey(TpmtPublic publicArea) : IDisposable
{
    private RSA? _rsa;
    private ECDsa? _ecdsa;
    private bool _isOffCurve;

    public TpmtPublic Public => publicArea;

    /// <summary>Says what is wrong with the numbers of the key.</summary>
    /// <returns>A sentence, or null if nothing is.</returns>
    public string? FindFault()
    {
        if (PublicKeys.FindFaultOfForm(publicArea) is { } fault)
        {
            return fault;
        }

        if (publicArea.Unique is TpmsEccPoint)
        {
            ImportECDsa();
        }

        return _isOffCurve ? "The ECC point is not on its curve." : null;
    }

    /// <summary>Whether a signature is the key's.</summary>
    /// <param name="data">The bytes that must be signed.</param>
    /// <param name="signature">The signature; its scheme and hash are not looked at.</param>
    /// <param name="algorithm">The key's own algorithm.</param>
    public bool Verify(ReadOnlySpan<byte> data, TpmtSignature signature, SignatureAlgorithm algorithm)
    {
        if (PublicKeys.FindFaultOfForm(publicArea) is not null)
        {
            return false;
        }

        try
        {
            return (publicArea.Parameters, publicArea.Unique, signature) switch
            {
                (TpmsRsaParms, Tpm2bPublicKeyRsa rsa, TpmsSignatureRsa rsaSignature) => VerifyRsa(rsa, data, rsaSignature, algorithm),
                (TpmsEccParms parms, TpmsEccPoint, TpmsSignatureEcc eccSignature) => VerifyEcc(parms.CurveId, data, eccSignature, algorithm),
                _ => false,
            };
        }
        catch (CryptographicException)
        {
            return false;
        }
    }

    public void Dispose()
    {
        _rsa?.Dispose();
        _ecdsa?.Dispose();
    }

    private bool VerifyRsa(Tpm2bPublicKeyRsa rsa, ReadOnlySpan<byte> data, TpmsSignatureRsa signature, SignatureAlgorithm algorithm)
    {
        _rsa ??= PublicKeys.ImportRSA(publicArea);
        RSASignaturePadding padding = algorithm.Scheme == TpmAlgId.RsaPss ? RSASignaturePadding.Pss : RSASignaturePadding.Pkcs1;
        return _rsa.VerifyData(data, signature.Sig.Span, TpmHash.GetName(algorithm.Hash), padding)
            || (algorithm.Scheme == TpmAlgId.RsaPss && LongSaltPss.Verify(rsa.Modulus.Span, algorithm.Hash, data, signature.Sig.Span));
    }

    private bool VerifyEcc(TpmEccCurve curveId, ReadOnlySpan<byte> data, TpmsSignatureEcc signature, SignatureAlgorithm algorithm)
    {
        PublicKeys.TryGetCurve(curveId, out _, out int size);
        ReadOnlySpan<byte> r = signature.SignatureR.Span;
        ReadOnlySpan<byte> s = signature.SignatureS.Span;
        if (r.Length > size || s.Length > size || ImportECDsa() is not { } key)
        {
            return false;
        }

        // Each in the curve's width, as some TPMs leave leading zeros out.
        Span<byte> rs = stackalloc byte[2 * TpmsEccPoint.MaximumCoordinateSize];
        rs = rs[..(2 * size)];
        rs.Clear();
        r.CopyTo(rs[(size - r.Length)..]);
        s.CopyTo(rs[((2 * size) - s.Length)..]);
        // The method without a format takes this one (IEEE P1363), and makes less garbage than the one that is told it.
        Span<byte> digest = stackalloc byte[TpmHash.MaximumDigestSize];
        int digestSize = CryptographicOperations.HashData(TpmHash.GetName(algorithm.Hash), data, digest);
        return key.VerifyHash(digest[..digestSize], rs);
    }

    private ECDsa? ImportECDsa()
    {
        if (_ecdsa is null && !_isOffCurve)
        {
            try
            {
                // The platform looks whether the point is on the curve.
                _ecdsa = PublicKeys.ImportECDsa(publicArea);
            }
            catch (Exception exception) when (exception is ArgumentException or CryptographicException)
            {
                _isOffCurve = true;
            }
        }

        return _ecdsa;
    }
}
