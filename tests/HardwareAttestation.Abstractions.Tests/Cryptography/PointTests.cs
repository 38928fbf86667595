using System.Numerics;
using System.Security.Cryptography;
using HardwareAttestation.Cryptography;
using HardwareAttestation.Structures;

namespace HardwareAttestation.Abstractions.Tests.Cryptography;

/// <summary>Whether a point is on its curve is computed here; the platform, which is asked again when the key is used, must say the same.</summary>
public sealed class PointTests
{
    public static TheoryData<TpmEccCurve> Curves => [TpmEccCurve.NistP256, TpmEccCurve.NistP384, TpmEccCurve.NistP521];

    [Theory]
    [MemberData(nameof(Curves))]
    public void A_point_of_the_platform_is_on_its_curve(TpmEccCurve curveId)
    {
        for (int i = 0; i < 50; i++)
        {
            (ECParameters key, int size) = Generate(curveId);

            FindFault(curveId, key.Q.X!, key.Q.Y!).Should().BeNull();
            Imports(curveId, key.Q.X!, key.Q.Y!).Should().BeTrue();
            key.Q.X.Should().HaveCount(size);
        }
    }

    [Theory]
    [MemberData(nameof(Curves))]
    public void A_point_with_any_other_bit_is_not(TpmEccCurve curveId)
    {
        (ECParameters key, int size) = Generate(curveId);
        for (int bit = 0; bit < 2 * 8 * size; bit += 3)
        {
            byte[] point = [.. key.Q.X!, .. key.Q.Y!];
            point[bit / 8] ^= (byte)(1 << (bit % 8));

            FindFault(curveId, point[..size], point[size..]).Should().Be("The ECC point is not on its curve.", $"bit {bit} was changed");
        }
    }

    [Theory]
    [MemberData(nameof(Curves))]
    public void The_mirrored_point_is_on_the_curve_and_a_point_of_the_other_root_is_not(TpmEccCurve curveId)
    {
        (ECParameters key, int size) = Generate(curveId);
        BigInteger prime = Prime(curveId);
        byte[] mirrored = Bytes(prime - Number(key.Q.Y!), size);

        FindFault(curveId, key.Q.X!, mirrored).Should().BeNull();
        Imports(curveId, key.Q.X!, mirrored).Should().BeTrue();
        FindFault(curveId, key.Q.Y!, key.Q.X!).Should().NotBeNull();
    }

    [Theory]
    [MemberData(nameof(Curves))]
    public void A_point_without_coordinates_or_of_zeros_is_not(TpmEccCurve curveId)
    {
        FindFault(curveId, [], []).Should().NotBeNull();
        FindFault(curveId, [0], [0]).Should().NotBeNull();
        FindFault(curveId, [], [1]).Should().NotBeNull();
    }

    [Fact]
    public void A_coordinate_that_is_right_only_modulo_the_prime_is_not()
    {
        // Of the three curves only this one leaves room in its width for the prime and more.
        (ECParameters key, int size) = Generate(TpmEccCurve.NistP521);
        BigInteger prime = Prime(TpmEccCurve.NistP521);

        FindFault(TpmEccCurve.NistP521, Bytes(Number(key.Q.X!) + prime, size), key.Q.Y!).Should().NotBeNull();
        FindFault(TpmEccCurve.NistP521, key.Q.X!, Bytes(Number(key.Q.Y!) + prime, size)).Should().NotBeNull();
    }

    [Theory]
    [MemberData(nameof(Curves))]
    public void An_imported_ECC_key_is_the_key(TpmEccCurve curveId)
    {
        (ECParameters key, _) = Generate(curveId);

        using ECDsa imported = PublicKeys.ImportECDsa(Ecc(curveId, key.Q.X!, key.Q.Y!));

        imported.ExportParameters(false).Q.X.Should().Equal(key.Q.X);
        imported.ExportParameters(false).Q.Y.Should().Equal(key.Q.Y);
    }

    [Fact]
    public void An_ECC_key_on_another_curve_is_misuse()
    {
        Action import = () => PublicKeys.ImportECDsa(Ecc(TpmEccCurve.BnP256, [1], [1]));

        import.Should().Throw<ArgumentException>().WithMessage("*0x0010*");
    }

    [Theory]
    [InlineData(2048)]
    [InlineData(3072)]
    [InlineData(4096)]
    public void An_imported_RSA_key_is_the_key(int bits)
    {
        using RSA key = RSA.Create(bits);
        RSAParameters parameters = key.ExportParameters(false);

        using RSA imported = PublicKeys.ImportRSA(new TpmtPublic(
            TpmAlgId.Sha256, TpmaObject.Sign, [], new TpmsRsaParms(TpmtSymDef.Null, TpmtScheme.Null, (ushort)bits, 0), new Tpm2bPublicKeyRsa(parameters.Modulus)));

        imported.ExportParameters(false).Modulus.Should().Equal(parameters.Modulus);
        imported.ExportParameters(false).Exponent.Should().Equal([1, 0, 1]);
    }

    private static (ECParameters Key, int Size) Generate(TpmEccCurve curveId)
    {
        PublicKeys.TryGetCurve(curveId, out ECCurve curve, out int size).Should().BeTrue();
        using ECDsa key = ECDsa.Create(curve);
        return (key.ExportParameters(false), size);
    }

    private static string? FindFault(TpmEccCurve curveId, byte[] x, byte[] y) => PublicKeys.FindFault(Ecc(curveId, x, y));

    private static TpmtPublic Ecc(TpmEccCurve curveId, byte[] x, byte[] y) => new(
        TpmAlgId.Sha256, TpmaObject.Sign, [], new TpmsEccParms(TpmtSymDef.Null, TpmtScheme.Null, curveId, TpmtScheme.Null), new TpmsEccPoint(x, y));

    private static bool Imports(TpmEccCurve curveId, byte[] x, byte[] y)
    {
        try
        {
            using ECDsa key = PublicKeys.ImportECDsa(Ecc(curveId, x, y));
            return true;
        }
        catch (ArgumentException)
        {
            return false;
        }
    }

    private static BigInteger Prime(TpmEccCurve curveId)
    {
        PublicKeys.TryGetCurve(curveId, out ECCurve curve, out _);
        using ECDsa key = ECDsa.Create(curve);
        return Number(key.ExportExplicitParameters(false).Curve.Prime!);
    }

    private static BigInteger Number(byte[] bytes) => new(bytes, isUnsigned: true, isBigEndian: true);

    private static byte[] Bytes(BigInteger number, int size)
    {
        byte[] digits = number.ToByteArray(isUnsigned: true, isBigEndian: true);
        return [.. new byte[size - digits.Length], .. digits];
    }
}
