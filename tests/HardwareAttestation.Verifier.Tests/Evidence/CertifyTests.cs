using HardwareAttestation.Protocol;
using HardwareAttestation.Structures;
using HardwareAttestation.Wire;

namespace HardwareAttestation.Verifier.Tests.Evidence;

/// <summary>Certifications of an application's key.</summary>
public sealed class CertifyTests : AttestationContract
{
    private const TpmaObject SigningKey = TpmaObject.FixedTpm | TpmaObject.FixedParent | TpmaObject.SensitiveDataOrigin | TpmaObject.UserWithAuth | TpmaObject.Sign;
    private const TpmaObject DecryptionKey = (SigningKey & ~TpmaObject.Sign) | TpmaObject.Decrypt;
    private static readonly byte[] Parent = [0x00, 0x0B, .. Enumerable.Repeat((byte)7, 32)];
    private static readonly TpmtPublic Application = Create(SigningKey);

    public CertifyTests()
        : base(0x8017)
    {
    }

    private protected override byte[] Body => BodyOf(Application);

    [Fact]
    public void The_key_is_given_out_when_it_is_verified()
    {
        CertifyResult result = Certify(Application);

        result.Verdict.ShouldBeVerified();
        result.Key.Should().Be(Application);
    }

    [Fact]
    public void A_decryption_key_is_verified_where_one_is_expected()
    {
        Certify(Create(DecryptionKey), ApplicationKeyUsage.Decrypt).Verdict.ShouldBeVerified();
    }

    [Theory]
    [InlineData(TpmaObject.FixedTpm, CheckIds.CertifiedFixedTpm)]
    [InlineData(TpmaObject.FixedParent, CheckIds.CertifiedFixedParent)]
    [InlineData(TpmaObject.SensitiveDataOrigin, CheckIds.CertifiedSensitiveDataOrigin)]
    [InlineData(TpmaObject.Sign, CheckIds.CertifiedUsage)]
    public void A02_KeyWithoutAnAttributeThatItNeeds_IsRefused(TpmaObject missing, string check) =>
        ShouldBeRefused(Certify(Create(SigningKey & ~missing)), check);

    [Fact]
    public void A02_RestrictedKey_IsRefused()
    {
        ShouldBeRefused(Certify(Create(SigningKey | TpmaObject.Restricted)), CheckIds.CertifiedRestricted);
        ShouldBeRefused(Certify(Create(DecryptionKey | TpmaObject.Restricted), ApplicationKeyUsage.Decrypt), CheckIds.CertifiedRestricted);
    }

    [Fact]
    public void A02_KeyForAnotherUsageOrForBoth_IsRefused()
    {
        ShouldBeRefused(Certify(Create(DecryptionKey)), CheckIds.CertifiedUsage);
        ShouldBeRefused(Certify(Application, ApplicationKeyUsage.Decrypt), CheckIds.CertifiedUsage);
        foreach (ApplicationKeyUsage usage in new[] { ApplicationKeyUsage.Sign, ApplicationKeyUsage.Decrypt })
        {
            ShouldBeRefused(Certify(Create(SigningKey | TpmaObject.Decrypt), usage), CheckIds.CertifiedUsage);
        }
    }

    [Fact]
    public void A_usage_that_is_none_is_misuse_and_that_of_a_key_for_signatures_need_not_be_said()
    {
        default(ApplicationKeyUsage).Should().Be(ApplicationKeyUsage.None);
        foreach (ApplicationKeyUsage usage in new[] { ApplicationKeyUsage.None, (ApplicationKeyUsage)3 })
        {
            FluentActions.Invoking(() => new CertifyExpectation { AttestationKey = Key.Public, Nonce = Nonce, Usage = usage })
                .Should().Throw<ArgumentException>().WithMessage($"*for Sign or Decrypt, and {usage} is neither*");
        }

        new CertifyExpectation { AttestationKey = Key.Public, Nonce = Nonce }.Usage.Should().Be(ApplicationKeyUsage.Sign);
    }

    [Fact]
    public void A03_CertificationOfAnotherKey_IsRefused()
    {
        TpmtPublic other = Create(SigningKey);

        ShouldBeRefused(Certify(Application, body: BodyOf(other)), CheckIds.CertifiedName);
        ShouldBeRefused(Certify(Application, body: AttestedBodies.Certify([], [])), CheckIds.CertifiedName);
        ShouldBeRefused(
            Certify(Application, body: AttestedBodies.Certify(Key.Public.ComputeName().Bytes.ToArray(), Right.QualifiedSigner)),
            CheckIds.CertifiedName);
    }

    [Fact]
    public void A03_PublicAreaWithBetterAttributesThanTheCertifiedKey_IsRefused()
    {
        TpmtPublic movable = Create(SigningKey & ~TpmaObject.FixedTpm);
        TpmtPublic presented = new(movable.NameAlg, SigningKey, movable.AuthPolicy.Span, movable.Parameters, movable.Unique);

        ShouldBeRefused(Certify(presented, body: BodyOf(movable)), CheckIds.CertifiedName);
    }

    [Theory]
    [InlineData(TpmAlgId.Sha1)]
    [InlineData(TpmAlgId.Null)]
    [InlineData((TpmAlgId)0x1234)]
    public void A04_WeakOrUnknownNameAlg_IsRefused(TpmAlgId nameAlg)
    {
        TpmtPublic key = new(nameAlg, SigningKey, [], Application.Parameters, Application.Unique);

        ShouldBeRefused(Certify(key, body: BodyOf(Application)), CheckIds.CertifiedNameAlg);
    }

    [Fact]
    public void A07_A08_KeyWhoseNumbersAreNotThoseOfAKey_IsRefused()
    {
        TpmtPublic offCurve = new(TpmAlgId.Sha256, SigningKey, [], Application.Parameters, new TpmsEccPoint(new byte[32], new byte[32]));
        TpmtPublic weak = new(
            TpmAlgId.Sha256, SigningKey, [], new TpmsRsaParms(TpmtSymDef.Null, TpmtScheme.Null, 2048, 3), new Tpm2bPublicKeyRsa(new byte[256]));

        ShouldBeRefused(Certify(offCurve), CheckIds.CertifiedKey);
        ShouldBeRefused(Certify(weak), CheckIds.CertifiedKey);
    }

    [Fact]
    public void A14_KeyUnderAnotherParent_IsRefused()
    {
        Certify(Application, parent: new TpmName(Parent)).Verdict.ShouldBeVerified();

        byte[] otherParent = [.. Parent[..^1], 8];
        ShouldBeRefused(Certify(Application, parent: new TpmName(otherParent)), CheckIds.CertifiedQualifiedName);
        ShouldBeRefused(Certify(Application, parent: new TpmName([0x40, 0, 0, 0x0B])), CheckIds.CertifiedQualifiedName);
    }

    [Fact]
    public void A17_MalformedPublicArea_IsRefused()
    {
        byte[] right = Application.EncodeSized();
        for (int length = 0; length < right.Length; length++)
        {
            ShouldBeRefused(Certify(right[..length], Body), CheckIds.CertifiedForm);
        }

        ShouldBeRefused(Certify([.. right, 0], Body), CheckIds.CertifiedForm);
        ShouldBeRefused(Certify(new byte[1024 * 1024], Body), CheckIds.CertifiedForm);
    }

    [Fact]
    public void A_qualified_Name_says_the_whole_way_from_the_hierarchy()
    {
        TpmtPublic parent = Create(DecryptionKey | TpmaObject.Restricted);
        byte[] primary = Qualify([0x40, 0, 0, 0x01], parent);

        QualifiedName.OfPrimary(TpmHandle.Owner, parent).Bytes.ToArray().Should().Equal(primary);
        QualifiedName.OfChild(new TpmName(primary), Application).Bytes.ToArray().Should().Equal(Qualify(primary, Application));
    }

    private protected override Outcome Verify(TpmtPublic key, byte[] nonce, TpmName? qualifiedSigner, byte[] attest, byte[] signature, TpmsClockInfo? last = null)
    {
        CertifyResult result = EvidenceVerifier.VerifyCertify(
            new CertifyExpectation { AttestationKey = key, Nonce = nonce, QualifiedSigner = qualifiedSigner, LastClockInfo = last },
            Application.EncodeSized(),
            attest,
            signature);
        return OutcomeOf(result);
    }

    private static Outcome OutcomeOf(CertifyResult result) => new(result.Verdict, result.Attested, result.Key is not null);

    private static void ShouldBeRefused(CertifyResult result, string check) => ShouldBeRefused(OutcomeOf(result), check);

    private static TpmtPublic Create(TpmaObject attributes)
    {
        using SoftwareKey key = SoftwareKey.Create(attributes: attributes);
        return key.Public;
    }

    private static byte[] BodyOf(TpmtPublic key) => AttestedBodies.Certify(AttestedBodies.NameOf(key.Encoded.Span), Qualify(Parent, key));

    private static byte[] Qualify(byte[] parent, TpmtPublic key) => AttestedBodies.NameOf([.. parent, .. AttestedBodies.NameOf(key.Encoded.Span)]);

    private CertifyResult Certify(
        TpmtPublic key, ApplicationKeyUsage usage = ApplicationKeyUsage.Sign, TpmName? parent = null, byte[]? body = null) =>
        Certify(key.EncodeSized(), body ?? BodyOf(key), usage, parent);

    private CertifyResult Certify(byte[] publicArea, byte[] body, ApplicationKeyUsage usage = ApplicationKeyUsage.Sign, TpmName? parent = null)
    {
        byte[] attest = (Right with { Body = body }).ToArray();
        return EvidenceVerifier.VerifyCertify(
            new CertifyExpectation { AttestationKey = Key.Public, Nonce = Nonce, Usage = usage, ParentQualifiedName = parent },
            publicArea,
            attest,
            Key.Sign(attest));
    }
}
