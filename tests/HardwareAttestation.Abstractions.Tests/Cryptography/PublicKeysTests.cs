using System.Security.Cryptography;
using HardwareAttestation.Cryptography;
using HardwareAttestation.Structures;

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

    private static TpmtPublic Ecc(ReadOnlySpan<byte> x, ReadOnlySpan<byte> y) => new(
        TpmAlgId.Sha256, TpmaObject.Sign, [], new TpmsEccParms(TpmtSymDef.Null, TpmtScheme.Null, TpmEccCurve.NistP256, TpmtScheme.Null), new TpmsEccPoint(x, y));
}
