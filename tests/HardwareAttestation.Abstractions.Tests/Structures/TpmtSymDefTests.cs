using HardwareAttestation.Structures;
using HardwareAttestation.Wire;

namespace HardwareAttestation.Abstractions.Tests.Structures;

public sealed class TpmtSymDefTests : TpmStructureContract<TpmtSymDef>
{
    protected override IReadOnlyList<string> Vectors => ["0010", "000600800043", "000601000043", "001300800043", "002601000010", "0003007000" + "43"];

    [Fact]
    public void Ciphers_are_read()
    {
        Parse("0010").Should().Be(TpmtSymDef.Null);
        Parse("000600800043").Should().Be(TpmtSymDef.Aes128Cfb);
        Parse("000601000043").Should().Be(TpmtSymDef.Aes256Cfb);
        Parse("001300800043").Should().Be(new TpmtSymDef(TpmAlgId.Sm4, 128, TpmAlgId.Cfb));
    }

    [Fact]
    public void No_definition_at_all_is_that_of_no_cipher()
    {
        default(TpmtSymDef).Should().Be(TpmtSymDef.Null);
        default(TpmtSymDef).Algorithm.Should().Be(TpmAlgId.Null);
        default(TpmtSymDef).GetHashCode().Should().Be(TpmtSymDef.Null.GetHashCode());
        default(TpmtSymDef).Encode().Should().Equal(0x00, 0x10);
        new TpmtSymDef(TpmAlgId.None, 0, TpmAlgId.None).Should().Be(TpmtSymDef.Null);
        (TpmtSymDef.Aes128Cfb with { KeyBits = 192 }).Should().NotBe(TpmtSymDef.Aes128Cfb);
    }

    [Theory]
    [InlineData("0000", "TPMT_SYM_DEF.algorithm 0x0000 is not a symmetric cipher of TPM 2.0.")]
    [InlineData("0001", "TPMT_SYM_DEF.algorithm 0x0001 is not a symmetric cipher of TPM 2.0.")]
    [InlineData("00060080", "TPMT_SYM_DEF.mode needs 2 bytes at offset 4, and only 0 are left.")]
    [InlineData("000600", "TPMT_SYM_DEF.keyBits needs 2 bytes at offset 2, and only 1 are left.")]
    public void What_is_not_a_cipher_is_refused(string hex, string message)
    {
        RefusalOf(hex).Should().Be(message);
    }
}

public sealed class TpmtSchemeTests : TpmStructureContract<TpmtScheme>
{
    protected override IReadOnlyList<string> Vectors =>
        ["0010", "0015", "0014000B", "0016000C", "00170004", "0018000B", "0019000B", "001A000B0007", "001B0012", "001C000B", "001D000B",
            "0005000B", "0007000B", "0020000B", "0021000B", "0022000B"];

    [Fact]
    public void Schemes_are_read()
    {
        Parse("0010").Should().Be(TpmtScheme.Null);
        Parse("0015").Should().Be(new TpmtScheme(TpmAlgId.RsaEs));
        Parse("0014000B").Should().Be(new TpmtScheme(TpmAlgId.RsaSsa, TpmAlgId.Sha256));
        Parse("001A000B0007").Should().Be(new TpmtScheme(TpmAlgId.EcDaa, TpmAlgId.Sha256, 7));
    }

    [Fact]
    public void No_scheme_at_all_is_the_null_scheme()
    {
        default(TpmtScheme).Should().Be(TpmtScheme.Null);
        default(TpmtScheme).Scheme.Should().Be(TpmAlgId.Null);
        default(TpmtScheme).GetHashCode().Should().Be(TpmtScheme.Null.GetHashCode());
        default(TpmtScheme).Encode().Should().Equal(0x00, 0x10);
        new TpmtScheme(TpmAlgId.None).Should().Be(TpmtScheme.Null);
        new TpmtScheme(TpmAlgId.RsaPss, TpmAlgId.Sha256).Should().NotBe(new TpmtScheme(TpmAlgId.RsaPss, TpmAlgId.Sha384));
        new TpmtScheme(TpmAlgId.EcDaa, TpmAlgId.Sha256, 1).Should().NotBe(new TpmtScheme(TpmAlgId.EcDaa, TpmAlgId.Sha256, 2));
    }

    [Theory]
    [InlineData("0000", "0x0000 is not a signature, encryption or key derivation scheme of TPM 2.0.")]
    [InlineData("000B", "0x000B is not a signature, encryption or key derivation scheme of TPM 2.0.")]
    [InlineData("0014", "scheme.hashAlg needs 2 bytes at offset 2, and only 0 are left.")]
    [InlineData("001A000B00", "scheme.count needs 2 bytes at offset 4, and only 1 are left.")]
    public void What_is_not_a_scheme_is_refused(string hex, string message)
    {
        RefusalOf(hex).Should().Be(message);
    }
}
