using HardwareAttestation.Structures;
using HardwareAttestation.Wire;

namespace HardwareAttestation.Abstractions.Tests.Structures;

public sealed class TpmtPublicTests : TpmStructureContract<TpmtPublic>
{
    // TPM_ALG_ECC, SHA-256, fixedTPM and sign, no policy, no cipher, ECDAA with SHA-256 and count 5, P-256, KDF1_SP800_108 with SHA-256, no point.
    private const string Ecdaa = "0023000B00040002000000" + "10001A000B00050003" + "0022000B" + "00000000";

    // TPM_ALG_KEYEDHASH, SHA-256, decrypt, no policy, XOR with SHA-256 and KDF1_SP800_108, no unique part.
    private const string Xor = "0008000B00020000000000" + "0A000B00220000";

    // TPM_ALG_KEYEDHASH, SHA-256, no attributes, no policy, no scheme, unique part of two bytes: a sealed object.
    private const string Sealed = "0008000B000000000000" + "0010" + "0002AABB";

    // TPM_ALG_RSA, SHA-1, decrypt, no policy, no cipher, RSAES, 1024 bits, exponent 3, modulus of two bytes.
    private const string Rsaes = "00010004000200000000" + "0010" + "0015" + "0400" + "00000003" + "00020102";

    protected override IReadOnlyList<string> Vectors =>
    [
        TestVectors.RsaEndorsementKey,
        TestVectors.EccEndorsementKey,
        TestVectors.EccAttestationKey,
        TestVectors.RsaAttestationKey,
        TestVectors.HmacKey,
        TestVectors.AesKey,
        Ecdaa,
        Xor,
        Sealed,
        Rsaes,
    ];

    [Fact]
    public void An_RSA_key_is_read()
    {
        TpmtPublic key = Parse(TestVectors.RsaEndorsementKey);

        key.Type.Should().Be(TpmAlgId.Rsa);
        key.NameAlg.Should().Be(TpmAlgId.Sha256);
        key.ObjectAttributes.Should().Be(
            TpmaObject.FixedTpm | TpmaObject.FixedParent | TpmaObject.SensitiveDataOrigin | TpmaObject.AdminWithPolicy
            | TpmaObject.Restricted | TpmaObject.Decrypt);
        Convert.ToHexStringLower(key.AuthPolicy.Span).Should().Be("837197674484b3f81a90cc8d46a5d724fd52d76e06520b64f2a1da1b331469aa");
        key.Parameters.Should().Be(new TpmsRsaParms(TpmtSymDef.Aes128Cfb, TpmtScheme.Null, 2048, 0));
        ReadOnlyMemory<byte> modulus = key.Unique.Should().BeOfType<Tpm2bPublicKeyRsa>().Which.Modulus;
        Convert.ToHexString(modulus.Span).Should().HaveLength(512).And.StartWith("ECAD2090").And.EndWith("EAFF3AD");
    }

    [Fact]
    public void An_ECC_key_is_read()
    {
        TpmtPublic key = Parse(TestVectors.EccAttestationKey);

        key.Type.Should().Be(TpmAlgId.Ecc);
        key.ObjectAttributes.Should().Be((TpmaObject)0x00050072);
        key.AuthPolicy.IsEmpty.Should().BeTrue();
        key.Parameters.Should().Be(
            new TpmsEccParms(TpmtSymDef.Null, new TpmtScheme(TpmAlgId.EcDsa, TpmAlgId.Sha256), TpmEccCurve.NistP256, TpmtScheme.Null));
        TpmsEccPoint point = key.Unique.Should().BeOfType<TpmsEccPoint>().Subject;
        Convert.ToHexString(point.X.Span).Should().Be("F4F8B4221FA2B6606138BECF520DEF220597E8730167FA0359A070F6CDC08FDE");
        Convert.ToHexString(point.Y.Span).Should().Be("E3380CED46CECB74B656780286D88A20E71B729DC02CC02527CC5C18EBC2A001");
    }

    [Fact]
    public void Symmetric_keys_are_read()
    {
        TpmtPublic hmac = Parse(TestVectors.HmacKey);
        TpmtPublic aes = Parse(TestVectors.AesKey);

        hmac.Type.Should().Be(TpmAlgId.KeyedHash);
        hmac.Parameters.Should().Be(new TpmsKeyedHashParms(new TpmtScheme(TpmAlgId.Hmac, TpmAlgId.Sha256), TpmAlgId.None));
        Convert.ToHexString(hmac.Unique.Should().BeOfType<Tpm2bDigest>().Which.Digest.Span).Should().StartWith("97FF3192").And.HaveLength(64);
        aes.Type.Should().Be(TpmAlgId.SymCipher);
        aes.Parameters.Should().Be(new TpmsSymCipherParms(TpmtSymDef.Aes128Cfb));
    }

    [Fact]
    public void Parameters_with_more_fields_than_usual_are_read()
    {
        Parse(Ecdaa).Parameters.Should().Be(new TpmsEccParms(
            TpmtSymDef.Null,
            new TpmtScheme(TpmAlgId.EcDaa, TpmAlgId.Sha256, 5),
            TpmEccCurve.NistP256,
            new TpmtScheme(TpmAlgId.Kdf1Sp800108, TpmAlgId.Sha256)));
        Parse(Xor).Parameters.Should().Be(new TpmsKeyedHashParms(new TpmtScheme(TpmAlgId.Xor, TpmAlgId.Sha256), TpmAlgId.Kdf1Sp800108));
        Parse(Sealed).Parameters.Should().Be(new TpmsKeyedHashParms(TpmtScheme.Null, TpmAlgId.None));
        Parse(Rsaes).Parameters.Should().Be(new TpmsRsaParms(TpmtSymDef.Null, new TpmtScheme(TpmAlgId.RsaEs), 1024, 3));
    }

    [Theory]
    [InlineData("0024" + "000B" + "00000000" + "0000", "TPMT_PUBLIC.type 0x0024 is not a type of key of TPM 2.0.")]
    [InlineData("0023000B" + "00000000" + "0041", "TPMT_PUBLIC.authPolicy is 65 bytes long, and at most 64 are allowed.")]
    [InlineData("0023000B" + "00000000" + "0000" + "0044", "TPMT_SYM_DEF.algorithm 0x0044 is not a symmetric cipher of TPM 2.0.")]
    [InlineData("0023000B" + "00000000" + "0000" + "0010" + "0006", "0x0006 is not a signature, encryption or key derivation scheme of TPM 2.0.")]
    [InlineData("0023000B" + "00000000" + "0000" + "0010" + "0010" + "0003" + "0010" + "0043",
        "TPMS_ECC_POINT.x is 67 bytes long, and at most 66 are allowed.")]
    [InlineData("0001000B" + "00000000" + "0000" + "0010" + "0010" + "0800" + "00000000" + "0201",
        "TPM2B_PUBLIC_KEY_RSA is 513 bytes long, and at most 512 are allowed.")]
    [InlineData("0008000B" + "00000000" + "0000" + "0014", "TPMS_KEYEDHASH_PARMS.scheme 0x0014 is not HMAC, XOR or NULL.")]
    [InlineData("0008000B" + "00000000" + "0000" + "0010" + "0041", "TPMT_PUBLIC.unique is 65 bytes long, and at most 64 are allowed.")]
    public void A_field_that_cannot_be_is_refused_by_its_name(string hex, string message)
    {
        RefusalOf(hex).Should().Be(message);
    }

    [Theory]
    [InlineData(TestVectors.EccAttestationKey, TestVectors.EccAttestationKeyName)]
    [InlineData(TestVectors.RsaAttestationKey, TestVectors.RsaAttestationKeyName)]
    public void The_computed_Name_is_the_one_that_the_TPM_gave(string key, string name)
    {
        Convert.ToHexString(Parse(key).ComputeName().Bytes.Span).Should().Be(name);
    }

    [Theory]
    [InlineData("0010")]
    [InlineData("0012")]
    [InlineData("0000")]
    [InlineData("FFFF")]
    public void A_Name_by_an_unknown_hash_algorithm_is_refused(string nameAlg)
    {
        TpmtPublic key = Parse(TestVectors.EccAttestationKey.Remove(4, 4).Insert(4, nameAlg));
        Action compute = () => key.ComputeName();

        compute.Should().Throw<TpmFormatException>()
            .WithMessage($"TPMT_PUBLIC.nameAlg 0x{nameAlg} is not a hash algorithm that a Name can be computed with here.");
    }

    [Theory]
    [InlineData("0004", 22)]
    [InlineData("000C", 50)]
    [InlineData("000D", 66)]
    public void A_Name_is_as_long_as_its_hash_algorithm_makes_it(string nameAlg, int length)
    {
        TpmName name = Parse(TestVectors.EccAttestationKey.Remove(4, 4).Insert(4, nameAlg)).ComputeName();

        name.Bytes.Length.Should().Be(length);
        name.ToString().Should().StartWith(nameAlg.ToLowerInvariant());
    }

    [Fact]
    public void A_key_is_equal_to_one_of_the_same_bytes_only()
    {
        TpmtPublic key = Parse(TestVectors.EccAttestationKey);
        TpmtPublic same = Parse(TestVectors.EccAttestationKey);

        key.Equals(same).Should().BeTrue();
        key.Equals((object)same).Should().BeTrue();
        key.GetHashCode().Should().Be(same.GetHashCode());
        (key == same).Should().BeTrue();
        (key != Parse(TestVectors.RsaAttestationKey)).Should().BeTrue();
        key.Equals(Parse(TestVectors.RsaAttestationKey)).Should().BeFalse();
        key.Equals(null).Should().BeFalse();
        (key == null).Should().BeFalse();
    }

    [Fact]
    public void A_unique_part_of_another_type_is_misuse()
    {
        TpmsEccParms parameters = new(TpmtSymDef.Null, TpmtScheme.Null, TpmEccCurve.NistP256, TpmtScheme.Null);
        Action rsaUnique = () => _ = new TpmtPublic(TpmAlgId.Sha256, TpmaObject.Sign, [], parameters, new Tpm2bPublicKeyRsa([]));
        Action digestUnique = () => _ = new TpmtPublic(TpmAlgId.Sha256, TpmaObject.Sign, [], parameters, new Tpm2bDigest([]));

        rsaUnique.Should().Throw<ArgumentException>();
        digestUnique.Should().Throw<ArgumentException>();
    }

    [Fact]
    public void Unique_parts_are_equal_by_kind_and_content()
    {
        TpmuPublicId point = new TpmsEccPoint([1, 2], [3]);

        (point == new TpmsEccPoint([1, 2], [3])).Should().BeTrue();
        point.GetHashCode().Should().Be(new TpmsEccPoint([1, 2], [3]).GetHashCode());
        (point != new TpmsEccPoint([1], [2, 3])).Should().BeTrue();
        (point == null).Should().BeFalse();
        new Tpm2bPublicKeyRsa([1]).Should().Be(new Tpm2bPublicKeyRsa([1]));
        new Tpm2bPublicKeyRsa([1]).Should().NotBe(new Tpm2bPublicKeyRsa([2]));
        new Tpm2bDigest([1]).Should().Be(new Tpm2bDigest([1]));
        new Tpm2bDigest([1]).Equals(new Tpm2bPublicKeyRsa([1])).Should().BeFalse();
        Parse(TestVectors.EccAttestationKey).Unique.Should().Be(Parse(TestVectors.EccAttestationKey).Unique);
    }

    [Fact]
    public void A_key_is_made_with_no_longer_fields_than_one_is_read_with()
    {
        TpmtPublic key = Parse(TestVectors.EccAttestationKey);
        Action policy = () => _ = new TpmtPublic(key.NameAlg, key.ObjectAttributes, new byte[65], key.Parameters, key.Unique);
        Action modulus = () => _ = new Tpm2bPublicKeyRsa(new byte[513]);
        Action x = () => _ = new TpmsEccPoint(new byte[67], []);
        Action y = () => _ = new TpmsEccPoint([], new byte[67]);
        Action digest = () => _ = new Tpm2bDigest(new byte[65]);

        policy.Should().Throw<ArgumentException>().WithMessage("A policy has at most 64 bytes, and 65 were given.*");
        modulus.Should().Throw<ArgumentException>().WithParameterName("modulus");
        x.Should().Throw<ArgumentException>().WithParameterName("x");
        y.Should().Throw<ArgumentException>().WithParameterName("y");
        digest.Should().Throw<ArgumentException>().WithParameterName("digest");
    }

    [Fact]
    public void What_was_read_does_not_change_with_the_bytes_that_it_was_read_from()
    {
        byte[] bytes = Convert.FromHexString(TestVectors.EccAttestationKey);
        TpmtPublic key = TpmWire.Parse<TpmtPublic>(bytes);

        Array.Clear(bytes);

        Convert.ToHexString(key.Encode()).Should().Be(TestVectors.EccAttestationKey);
        key.Unique.Should().BeOfType<TpmsEccPoint>().Which.X.Span[0].Should().Be(0xF4);
    }

    // A public area keeps its bytes, so writing it back proves nothing about its fields.
    protected override byte[] Write(TpmtPublic structure) => new TpmtPublic(
        structure.NameAlg, structure.ObjectAttributes, structure.AuthPolicy.Span, structure.Parameters, structure.Unique).Encode();
}
