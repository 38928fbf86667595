using HardwareAttestation.Structures;

namespace HardwareAttestation.Abstractions.Tests.Structures;

public sealed class PcrValueTests
{
    [Fact]
    public void The_digest_over_values_is_the_one_that_a_TPM_quotes()
    {
        // The values that TestVectors.Quote is about: sha1:0+sha256:0,1,2,3,7, all zero.
        List<PcrValue> values = [new(TpmAlgId.Sha1, 0, new byte[20])];
        values.AddRange(((int[])[0, 1, 2, 3, 7]).Select(pcr => new PcrValue(TpmAlgId.Sha256, pcr, new byte[32])));

        Convert.ToHexString(PcrValue.ComputeDigest(values, TpmAlgId.Sha256))
            .Should().Be("10B2A66888C58A54B277FE2E68FB6E87150C3CD2C537B7F6A2D84559017438C7");
    }

    [Theory]
    [InlineData(TpmAlgId.Sha1, "A9993E364706816ABA3E25717850C26C9CD0D89D")]
    [InlineData(TpmAlgId.Sha256, "BA7816BF8F01CFEA414140DE5DAE2223B00361A396177A9CB410FF61F20015AD")]
    public void Values_are_hashed_one_after_the_other(TpmAlgId algorithm, string digest)
    {
        // FIPS 180's "abc", in three values.
        PcrValue[] values = [new(TpmAlgId.Sha256, 0, "a"u8.ToArray()), new(TpmAlgId.Sha256, 1, "b"u8.ToArray()), new(TpmAlgId.Sha1, 0, "c"u8.ToArray())];

        Convert.ToHexString(PcrValue.ComputeDigest(values, algorithm)).Should().Be(digest);
    }

    [Theory]
    [InlineData(TpmAlgId.Null)]
    [InlineData(TpmAlgId.Sm3_256)]
    [InlineData((TpmAlgId)0xFFFF)]
    public void A_hash_algorithm_that_is_none_is_misuse(TpmAlgId algorithm)
    {
        Action compute = () => PcrValue.ComputeDigest([], algorithm);

        compute.Should().Throw<ArgumentOutOfRangeException>();
    }

    [Fact]
    public void Values_are_equal_by_their_bytes()
    {
        PcrValue value = new(TpmAlgId.Sha256, 7, new byte[] { 1, 2 });

        value.Should().Be(new PcrValue(TpmAlgId.Sha256, 7, new byte[] { 1, 2 }));
        value.GetHashCode().Should().Be(new PcrValue(TpmAlgId.Sha256, 7, new byte[] { 1, 2 }).GetHashCode());
        value.Should().NotBe(new PcrValue(TpmAlgId.Sha256, 7, new byte[] { 1, 3 }));
        value.Should().NotBe(new PcrValue(TpmAlgId.Sha256, 8, new byte[] { 1, 2 }));
        value.Should().NotBe(new PcrValue(TpmAlgId.Sha1, 7, new byte[] { 1, 2 }));
        value.ToString().Should().Be("sha256:7 = 0102");
    }
}
