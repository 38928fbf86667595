using System.Security.Cryptography;
using HardwareAttestation.Structures;

namespace HardwareAttestation.Abstractions.Tests.Structures;

public sealed class SignatureBytesTests
{
    private static readonly byte[] Data = [.. "data"u8];

    [Theory]
    [InlineData("nistP256", TpmEccCurve.NistP256)]
    [InlineData("nistP384", TpmEccCurve.NistP384)]
    [InlineData("nistP521", TpmEccCurve.NistP521)]
    public void The_platform_verifies_an_ECDSA_signature_in_either_form_also_where_the_TPM_leaves_zeros_out(string name, TpmEccCurve curveId)
    {
        using ECDsa ecdsa = ECDsa.Create(ECCurve.CreateFromFriendlyName(name));
        TpmtPublic key = Ecc(ecdsa, curveId);
        int shorter = 0;

        // One number in 256 begins with a zero byte, and on P-521 one in two.
        for (int i = 0; i < 300 || shorter == 0; i++)
        {
            byte[] rs = ecdsa.SignData(Data, HashAlgorithmName.SHA256);
            ReadOnlySpan<byte> r = rs.AsSpan(0, rs.Length / 2).TrimStart((byte)0);
            ReadOnlySpan<byte> s = rs.AsSpan(rs.Length / 2).TrimStart((byte)0);
            shorter += r.Length + s.Length < rs.Length ? 1 : 0;
            TpmsSignatureEcc signature = new(TpmAlgId.EcDsa, TpmAlgId.Sha256, r, s);

            signature.ToSignatureBytes(key).Should().Equal(rs);
            byte[] der = signature.ToSignatureBytes(key, DSASignatureFormat.Rfc3279DerSequence);
            ecdsa.VerifyData(Data, der, HashAlgorithmName.SHA256, DSASignatureFormat.Rfc3279DerSequence).Should().BeTrue();
        }
    }

    [Fact]
    public void The_platform_verifies_an_RSA_signature_as_it_is()
    {
        using RSA rsa = RSA.Create(2048);
        TpmtPublic key = Rsa(rsa);
        TpmsSignatureRsa signature = new(TpmAlgId.RsaPss, TpmAlgId.Sha256, rsa.SignData(Data, HashAlgorithmName.SHA256, RSASignaturePadding.Pss));

        byte[] bytes = signature.ToSignatureBytes(key);

        rsa.VerifyData(Data, bytes, HashAlgorithmName.SHA256, RSASignaturePadding.Pss).Should().BeTrue();
        bytes[0] ^= 1;
        signature.Sig.Span[0].Should().NotBe(bytes[0], "the bytes are a copy");
    }

    [Fact]
    public void A_signature_that_cannot_be_of_the_key_is_misuse()
    {
        using RSA rsa = RSA.Create(2048);
        using ECDsa ecdsa = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        TpmtPublic rsaKey = Rsa(rsa);
        TpmtPublic eccKey = Ecc(ecdsa, TpmEccCurve.NistP256);
        TpmsSignatureRsa rsaSignature = new(TpmAlgId.RsaSsa, TpmAlgId.Sha256, new byte[256]);

        IsMisuse(rsaSignature, eccKey, "The RSA signature is not of this key.*");
        IsMisuse(new TpmsSignatureRsa(TpmAlgId.RsaSsa, TpmAlgId.Sha256, new byte[255]), rsaKey, "The RSA signature is not of this key.*");
        IsMisuse(new TpmsSignatureEcc(TpmAlgId.EcDsa, TpmAlgId.Sha256, [1], [2]), rsaKey, "The ECDSA signature is not of this key.*");
        IsMisuse(new TpmsSignatureEcc(TpmAlgId.EcDsa, TpmAlgId.Sha256, new byte[33], [2]), eccKey, "The ECDSA signature is not of this key.*");
        IsMisuse(rsaSignature, new TpmtPublic(TpmAlgId.Sha256, TpmaObject.Sign, [], rsaKey.Parameters, new Tpm2bPublicKeyRsa([])), "The RSA modulus *");
        IsMisuse(new TpmsSignatureEcc(TpmAlgId.EcDsa, TpmAlgId.Sha256, [1], [2]), eccKey, "*99*", (DSASignatureFormat)99);
    }

    private static void IsMisuse(
        TpmtSignature signature, TpmtPublic key, string message, DSASignatureFormat format = DSASignatureFormat.IeeeP1363FixedFieldConcatenation)
    {
        Action convert = () => signature.ToSignatureBytes(key, format);

        convert.Should().Throw<ArgumentException>().WithMessage(message);
    }

    private static TpmtPublic Ecc(ECDsa key, TpmEccCurve curveId)
    {
        ECPoint point = key.ExportParameters(false).Q;
        return new(
            TpmAlgId.Sha256, TpmaObject.Sign, [], new TpmsEccParms(TpmtSymDef.Null, TpmtScheme.Null, curveId, TpmtScheme.Null), new TpmsEccPoint(point.X, point.Y));
    }

    private static TpmtPublic Rsa(RSA key) => new(
        TpmAlgId.Sha256, TpmaObject.Sign, [], new TpmsRsaParms(TpmtSymDef.Null, TpmtScheme.Null, 2048, 0), new Tpm2bPublicKeyRsa(key.ExportParameters(false).Modulus));
}
