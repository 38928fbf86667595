using System.Globalization;
using System.Numerics;
using HardwareAttestation.Protocol;
using HardwareAttestation.Structures;

namespace HardwareAttestation.Verifier.Tests.Evidence;

/// <summary>Public areas of attestation keys, and the ones that no TPM should be believed with.</summary>
public sealed class AttestationKeyTests
{
    private static readonly BigInteger P256Prime = Hex("FFFFFFFF00000001000000000000000000000000FFFFFFFFFFFFFFFFFFFFFFFF");
    private static readonly BigInteger P256B = Hex("5AC635D8AA3A93E7B3EBBD55769886BC651D06B0CC53B0F63BCE3C3E27D2604B");

    [Theory]
    [MemberData(nameof(SoftwareKey.Kinds), MemberType = typeof(SoftwareKey))]
    public void A_restricted_signing_key_that_never_leaves_its_TPM_is_verified(string kind)
    {
        using SoftwareKey key = SoftwareKey.Create(kind);

        EvidenceVerifier.VerifyAttestationKey(key.Public).ShouldBeVerified();
    }

    [Fact]
    public void A01_KeyThatIsNotRestricted_IsRefused()
    {
        using SoftwareKey key = SoftwareKey.Create(attributes: SoftwareKey.UsualAttributes & ~TpmaObject.Restricted);

        EvidenceVerifier.VerifyAttestationKey(key.Public).ShouldBeRefusedBy(CheckIds.AkRestricted);
    }

    [Theory]
    [InlineData(TpmaObject.FixedTpm, CheckIds.AkFixedTpm)]
    [InlineData(TpmaObject.FixedParent, CheckIds.AkFixedParent)]
    [InlineData(TpmaObject.SensitiveDataOrigin, CheckIds.AkSensitiveDataOrigin)]
    [InlineData(TpmaObject.Sign, CheckIds.AkSign)]
    [InlineData(TpmaObject.Decrypt, CheckIds.AkDecrypt)]
    public void A02_WrongAttribute_IsRefusedByAFindingOfItsOwn(TpmaObject attribute, string check)
    {
        using SoftwareKey key = SoftwareKey.Create(attributes: SoftwareKey.UsualAttributes ^ attribute);

        EvidenceVerifier.VerifyAttestationKey(key.Public).ShouldBeRefusedBy(check);
    }

    [Fact]
    public void A02_EveryWrongAttribute_IsRefusedAtOnce()
    {
        using SoftwareKey key = SoftwareKey.Create(attributes: TpmaObject.Decrypt);

        EvidenceVerifier.VerifyAttestationKey(key.Public).ShouldBeRefusedBy(
            CheckIds.AkRestricted,
            CheckIds.AkSign,
            CheckIds.AkDecrypt,
            CheckIds.AkFixedTpm,
            CheckIds.AkFixedParent,
            CheckIds.AkSensitiveDataOrigin);
    }

    [Theory]
    [InlineData(TpmAlgId.Sha1)]
    [InlineData(TpmAlgId.Null)]
    [InlineData(TpmAlgId.None)]
    [InlineData(TpmAlgId.Sm3_256)]
    [InlineData(TpmAlgId.Rsa)]
    [InlineData((TpmAlgId)0xFFFF)]
    public void A04_NameAlgThatIsNotSha2_IsRefused(TpmAlgId nameAlg)
    {
        using SoftwareKey key = SoftwareKey.Create(nameAlg: nameAlg);

        EvidenceVerifier.VerifyAttestationKey(key.Public).ShouldBeRefusedBy(CheckIds.AkNameAlg);
    }

    [Theory]
    [InlineData(3u)]
    [InlineData(65536u)]
    [InlineData(65539u)]
    [InlineData(1u)]
    [InlineData(uint.MaxValue)]
    public void A07_RsaKeyWithForeignExponent_IsRefused(uint exponent) =>
        JudgeRsa(exponent: exponent).ShouldBeRefusedBy(CheckIds.AkKey);

    [Fact]
    public void An_RSA_key_that_names_the_usual_exponent_is_verified() => JudgeRsa(exponent: 65537).ShouldBeVerified();

    [Fact]
    public void A07_EvenModulus_IsRefused() => JudgeRsa(modulus => modulus[^1] &= 0xFE).ShouldBeRefusedBy(CheckIds.AkKey);

    [Fact]
    public void A07_ModulusWithoutItsHighestBit_IsRefused() => JudgeRsa(modulus => modulus[0] &= 0x7F).ShouldBeRefusedBy(CheckIds.AkKey);

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(128)]
    [InlineData(255)]
    [InlineData(257)]
    [InlineData(512)]
    public void A07_ModulusOfAnotherLengthThanClaimed_IsRefused(int length)
    {
        byte[] modulus = new byte[length];
        modulus.AsSpan().Fill(0xFF);

        JudgeRsa(modulus).ShouldBeRefusedBy(CheckIds.AkKey);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(8)]
    [InlineData(1024)]
    [InlineData(2040)]
    [InlineData(2049)]
    [InlineData(4104)]
    [InlineData(8192)]
    [InlineData(65528)]
    public void A07_RsaKeyOfAnotherSizeThanAccepted_IsRefused(int bits)
    {
        byte[] modulus = new byte[bits / 8];
        modulus.AsSpan().Fill(0xFF);

        // TPMT_PUBLIC of 4 KiB and more cannot be written at all: that one claims the size only.
        JudgeRsa(modulus.Length <= TpmuPublicId.MaximumModulusSize ? modulus : [0xFF], (ushort)bits).ShouldBeRefusedBy(CheckIds.AkKey);
    }

    [Fact]
    public void A08_PointOffTheCurve_IsRefused() => JudgePoint((_, y) => y[^1] ^= 1).ShouldBeRefusedBy(CheckIds.AkKey);

    [Fact]
    public void A08_PointAtZero_IsRefused()
    {
        JudgePoint(new byte[32], new byte[32]).ShouldBeRefusedBy(CheckIds.AkKey);
        JudgePoint([0], [0]).ShouldBeRefusedBy(CheckIds.AkKey);
    }

    [Fact]
    public void A08_EmptyPoint_IsRefused() => JudgePoint([], []).ShouldBeRefusedBy(CheckIds.AkKey);

    [Fact]
    public void A08_CoordinateThatIsNotReduced_IsRefused()
    {
        // x = 0 is on the curve with y² = b. The prime stands for the same x, and is no coordinate.
        BigInteger y = BigInteger.ModPow(P256B, (P256Prime + 1) / 4, P256Prime);
        JudgePoint(new byte[32], Bytes(y)).ShouldBeVerified();
        JudgePoint([], Bytes(y)).ShouldBeVerified();

        JudgePoint(Bytes(P256Prime), Bytes(y)).ShouldBeRefusedBy(CheckIds.AkKey);
    }

    [Fact]
    public void A08_ShortCoordinates_AreRefused() => JudgePoint((x, _) => x[^1] = 0, dropLastByte: true).ShouldBeRefusedBy(CheckIds.AkKey);

    [Fact]
    public void A08_OverLongCoordinates_AreRefused()
    {
        using SoftwareKey key = SoftwareKey.Create();
        var point = (TpmsEccPoint)key.Public.Unique;

        JudgePoint([0, .. point.X.Span], point.Y.ToArray()).ShouldBeRefusedBy(CheckIds.AkKey);
        JudgePoint(point.X.ToArray(), [.. new byte[34], .. point.Y.Span]).ShouldBeRefusedBy(CheckIds.AkKey);
    }

    [Theory]
    [InlineData(TpmEccCurve.None)]
    [InlineData(TpmEccCurve.Sm2P256)]
    [InlineData((TpmEccCurve)0x0001)]
    [InlineData((TpmEccCurve)0x0010)]
    [InlineData((TpmEccCurve)0xFFFF)]
    [InlineData(TpmEccCurve.NistP384)]
    public void A08_OtherCurve_IsRefused(TpmEccCurve curve)
    {
        using SoftwareKey key = SoftwareKey.Create();
        TpmtPublic changed = new(
            key.Public.NameAlg, key.Public.ObjectAttributes, [], (TpmsEccParms)key.Public.Parameters with { CurveId = curve }, key.Public.Unique);

        EvidenceVerifier.VerifyAttestationKey(changed).ShouldBeRefusedBy(CheckIds.AkKey);
    }

    [Theory]
    [InlineData(TpmAlgId.Null, TpmAlgId.None)]
    [InlineData(TpmAlgId.EcDsa, TpmAlgId.Sha1)]
    [InlineData(TpmAlgId.EcDsa, TpmAlgId.Sha3_256)]
    [InlineData(TpmAlgId.EcDsa, TpmAlgId.Null)]
    [InlineData(TpmAlgId.EcDaa, TpmAlgId.Sha256)]
    [InlineData(TpmAlgId.EcSchnorr, TpmAlgId.Sha256)]
    [InlineData(TpmAlgId.RsaSsa, TpmAlgId.Sha256)]
    public void A18_KeyWithoutASchemeThatIsAccepted_IsRefused(TpmAlgId scheme, TpmAlgId hash)
    {
        using SoftwareKey key = SoftwareKey.Create();
        TpmtPublic changed = new(
            key.Public.NameAlg,
            key.Public.ObjectAttributes,
            [],
            (TpmsEccParms)key.Public.Parameters with { Scheme = new TpmtScheme(scheme, hash) },
            key.Public.Unique);

        EvidenceVerifier.VerifyAttestationKey(changed).ShouldBeRefusedBy(CheckIds.AkScheme);
    }

    [Fact]
    public void A_key_that_is_neither_RSA_nor_ECC_is_refused()
    {
        TpmtPublic keyedHash = new(
            TpmAlgId.Sha256,
            SoftwareKey.UsualAttributes,
            [],
            new TpmsKeyedHashParms(new TpmtScheme(TpmAlgId.Hmac, TpmAlgId.Sha256), TpmAlgId.None),
            new Tpm2bDigest(new byte[32]));

        EvidenceVerifier.VerifyAttestationKey(keyedHash).ShouldBeRefusedBy(CheckIds.AkScheme, CheckIds.AkKey);
    }

    private static BigInteger Hex(string hex) => BigInteger.Parse("0" + hex, NumberStyles.HexNumber, CultureInfo.InvariantCulture);

    private static byte[] Bytes(BigInteger number)
    {
        byte[] bytes = number.ToByteArray(isUnsigned: true, isBigEndian: true);
        return [.. new byte[32 - bytes.Length], .. bytes];
    }

    private static Verdict JudgeRsa(Action<byte[]>? change = null, uint exponent = 0)
    {
        using SoftwareKey key = SoftwareKey.Create("rsassa");
        byte[] modulus = ((Tpm2bPublicKeyRsa)key.Public.Unique).Modulus.ToArray();
        change?.Invoke(modulus);
        return JudgeRsa(modulus, 2048, exponent);
    }

    private static Verdict JudgeRsa(byte[] modulus, ushort bits = 2048, uint exponent = 0) => EvidenceVerifier.VerifyAttestationKey(new TpmtPublic(
        TpmAlgId.Sha256,
        SoftwareKey.UsualAttributes,
        [],
        new TpmsRsaParms(TpmtSymDef.Null, new TpmtScheme(TpmAlgId.RsaSsa, TpmAlgId.Sha256), bits, exponent),
        new Tpm2bPublicKeyRsa(modulus)));

    private static Verdict JudgePoint(Action<byte[], byte[]> change, bool dropLastByte = false)
    {
        using SoftwareKey key = SoftwareKey.Create();
        var point = (TpmsEccPoint)key.Public.Unique;
        byte[] x = point.X.ToArray();
        byte[] y = point.Y.ToArray();
        change(x, y);
        return dropLastByte ? JudgePoint(x[..^1], y[..^1]) : JudgePoint(x, y);
    }

    private static Verdict JudgePoint(byte[] x, byte[] y) => EvidenceVerifier.VerifyAttestationKey(new TpmtPublic(
        TpmAlgId.Sha256,
        SoftwareKey.UsualAttributes,
        [],
        new TpmsEccParms(TpmtSymDef.Null, new TpmtScheme(TpmAlgId.EcDsa, TpmAlgId.Sha256), TpmEccCurve.NistP256, TpmtScheme.Null),
        new TpmsEccPoint(x, y)));
}
