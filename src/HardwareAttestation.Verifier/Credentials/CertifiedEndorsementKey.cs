using System.Formats.Asn1;
using System.Security.Cryptography.X509Certificates;
using HardwareAttestation.Structures;

namespace HardwareAttestation.Verifier;

/// <summary>The public area that the TCG's templates give a key of a certificate (EK Credential Profile 2.5, annex B).</summary>
internal static class CertifiedEndorsementKey
{
    private const TpmaObject Attributes = TpmaObject.FixedTpm | TpmaObject.FixedParent | TpmaObject.SensitiveDataOrigin | TpmaObject.AdminWithPolicy
        | TpmaObject.Restricted | TpmaObject.Decrypt;

    /// <exception cref="ArgumentException">No template is for such a key.</exception>
    public static TpmtPublic ToPublic(X509Certificate2 certificate)
    {
        try
        {
            return CertifiedKey.Read(certificate) switch
            {
                CertifiedRsaKey rsa => OfRsa(rsa),
                CertifiedEccKey ecc => OfEcc(ecc),
                CertifiedKey other => throw NoTemplate($"a key of the kind {other.Kind}"),
            };
        }
        catch (NotSupportedException exception)
        {
            throw new ArgumentException(exception.Message, nameof(certificate), exception);
        }
        catch (AsnContentException exception)
        {
            throw new ArgumentException("The certificate's key is malformed.", nameof(certificate), exception);
        }
    }

    private static TpmtPublic OfRsa(CertifiedRsaKey key)
    {
        if (!key.Exponent.Span.SequenceEqual((ReadOnlySpan<byte>)[1, 0, 1]))
        {
            throw NoTemplate("an RSA key with another exponent than 65537");
        }

        ushort keyBits = (ushort)Math.Min(key.Modulus.Length * 8, ushort.MaxValue);
        (TpmAlgId nameAlg, TpmtSymDef symmetric) = keyBits switch
        {
            2048 => (TpmAlgId.Sha256, TpmtSymDef.Aes128Cfb),
            3072 or 4096 => (TpmAlgId.Sha384, TpmtSymDef.Aes256Cfb),
            _ => throw NoTemplate($"an RSA key of {keyBits} bits"),
        };
        return new TpmtPublic(nameAlg, Attributes, [], new TpmsRsaParms(symmetric, TpmtScheme.Null, keyBits, 0), new Tpm2bPublicKeyRsa(key.Modulus.Span));
    }

    private static TpmtPublic OfEcc(CertifiedEccKey key)
    {
        (TpmEccCurve id, int size, TpmAlgId nameAlg, TpmtSymDef symmetric) = key.Curve switch
        {
            "1.2.840.10045.3.1.7" => (TpmEccCurve.NistP256, 32, TpmAlgId.Sha256, TpmtSymDef.Aes128Cfb),
            "1.3.132.0.34" => (TpmEccCurve.NistP384, 48, TpmAlgId.Sha384, TpmtSymDef.Aes256Cfb),
            "1.3.132.0.35" => (TpmEccCurve.NistP521, 66, TpmAlgId.Sha512, TpmtSymDef.Aes256Cfb),
            null => throw NoTemplate("an ECC key on a curve without a name"),
            _ => throw NoTemplate($"an ECC key on the curve {key.Curve}"),
        };
        if (key.Coordinates.Length != 2 * size)
        {
            throw NoTemplate("an ECC key in another form than an uncompressed point");
        }

        TpmsEccPoint unique = new(key.Coordinates.Span[..size], key.Coordinates.Span[size..]);
        return new TpmtPublic(nameAlg, Attributes, [], new TpmsEccParms(symmetric, TpmtScheme.Null, id, TpmtScheme.Null), unique);
    }

    private static NotSupportedException NoTemplate(string key) => new($"The certificate has {key}, for which there is no template of endorsement keys.");
}
