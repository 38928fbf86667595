using System.Numerics;
using System.Security.Cryptography;
using HardwareAttestation.Protocol;
using HardwareAttestation.Structures;

namespace HardwareAttestation.Verifier.Tests.Evidence;

/// <summary>Signatures of attestation keys.</summary>
public sealed class SignatureTests
{
    private static readonly byte[] Data = "what was signed"u8.ToArray();

    [Theory]
    [MemberData(nameof(SoftwareKey.Kinds), MemberType = typeof(SoftwareKey))]
    public void A_signature_by_the_keys_own_scheme_is_verified(string kind)
    {
        using SoftwareKey key = SoftwareKey.Create(kind);

        EvidenceVerifier.VerifySignature(key.Public, Data, key.Sign(Data)).ShouldBeVerified();
        EvidenceVerifier.VerifySignature(key.Public, [], key.Sign([])).ShouldBeVerified();
    }

    [Theory]
    [MemberData(nameof(SoftwareKey.Kinds), MemberType = typeof(SoftwareKey))]
    public void A22_InvalidSignature_IsRefused(string kind)
    {
        using SoftwareKey key = SoftwareKey.Create(kind);
        using SoftwareKey other = SoftwareKey.Create(kind, index: 1);
        byte[] signature = key.Sign(Data);
        byte[] changed = [.. signature];
        changed[^1] ^= 1;

        EvidenceVerifier.VerifySignature(key.Public, [.. Data, 0], signature).ShouldBeRefusedBy(CheckIds.SignatureValid);
        EvidenceVerifier.VerifySignature(key.Public, Data, changed).ShouldBeRefusedBy(CheckIds.SignatureValid);
        EvidenceVerifier.VerifySignature(other.Public, Data, signature).ShouldBeRefusedBy(CheckIds.SignatureValid);
    }

    [Fact]
    public void A_signature_of_a_key_that_is_not_an_attestation_key_is_refused_though_it_is_valid()
    {
        using SoftwareKey key = SoftwareKey.Create(attributes: SoftwareKey.UsualAttributes & ~TpmaObject.Restricted);

        EvidenceVerifier.VerifySignature(key.Public, Data, key.Sign(Data)).ShouldBeRefusedBy(CheckIds.AkRestricted);
    }

    [Theory]
    [InlineData("p256", TpmAlgId.EcDsa, TpmAlgId.Sha384)]
    [InlineData("p256", TpmAlgId.EcDsa, TpmAlgId.Sha1)]
    [InlineData("p384", TpmAlgId.EcDsa, TpmAlgId.Sha256)]
    [InlineData("rsassa", TpmAlgId.RsaPss, TpmAlgId.Sha256)]
    [InlineData("rsassa", TpmAlgId.RsaSsa, TpmAlgId.Sha512)]
    [InlineData("rsassa", TpmAlgId.RsaSsa, TpmAlgId.Sha1)]
    [InlineData("rsapss", TpmAlgId.RsaSsa, TpmAlgId.Sha256)]
    public void A18_RightSignatureByAnotherSchemeOrHashThanTheKeys_IsRefused(string kind, TpmAlgId scheme, TpmAlgId hash)
    {
        using SoftwareKey key = SoftwareKey.Create(kind);

        EvidenceVerifier.VerifySignature(key.Public, Data, key.Sign(Data, scheme, hash)).ShouldBeRefusedBy(CheckIds.SignatureAlgorithm);
    }

    [Fact]
    public void A18_RsaSignatureForAnEccKeyAndTheReverse_IsRefused()
    {
        using SoftwareKey ecc = SoftwareKey.Create("p256");
        using SoftwareKey rsa = SoftwareKey.Create("rsassa");

        EvidenceVerifier.VerifySignature(ecc.Public, Data, rsa.Sign(Data)).ShouldBeRefusedBy(CheckIds.SignatureAlgorithm);
        EvidenceVerifier.VerifySignature(rsa.Public, Data, ecc.Sign(Data)).ShouldBeRefusedBy(CheckIds.SignatureAlgorithm);
    }

    [Theory]
    [InlineData(0x0010)]
    [InlineData(0x0005)]
    [InlineData(0x001A)]
    [InlineData(0x001B)]
    [InlineData(0x001C)]
    [InlineData(0x0000)]
    [InlineData(0xFFFF)]
    public void A18_SignatureOfAnAlgorithmThatIsNotAccepted_IsRefused(int algorithm)
    {
        using SoftwareKey key = SoftwareKey.Create();
        byte[] signature = [.. new TestWire().U16(algorithm).ToArray(), .. key.Sign(Data)[2..]];

        EvidenceVerifier.VerifySignature(key.Public, Data, signature).ShouldBeRefusedBy(CheckIds.EvidenceForm);
    }

    [Theory]
    [InlineData("rsassa")]
    [InlineData("rsapss")]
    [InlineData("p521")]
    public void A17_SignatureTruncatedAtAnyLengthOrFollowedByBytes_IsRefused(string kind)
    {
        using SoftwareKey key = SoftwareKey.Create(kind);
        byte[] signature = key.Sign(Data);

        for (int length = 0; length < signature.Length; length++)
        {
            EvidenceVerifier.VerifySignature(key.Public, Data, signature.AsSpan(0, length)).ShouldBeRefusedBy(CheckIds.EvidenceForm);
        }

        EvidenceVerifier.VerifySignature(key.Public, Data, [.. signature, 0]).ShouldBeRefusedBy(CheckIds.EvidenceForm);
    }

    [Fact]
    public void A17_SignatureWhoseSizeLies_IsRefused()
    {
        using SoftwareKey key = SoftwareKey.Create("rsassa");
        byte[] huge = new TestWire().U16(0x0014).U16(0x000B).U16(0xFFFF).Raw(new byte[256]).ToArray();

        EvidenceVerifier.VerifySignature(key.Public, Data, huge).ShouldBeRefusedBy(CheckIds.EvidenceForm);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(255)]
    [InlineData(257)]
    [InlineData(512)]
    public void An_RSA_signature_of_another_length_than_the_modulus_is_refused(int length)
    {
        using SoftwareKey key = SoftwareKey.Create("rsassa");
        byte[] signature = new TestWire().U16(0x0014).U16(0x000B).Sized(new byte[length]).ToArray();

        EvidenceVerifier.VerifySignature(key.Public, Data, signature).ShouldBeRefusedBy(CheckIds.SignatureValid);
    }

    [Theory]
    [InlineData("p256")]
    [InlineData("p384")]
    [InlineData("p521")]
    public void Leading_zeros_of_r_and_s_may_be_left_out(string kind)
    {
        using SoftwareKey key = SoftwareKey.Create(kind);
        bool shortR = false;
        bool shortS = false;
        for (int attempt = 0; attempt < 20_000 && !(shortR && shortS); attempt++)
        {
            (byte[] r, byte[] s) = key.SignEcc(Data);
            if (r[0] != 0 && s[0] != 0)
            {
                continue;
            }

            shortR |= r[0] == 0;
            shortS |= s[0] == 0;
            EvidenceVerifier.VerifySignature(key.Public, Data, Ecdsa(key, r, s)).ShouldBeVerified();
            EvidenceVerifier.VerifySignature(key.Public, Data, Ecdsa(key, [.. r.SkipWhile(b => b == 0)], [.. s.SkipWhile(b => b == 0)]))
                .ShouldBeVerified();
        }

        (shortR && shortS).Should().BeTrue("one signature in 256 has a zero in front");
    }

    [Fact]
    public void R_and_s_that_are_over_long_are_refused()
    {
        using SoftwareKey key = SoftwareKey.Create();
        (byte[] r, byte[] s) = key.SignEcc(Data);

        EvidenceVerifier.VerifySignature(key.Public, Data, Ecdsa(key, [0, .. r], s)).ShouldBeRefusedBy(CheckIds.SignatureValid);
        EvidenceVerifier.VerifySignature(key.Public, Data, Ecdsa(key, r, [0, .. s])).ShouldBeRefusedBy(CheckIds.SignatureValid);
        EvidenceVerifier.VerifySignature(key.Public, Data, Ecdsa(key, [.. new byte[34], .. r], s)).ShouldBeRefusedBy(CheckIds.SignatureValid);
        EvidenceVerifier.VerifySignature(key.Public, Data, Ecdsa(key, [.. new byte[35], .. r], s)).ShouldBeRefusedBy(CheckIds.EvidenceForm);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(32)]
    public void R_and_s_of_zero_are_refused(int length)
    {
        using SoftwareKey key = SoftwareKey.Create();
        (byte[] r, byte[] s) = key.SignEcc(Data);
        byte[] zero = new byte[length];

        EvidenceVerifier.VerifySignature(key.Public, Data, Ecdsa(key, zero, s)).ShouldBeRefusedBy(CheckIds.SignatureValid);
        EvidenceVerifier.VerifySignature(key.Public, Data, Ecdsa(key, r, zero)).ShouldBeRefusedBy(CheckIds.SignatureValid);
        EvidenceVerifier.VerifySignature(key.Public, Data, Ecdsa(key, zero, zero)).ShouldBeRefusedBy(CheckIds.SignatureValid);
    }

    [Fact]
    public void R_and_s_of_the_curves_order_are_refused()
    {
        byte[] order = Convert.FromHexString("FFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551");
        using SoftwareKey key = SoftwareKey.Create();
        (byte[] r, byte[] s) = key.SignEcc(Data);

        EvidenceVerifier.VerifySignature(key.Public, Data, Ecdsa(key, order, s)).ShouldBeRefusedBy(CheckIds.SignatureValid);
        EvidenceVerifier.VerifySignature(key.Public, Data, Ecdsa(key, r, order)).ShouldBeRefusedBy(CheckIds.SignatureValid);
    }

    [Theory]
    [InlineData(0, false)]
    [InlineData(1, false)]
    [InlineData(20, false)]
    [InlineData(32, true)]
    [InlineData(222, true)]
    [InlineData(221, false)]
    public void A19_SaltOfRsaPss_IsAsLongAsTheDigestOrAsTheKeyAllows(int saltSize, bool verified)
    {
        using SoftwareKey key = SoftwareKey.Create("rsapss");
        byte[] signature = PssSigner.Sign(Data, HashAlgorithmName.SHA256, saltSize);
        byte[] wire = new TestWire().U16(0x0016).U16(0x000B).Sized(signature).ToArray();

        var verdict = EvidenceVerifier.VerifySignature(key.Public, Data, wire);

        if (verified)
        {
            verdict.ShouldBeVerified();
        }
        else
        {
            verdict.ShouldBeRefusedBy(CheckIds.SignatureValid);
        }
    }

    // The platform does not see these signatures: that they are as long as the key, and below its modulus, is for us to ask.
    [Fact]
    public void A19_LongestSalt_IsVerifiedInNoOtherFormThanTheRightOne()
    {
        const int LongestSalt = 222;
        using SoftwareKey key = SoftwareKey.Create("rsapss");
        BigInteger modulus = new(((Tpm2bPublicKeyRsa)key.Public.Unique).Modulus.Span, isUnsigned: true, isBigEndian: true);
        byte[] signature;
        BigInteger beyond;
        do
        {
            signature = PssSigner.Sign(Data, HashAlgorithmName.SHA256, LongestSalt);
            beyond = modulus + new BigInteger(signature, isUnsigned: true, isBigEndian: true);
        }
        while (beyond.GetByteCount(isUnsigned: true) > signature.Length);
        Verify(signature).ShouldBeVerified();

        foreach (byte[] other in (byte[][])[beyond.ToByteArray(isUnsigned: true, isBigEndian: true), [0, .. signature], signature[..^1], []])
        {
            Verify(other).ShouldBeRefusedBy(CheckIds.SignatureValid);
        }

        Action<byte[]>[] spoils = 
        [
            encoded => encoded[^1] ^= 0x01, encoded => encoded[0] |= 0x80, encoded => encoded[0] ^= 0x02, encoded => encoded[^2] ^= 0x01,
        ];
        foreach (Action<byte[]> spoil in spoils)
        {
            Verify(PssSigner.Sign(Data, HashAlgorithmName.SHA256, LongestSalt, spoil)).ShouldBeRefusedBy(CheckIds.SignatureValid);
        }

        Verdict Verify(byte[] bytes) => EvidenceVerifier.VerifySignature(key.Public, Data, new TestWire().U16(0x0016).U16(0x000B).Sized(bytes).ToArray());
    }

    private static byte[] Ecdsa(SoftwareKey key, byte[] r, byte[] s) =>
        new TestWire().U16(0x0018).U16((int)key.Hash).Sized(r).Sized(s).ToArray();
}
