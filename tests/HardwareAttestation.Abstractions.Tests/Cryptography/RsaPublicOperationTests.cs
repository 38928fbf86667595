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
            Unpad(Bytes(opened, bits)).Should().Equal(seed);
        }
    }

    [Theory]
    [InlineData(1024)]
    [InlineData(1928)]
    [InlineData(2048)]
    [InlineData(2056)]
    [InlineData(3072)]
    [InlineData(4088)]
    [InlineData(4096)]
    public void It_raises_to_65537_for_random_moduli(int bits)
    {
        Random random = new(bits);
        for (int i = 0; i < 10; i++)
        {
            byte[] modulus = new byte[bits / 8];
            random.NextBytes(modulus);
            modulus[0] |= 0x80;
            modulus[^1] |= 1;
            byte[] block = new byte[modulus.Length];
            random.NextBytes(block);
            ShouldBePower(Number(modulus), Number(block) % Number(modulus), bits);
        }
    }

    [Theory]
    [InlineData(1024)]
    [InlineData(2048)]
    [InlineData(2056)]
    [InlineData(3072)]
    [InlineData(4096)]
    public void It_raises_to_65537_for_moduli_and_numbers_at_the_edges(int bits)
    {
        BigInteger most = BigInteger.Pow(2, bits) - 1;
        BigInteger least = BigInteger.Pow(2, bits - 1) + 1;
        BigInteger[] moduli =
        [
            most, most - 2, most - BigInteger.Pow(2, 27), most - BigInteger.Pow(2, 64), most - BigInteger.Pow(2, bits - 2), most - BigInteger.Pow(2, bits / 2) + 2,
            least, least + 2, least + BigInteger.Pow(2, 27), least + BigInteger.Pow(2, 64), least + BigInteger.Pow(2, bits - 2), least + BigInteger.Pow(2, bits / 2) - 2,
        ];
        foreach (BigInteger modulus in moduli)
        {
            BigInteger[] numbers =
            [
                0, 1, 2, modulus - 1, modulus - 2, modulus / 2, (modulus / 2) + 1, BigInteger.Pow(2, 27) - 1, BigInteger.Pow(2, 27), BigInteger.Pow(2, bits - 1),
                BigInteger.Pow(2, bits - 1) - 1,
            ];
            foreach (BigInteger number in numbers)
            {
                ShouldBePower(modulus, number, bits);
            }
        }
    }

    private static void ShouldBePower(BigInteger modulus, BigInteger number, int bits)
    {
        byte[] block = Bytes(number, bits);

        RsaPublicOperation.Apply(Bytes(modulus, bits), block);

        Number(block).Should().Be(BigInteger.ModPow(number, 65537, modulus), "of the modulus {0} and the number {1}", modulus, number);
    }

    private static byte[] Bytes(BigInteger number, int bits)
    {
        byte[] bytes = new byte[bits / 8];
        number.TryWriteBytes(bytes.AsSpan(bytes.Length - number.GetByteCount(isUnsigned: true)), out _, isUnsigned: true, isBigEndian: true);
        return bytes;
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
