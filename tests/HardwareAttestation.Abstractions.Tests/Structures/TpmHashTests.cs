using System.Security.Cryptography;
using HardwareAttestation.Structures;

namespace HardwareAttestation.Abstractions.Tests.Structures;

public sealed class TpmHashTests
{
    [Theory]
    [InlineData(TpmAlgId.Sha1, "sha1", 20, "SHA1")]
    [InlineData(TpmAlgId.Sha256, "sha256", 32, "SHA256")]
    [InlineData(TpmAlgId.Sha384, "sha384", 48, "SHA384")]
    [InlineData(TpmAlgId.Sha512, "sha512", 64, "SHA512")]
    [InlineData(TpmAlgId.Sm3_256, "sm3_256", 32, null)]
    [InlineData(TpmAlgId.Sha3_256, "sha3_256", 32, "SHA3-256")]
    [InlineData(TpmAlgId.Sha3_384, "sha3_384", 48, "SHA3-384")]
    [InlineData(TpmAlgId.Sha3_512, "sha3_512", 64, "SHA3-512")]
    public void A_hash_algorithm_has_a_word_a_size_and_perhaps_an_implementation(TpmAlgId algorithm, string word, int size, string? name)
    {
        TpmHash.ToToolName(algorithm).Should().Be(word);
        TpmHash.TryParseToolName(word, out TpmAlgId parsed).Should().BeTrue();
        parsed.Should().Be(algorithm);
        TpmHash.TryGetDigestSize(algorithm, out int found).Should().BeTrue();
        found.Should().Be(size);
        TpmHash.TryGetName(algorithm, out HashAlgorithmName platform).Should().Be(name is not null);
        platform.Name.Should().Be(name);
    }

    [Theory]
    [InlineData(TpmAlgId.None)]
    [InlineData(TpmAlgId.Null)]
    [InlineData(TpmAlgId.Aes)]
    [InlineData((TpmAlgId)0xBEEF)]
    public void What_is_no_hash_algorithm_has_none_of_that(TpmAlgId algorithm)
    {
        Action hash = () => TpmHash.HashData(algorithm, []);

        TpmHash.TryGetDigestSize(algorithm, out int size).Should().BeFalse();
        size.Should().Be(0);
        TpmHash.TryGetName(algorithm, out _).Should().BeFalse();
        TpmHash.ToToolName(algorithm).Should().Be($"0x{(ushort)algorithm:x4}");
        hash.Should().Throw<ArgumentOutOfRangeException>();
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("SHA256")]
    [InlineData("0x000b")]
    public void Other_words_are_no_hash_algorithm(string? word)
    {
        TpmHash.TryParseToolName(word, out _).Should().BeFalse();
    }

    [Fact]
    public void Data_is_hashed()
    {
        Convert.ToHexString(TpmHash.HashData(TpmAlgId.Sha1, "abc"u8)).Should().Be("A9993E364706816ABA3E25717850C26C9CD0D89D");
        Convert.ToHexString(TpmHash.HashData(TpmAlgId.Sha256, "abc"u8)).Should().Be("BA7816BF8F01CFEA414140DE5DAE2223B00361A396177A9CB410FF61F20015AD");
    }
}
