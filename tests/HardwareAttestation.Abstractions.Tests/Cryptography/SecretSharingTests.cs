using System.Security.Cryptography;
using HardwareAttestation.Cryptography;
using HardwareAttestation.Structures;

namespace HardwareAttestation.Abstractions.Tests.Cryptography;

public sealed class SecretSharingTests
{
    private const TpmaObject Attributes = TpmaObject.Restricted | TpmaObject.Decrypt;

    public static TheoryData<TpmEccCurve, string> Curves => new()
    {
        { TpmEccCurve.NistP256, "nistP256" },
        { TpmEccCurve.NistP384, "nistP384" },
        { TpmEccCurve.NistP521, "nistP521" },
    };

    [Theory]
    [MemberData(nameof(Curves))]
    public void The_same_random_numbers_give_the_same_seed_for_a_key_on_a_curve(TpmEccCurve curveId, string curve)
    {
        using ECDiffieHellman peer = ECDiffieHellman.Create(ECCurve.CreateFromFriendlyName(curve));
        ECPoint point = peer.ExportParameters(includePrivateParameters: false).Q;
        TpmsEccParms parms = new(TpmtSymDef.Aes128Cfb, TpmtScheme.Null, curveId, TpmtScheme.Null);

        IsRepeated(new TpmtPublic(TpmAlgId.Sha256, Attributes, [], parms, new TpmsEccPoint(point.X, point.Y)));
    }

    [Fact]
    public void The_same_random_numbers_give_the_same_seed_for_an_RSA_key()
    {
        using RSA peer = RSA.Create(2048);
        byte[] modulus = peer.ExportParameters(includePrivateParameters: false).Modulus!;

        IsRepeated(new TpmtPublic(
            TpmAlgId.Sha256, Attributes, [], new TpmsRsaParms(TpmtSymDef.Aes128Cfb, TpmtScheme.Null, 2048, 0), new Tpm2bPublicKeyRsa(modulus)));
    }

    private static void IsRepeated(TpmtPublic key)
    {
        (byte[] Seed, byte[] Encrypted) Make(RandomNumberGenerator? random)
        {
            byte[] seed = SecretSharing.MakeSeed(key, SecretSharing.SecretLabel, out byte[] encrypted, random);
            return (seed, encrypted);
        }

        // All ones give the largest number that is ever drawn for a curve.
        foreach (byte value in new byte[] { 1, 0xFF })
        {
            using Constant random = new(value);
            using Constant again = new(value);
            (byte[] seed, byte[] encrypted) = Make(random);

            Make(again).Seed.Should().Equal(seed);
            Make(again).Encrypted.Should().Equal(encrypted);
            Make(random: null).Encrypted.Should().NotEqual(encrypted);
        }
    }

    private sealed class Constant(byte value) : RandomNumberGenerator
    {
        public override void GetBytes(byte[] data) => data.AsSpan().Fill(value);

        public override void GetBytes(Span<byte> data) => data.Fill(value);
    }
}
