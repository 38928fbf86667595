using System.Security.Cryptography;
using HardwareAttestation.Cryptography;
using HardwareAttestation.Structures;
using HardwareAttestation.Wire;

namespace HardwareAttestation.Abstractions.Tests.Cryptography;

public sealed class PublicKeysTests
{
    [Fact]
    public void An_RSA_key_is_exported_as_the_platform_writes_it()
    {
        using RSA key = RSA.Create(2048);
        TpmtPublic publicArea = new(
            TpmAlgId.Sha256, TpmaObject.Sign, [], new TpmsRsaParms(TpmtSymDef.Null, TpmtScheme.Null, 2048, 0), new Tpm2bPublicKeyRsa(key.ExportParameters(false).Modulus!));

        PublicKeys.ExportSubjectPublicKeyInfo(publicArea).Should().Equal(key.ExportSubjectPublicKeyInfo());
    }

    [Fact]
    public void An_ECC_key_is_exported_as_the_platform_writes_it_also_where_the_TPM_leaves_zeros_out()
    {
        for (int attempt = 0; attempt < 20_000; attempt++)
        {
            using ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
            ECPoint point = key.ExportParameters(false).Q;
            if (point.X![0] != 0)
            {
                continue;
            }

            PublicKeys.ExportSubjectPublicKeyInfo(Ecc(point.X.AsSpan().TrimStart((byte)0), point.Y)).Should().Equal(key.ExportSubjectPublicKeyInfo());
            return;
        }

        Assert.Fail("One key in 256 has a zero in front.");
    }

    [Fact]
    public void What_is_no_key_is_misuse()
    {
        Func<object> export = () => PublicKeys.ExportSubjectPublicKeyInfo(Ecc([1], [1]));

        export.Should().Throw<ArgumentException>().WithMessage("*not on its curve*");
    }

    [Fact]
    public void An_RSA_key_in_terms_of_the_platform_has_the_usual_exponent()
    {
        using RSA key = RSA.Create(2048);
        RSAParameters own = key.ExportParameters(false);

        RSAParameters parameters = PublicKeys.GetRSAParameters(Rsa(own.Modulus!));

        parameters.Modulus.Should().Equal(own.Modulus);
        parameters.Exponent.Should().Equal(1, 0, 1);
    }

    [Fact]
    public void An_ECC_key_in_terms_of_the_platform_has_coordinates_of_the_curves_width()
    {
        for (int attempt = 0; attempt < 20_000; attempt++)
        {
            using ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
            ECPoint point = key.ExportParameters(false).Q;
            if (point.Y![0] != 0)
            {
                continue;
            }

            ECParameters parameters = PublicKeys.GetECParameters(Ecc(point.X, point.Y.AsSpan().TrimStart((byte)0)));

            parameters.Q.X.Should().Equal(point.X);
            parameters.Q.Y.Should().Equal(point.Y);
            using ECDiffieHellman imported = ECDiffieHellman.Create(parameters);
            imported.ExportSubjectPublicKeyInfo().Should().Equal(key.ExportSubjectPublicKeyInfo());
            return;
        }

        Assert.Fail("One key in 256 has a zero in front.");
    }

    [Fact]
    public void What_is_no_key_is_refused_with_the_sentence_of_FindFault()
    {
        TpmtPublic[] faulty = [Ecc([1], [1]), Ecc(new byte[33], []), Ecc([], []), Rsa([]), Rsa(new byte[256]), Rsa([0x80, .. new byte[255]]), HmacKey];
        foreach (TpmtPublic key in faulty)
        {
            string fault = PublicKeys.FindFault(key)!;
            Action[] uses = key.Unique is TpmsEccPoint
                ? [() => PublicKeys.GetECParameters(key), () => PublicKeys.ImportECDsa(key)]
                : [() => PublicKeys.GetRSAParameters(key), () => PublicKeys.ImportRSA(key)];

            foreach (Action use in uses)
            {
                use.Should().Throw<ArgumentException>().WithParameterName("key").WithMessage(fault + "*");
            }
        }
    }

    [Fact]
    public void A_key_of_the_other_kind_is_misuse()
    {
        using RSA rsa = RSA.Create(2048);
        using ECDsa ecdsa = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        TpmtPublic rsaKey = Rsa(rsa.ExportParameters(false).Modulus!);
        ECPoint point = ecdsa.ExportParameters(false).Q;
        TpmtPublic eccKey = Ecc(point.X, point.Y);
        Action[] asEcc = [() => PublicKeys.GetECParameters(rsaKey), () => PublicKeys.ImportECDsa(rsaKey)];
        Action[] asRsa = [() => PublicKeys.GetRSAParameters(eccKey), () => PublicKeys.ImportRSA(eccKey)];

        asEcc.Should().AllSatisfy(use => use.Should().Throw<ArgumentException>().WithMessage("The key is an RSA key, and an ECC key is asked for.*"));
        asRsa.Should().AllSatisfy(use => use.Should().Throw<ArgumentException>().WithMessage("The key is an ECC key, and an RSA key is asked for.*"));
    }

    private static TpmtPublic HmacKey => TpmWire.Parse<TpmtPublic>(Convert.FromHexString(TestVectors.HmacKey));

    private static TpmtPublic Rsa(byte[] modulus) => new(
        TpmAlgId.Sha256, TpmaObject.Sign, [], new TpmsRsaParms(TpmtSymDef.Null, TpmtScheme.Null, 2048, 0), new Tpm2bPublicKeyRsa(modulus));

    private static TpmtPublic Ecc(ReadOnlySpan<byte> x, ReadOnlySpan<byte> y) => new(
        TpmAlgId.Sha256, TpmaObject.Sign, [], new TpmsEccParms(TpmtSymDef.Null, TpmtScheme.Null, TpmEccCurve.NistP256, TpmtScheme.Null), new TpmsEccPoint(x, y));
}
