using HardwareAttestation.Structures;

namespace HardwareAttestation.Abstractions.Tests.Structures;

public sealed class TpmtSignatureTests : TpmStructureContract<TpmtSignature>
{
    protected override IReadOnlyList<string> Vectors =>
    [
        TestVectors.EcdsaSignature,
        TestVectors.RsaSsaSignature,
        "0016" + "000C" + "0003" + "010203", // RSAPSS
        "0018" + "000B" + "0000" + "0000",
    ];

    [Fact]
    public void An_ECDSA_signature_is_read()
    {
        TpmsSignatureEcc signature = Parse(TestVectors.EcdsaSignature).Should().BeOfType<TpmsSignatureEcc>().Subject;

        signature.SigAlg.Should().Be(TpmAlgId.EcDsa);
        signature.HashAlg.Should().Be(TpmAlgId.Sha256);
        Convert.ToHexString(signature.SignatureR.Span).Should().Be("528AA914AB38C69310BDCBDCA2719756A17EA26289577596037C467ED6FDA4F7");
        Convert.ToHexString(signature.SignatureS.Span).Should().Be("632F2C71178FD978A7CE36084A3527DCECFD68B1EBD8B25A5016BDE76E97780B");
    }

    [Fact]
    public void An_RSA_signature_is_read()
    {
        TpmsSignatureRsa signature = Parse(TestVectors.RsaSsaSignature).Should().BeOfType<TpmsSignatureRsa>().Subject;

        signature.SigAlg.Should().Be(TpmAlgId.RsaSsa);
        signature.HashAlg.Should().Be(TpmAlgId.Sha256);
        Convert.ToHexString(signature.Sig.Span).Should().HaveLength(512).And.StartWith("797D391A").And.EndWith("9CA063D2");
    }

    [Theory]
    [InlineData("0005000B", "TPMT_SIGNATURE.sigAlg 0x0005 is not RSASSA, RSAPSS or ECDSA.")]
    [InlineData("001A000B", "TPMT_SIGNATURE.sigAlg 0x001A is not RSASSA, RSAPSS or ECDSA.")]
    [InlineData("0010", "TPMT_SIGNATURE.sigAlg 0x0010 is not RSASSA, RSAPSS or ECDSA.")]
    [InlineData("0014000B0201", "TPMS_SIGNATURE_RSA.sig is 513 bytes long, and at most 512 are allowed.")]
    [InlineData("0018000B0043", "TPMS_SIGNATURE_ECC.signatureR is 67 bytes long, and at most 66 are allowed.")]
    [InlineData("0018000B0001AA0043", "TPMS_SIGNATURE_ECC.signatureS is 67 bytes long, and at most 66 are allowed.")]
    public void A_field_that_cannot_be_is_refused_by_its_name(string hex, string message)
    {
        RefusalOf(hex).Should().Be(message);
    }

    [Fact]
    public void A_signature_is_made_from_its_fields()
    {
        new TpmsSignatureRsa(TpmAlgId.RsaPss, TpmAlgId.Sha384, [1, 2, 3]).Encode()
            .Should().Equal(0x00, 0x16, 0x00, 0x0C, 0x00, 0x03, 1, 2, 3);
        new TpmsSignatureEcc(TpmAlgId.EcDsa, TpmAlgId.Sha256, [1], [2]).Encode()
            .Should().Equal(0x00, 0x18, 0x00, 0x0B, 0x00, 0x01, 1, 0x00, 0x01, 2);
    }

    [Fact]
    public void A_signature_is_written_with_its_size_too() =>
        new TpmsSignatureRsa(TpmAlgId.RsaPss, TpmAlgId.Sha384, [1]).EncodeSized().Should().Equal(0x00, 0x07, 0x00, 0x16, 0x00, 0x0C, 0x00, 0x01, 1);

    [Theory]
    [InlineData(TpmAlgId.EcDsa)]
    [InlineData(TpmAlgId.Hmac)]
    [InlineData(TpmAlgId.Null)]
    public void An_RSA_signature_is_by_an_algorithm_of_RSA(TpmAlgId algorithm)
    {
        Action make = () => _ = new TpmsSignatureRsa(algorithm, TpmAlgId.Sha256, [1]);

        make.Should().Throw<ArgumentException>().WithMessage("*is not RSASSA or RSAPSS*");
    }

    [Theory]
    [InlineData(TpmAlgId.RsaSsa)]
    [InlineData(TpmAlgId.EcSchnorr)]
    [InlineData(TpmAlgId.Null)]
    public void An_ECC_signature_is_by_ECDSA(TpmAlgId algorithm)
    {
        Action make = () => _ = new TpmsSignatureEcc(algorithm, TpmAlgId.Sha256, [1], [2]);

        make.Should().Throw<ArgumentException>().WithMessage("*is not ECDSA*");
    }

    [Fact]
    public void A_signature_is_made_no_longer_than_one_is_read()
    {
        Action rsa = () => _ = new TpmsSignatureRsa(TpmAlgId.RsaSsa, TpmAlgId.Sha256, new byte[513]);
        Action r = () => _ = new TpmsSignatureEcc(TpmAlgId.EcDsa, TpmAlgId.Sha256, new byte[67], [1]);
        Action s = () => _ = new TpmsSignatureEcc(TpmAlgId.EcDsa, TpmAlgId.Sha256, [1], new byte[67]);

        rsa.Should().Throw<ArgumentException>().WithMessage("An RSA signature has at most 512 bytes, and 513 were given.*");
        r.Should().Throw<ArgumentException>().WithParameterName("signatureR");
        s.Should().Throw<ArgumentException>().WithParameterName("signatureS");
    }

    [Fact]
    public void Signatures_are_equal_by_their_content()
    {
        TpmtSignature signature = Parse(TestVectors.EcdsaSignature);
        TpmtSignature same = Parse(TestVectors.EcdsaSignature);

        (signature == same).Should().BeTrue();
        signature.GetHashCode().Should().Be(same.GetHashCode());
        (signature != Parse(TestVectors.RsaSsaSignature)).Should().BeTrue();
        Ecc(TpmAlgId.Sha256, [1, 2], [3]).Should().Be(Ecc(TpmAlgId.Sha256, [1, 2], [3]));
        Ecc(TpmAlgId.Sha256, [1, 2], [3]).Should().NotBe(Ecc(TpmAlgId.Sha256, [1], [2, 3]));
        Ecc(TpmAlgId.Sha256, [1, 2], [3]).Should().NotBe(Ecc(TpmAlgId.Sha384, [1, 2], [3]));
        new TpmsSignatureRsa(TpmAlgId.RsaSsa, TpmAlgId.Sha256, [1]).Should().NotBe(new TpmsSignatureRsa(TpmAlgId.RsaPss, TpmAlgId.Sha256, [1]));
        (signature == null).Should().BeFalse();
    }

    private static TpmtSignature Ecc(TpmAlgId hash, byte[] r, byte[] s) => new TpmsSignatureEcc(TpmAlgId.EcDsa, hash, r, s);
}
