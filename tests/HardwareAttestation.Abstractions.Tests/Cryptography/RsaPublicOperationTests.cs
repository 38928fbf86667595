using System.Numerics;
using System.Security.Cryptography;
using HardwareAttestation.Cryptography;
using HardwareAttestation.Structures;

namespace HardwareAttestation.Abstractions.Tests.Cryptography;

public sealed class RsaPublicOperationTests
{
    private const int DigestSize = 32;

    [Theory]
    [InlineData(2048)]
    [InlineData(2056)]
    [InlineData(3072)]
    [InlineData(4096)]
    public void The_holder_of_an_RSA_key_finds_the_seed(int bits)
    {
        using RSA rsa = RSA.Create(bits);
        RSAParameters parameters = rsa.ExportParameters(includePrivateParameters: true);
        BigInteger modulus = Number(parameters.Modulus!);
        TpmtPublic key = new(
            TpmAlgId.Sha256,
            TpmaObject.Decrypt,
            [],
            new TpmsRsaParms(TpmtSymDef.Aes128Cfb, TpmtScheme.Null, (ushort)bits, 0),
            new Tpm2bPublicKeyRsa(parameters.Modulus!));

        for (int i = 0; i < 5; i++)
        {
            byte[] seed = SecretSharing.MakeSeed(key, SecretSharing.SecretLabel, out byte[] encrypted);

            encrypted.Should().HaveCount(bits / 8);
            BigInteger opened = BigInteger.ModPow(Number(encrypted), Number(parameters.D!), modulus);
            byte[] block = new byte[bits / 8];
            opened.TryWriteBytes(block.AsSpan(block.Length - opened.GetByteCount(isUnsigned: true)), out _, isUnsigned: true, isBigEndian: true);
            Unpad(block).Should().Equal(seed);
        }
    }

    private static BigInteger Number(byte[] bytes) => new(bytes, isUnsigned: true, isBigEndian: true);

    // 00 | mask's seed, masked | digest of the label | 00 … | 01 | secret, masked (RFC 8017, section 7.1.2)
    private static byte[] Unpad(byte[] block)
    {
        Span<byte> maskSeed = block.AsSpan(1, DigestSize);
        Span<byte> data = block.AsSpan(1 + DigestSize);
        MaskGeneration.Apply(maskSeed, TpmAlgId.Sha256, data);
        MaskGeneration.Apply(data, TpmAlgId.Sha256, maskSeed);
        block[0].Should().Be(0);
        data[..DigestSize].ToArray().Should().Equal(SHA256.HashData("SECRET\0"u8));
        data[DigestSize..^(DigestSize + 1)].ToArray().Should().OnlyContain(octet => octet == 0);
        data[^(DigestSize + 1)].Should().Be(1);
        return data[^DigestSize..].ToArray();
    }
}
