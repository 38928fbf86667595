using System.Formats.Asn1;
using System.Security.Cryptography.X509Certificates;
using HardwareAttestation.Structures;

namespace HardwareAttestation.Verifier;

/// <summary>The public area that the TCG's templates give a key of a certificate (EK Credential Profile 2.5, annex B).</summary>
internal static class CertifiedEndorsementKey
{
    private const string RsaEncryption = "1.2.840.113549.1.1.1";
    private const string RsaesOaep = "1.2.840.113549.1.1.7";
    private const string EccPublicKey = "1.2.840.10045.2.1";
    private const byte UncompressedPoint = 0x04;

    private const TpmaObject Attributes = TpmaObject.FixedTpm | TpmaObject.FixedParent | TpmaObject.SensitiveDataOrigin | TpmaObject.AdminWithPolicy
        | TpmaObject.Restricted | TpmaObject.Decrypt;

    /// <exception cref="ArgumentException">No template is for such a key.</exception>
    public static TpmtPublic ToPublic(X509Certificate2 certificate)
    {
        try
        {
            PublicKey key = certificate.PublicKey;
            return key.Oid.Value switch
            {
                RsaEncryption or RsaesOaep => OfRsa(key.EncodedKeyValue.RawData),
                EccPublicKey => OfEcc(CurveOf(key), key.EncodedKeyValue.RawData),
                _ => throw NoTemplate($"a key of the kind {key.Oid.Value}"),
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

    private static TpmtPublic OfRsa(byte[] bits)
    {
        AsnReader key = new AsnReader(bits, AsnEncodingRules.BER).ReadSequence();
        byte[] modulus = key.ReadIntegerBytes().Span.TrimStart((byte)0).ToArray();
        ReadOnlySpan<byte> exponent = key.ReadIntegerBytes().Span;
        if (!exponent.SequenceEqual((ReadOnlySpan<byte>)[1, 0, 1]))
        {
            throw NoTemplate("an RSA key with another exponent than 65537");
        }

        ushort keyBits = (ushort)Math.Min(modulus.Length * 8, ushort.MaxValue);
        (TpmAlgId nameAlg, TpmtSymDef symmetric) = keyBits switch
        {
            2048 => (TpmAlgId.Sha256, TpmtSymDef.Aes128Cfb),
            3072 or 4096 => (TpmAlgId.Sha384, TpmtSymDef.Aes256Cfb),
            _ => throw NoTemplate($"an RSA key of {keyBits} bits"),
        };
        return new TpmtPublic(nameAlg, Attributes, [], new TpmsRsaParms(symmetric, TpmtScheme.Null, keyBits, 0), new Tpm2bPublicKeyRsa(modulus));
    }

    private static TpmtPublic OfEcc(string curve, byte[] point)
    {
        (TpmEccCurve id, int size, TpmAlgId nameAlg, TpmtSymDef symmetric) = curve switch
        {
            "1.2.840.10045.3.1.7" => (TpmEccCurve.NistP256, 32, TpmAlgId.Sha256, TpmtSymDef.Aes128Cfb),
            "1.3.132.0.34" => (TpmEccCurve.NistP384, 48, TpmAlgId.Sha384, TpmtSymDef.Aes256Cfb),
            "1.3.132.0.35" => (TpmEccCurve.NistP521, 66, TpmAlgId.Sha512, TpmtSymDef.Aes256Cfb),
            _ => throw NoTemplate($"an ECC key on the curve {curve}"),
        };
        if (point.Length != 1 + (2 * size) || point[0] != UncompressedPoint)
        {
            throw NoTemplate("an ECC key in another form than an uncompressed point");
        }

        TpmsEccPoint unique = new(point.AsSpan(1, size), point.AsSpan(1 + size));
        return new TpmtPublic(nameAlg, Attributes, [], new TpmsEccParms(symmetric, TpmtScheme.Null, id, TpmtScheme.Null), unique);
    }

    private static string CurveOf(PublicKey key)
    {
        AsnReader parameters = new(key.EncodedParameters?.RawData ?? [], AsnEncodingRules.BER);
        return parameters.HasData && parameters.PeekTag() == Asn1Tag.ObjectIdentifier ? parameters.ReadObjectIdentifier() : throw NoTemplate("an ECC key on a curve without a name");
    }

    private static NotSupportedException NoTemplate(string key) => new($"The certificate has {key}, for which there is no template of endorsement keys.");
}
