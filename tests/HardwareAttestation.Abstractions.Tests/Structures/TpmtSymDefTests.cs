using HardwareAttestation.Structures;

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
