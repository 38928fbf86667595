using HardwareAttestation.Protocol;
using HardwareAttestation.Structures;
using HardwareAttestation.Wire;

namespace HardwareAttestation.Verifier.Tests.Evidence;

/// <summary>Certifications of an NV index.</summary>
public sealed class NVCertifyTests : AttestationContract
{
    private const TpmaNV Attributes = TpmaNV.OwnerWrite | TpmaNV.AuthRead | TpmaNV.Written;
    private static readonly byte[] Contents = [.. "Hello, world"u8];
    private static readonly TpmsNVPublic Index = new(new TpmHandle(0x01500010), TpmAlgId.Sha256, Attributes, [], 12);

    public NVCertifyTests()
        : base(0x8014)
    {
    }

    private protected override byte[] Body => BodyOf(Index, 0, Contents);

    [Fact]
    public void The_contents_are_given_out_when_they_are_verified()
    {
        NVCertifyResult result = Certify(Body);

        result.Verdict.ShouldBeVerified();
        result.Contents.ToArray().Should().Equal(Contents);
    }

    [Fact]
    public void A_part_of_an_index_is_verified_where_that_part_was_asked_for()
    {
        Certify(BodyOf(Index, 7, Contents[7..]), offset: 7).Contents.ToArray().Should().Equal("world"u8.ToArray());
        Certify(BodyOf(Index, 7, Contents[7..9]), offset: 7, size: 2).Contents.ToArray().Should().Equal("wo"u8.ToArray());
    }

    [Fact]
    public void Contents_that_are_expected_are_verified() =>
        Certify(Body, contents: Contents).Verdict.ShouldBeVerified();

    [Theory]
    [InlineData(0x01500011, TpmAlgId.Sha256, Attributes, "", 12)]
    [InlineData(0x01500010, TpmAlgId.Sha384, Attributes, "", 12)]
    [InlineData(0x01500010, TpmAlgId.Sha256, Attributes & ~TpmaNV.Written, "", 12)]
    [InlineData(0x01500010, TpmAlgId.Sha256, Attributes | TpmaNV.AuthWrite, "", 12)]
    [InlineData(0x01500010, TpmAlgId.Sha256, Attributes | TpmaNV.WriteLocked, "", 12)]
    [InlineData(0x01500010, TpmAlgId.Sha256, Attributes, "00", 12)]
    [InlineData(0x01500010, TpmAlgId.Sha256, Attributes, "", 13)]
    public void A03_CertificationOfAnotherIndex_IsRefused(uint handle, TpmAlgId nameAlg, TpmaNV attributes, string policy, ushort size)
    {
        TpmsNVPublic other = new(new TpmHandle(handle), nameAlg, attributes, Convert.FromHexString(policy), size);

        ShouldBeRefused(Certify(BodyOf(other, 0, Contents)), CheckIds.NVName);
    }

    [Theory]
    [InlineData(TpmAlgId.Sha1)]
    [InlineData(TpmAlgId.Null)]
    [InlineData((TpmAlgId)0x1234)]
    public void A04_WeakOrUnknownNameAlg_IsRefused(TpmAlgId nameAlg)
    {
        TpmsNVPublic weak = new(Index.NVIndex, nameAlg, Attributes, [], 12);
        byte[] name = new TestWire().U16((int)nameAlg)
            .Raw(TpmHash.HashData(nameAlg == TpmAlgId.Sha1 ? nameAlg : TpmAlgId.Sha256, weak.Encode())).ToArray();

        ShouldBeRefused(Certify(AttestedBodies.NVCertify(name, 0, Contents), index: weak), CheckIds.NVName);
    }

    [Fact]
    public void A15_PartThatWasNotAskedFor_IsRefused()
    {
        ShouldBeRefused(Certify(BodyOf(Index, 0, Contents[..11])), CheckIds.NVRange);
        ShouldBeRefused(Certify(BodyOf(Index, 1, Contents[1..])), CheckIds.NVRange);
        ShouldBeRefused(Certify(BodyOf(Index, 1, Contents)), CheckIds.NVRange);
        ShouldBeRefused(Certify(BodyOf(Index, 0, [])), CheckIds.NVRange);
        ShouldBeRefused(Certify(BodyOf(Index, 0, Contents), offset: 7), CheckIds.NVRange);
        ShouldBeRefused(Certify(BodyOf(Index, 7, Contents[7..]), offset: 7, size: 4), CheckIds.NVRange);
    }

    [Fact]
    public void A_part_that_an_index_cannot_have_is_refused() =>
        ShouldBeRefused(Certify(BodyOf(Index, 13, []), offset: 13), CheckIds.NVRange);

    [Fact]
    public void A16_OtherContentsThanExpected_AreRefused()
    {
        byte[] other = [.. Contents];
        other[^1] ^= 1;

        ShouldBeRefused(Certify(BodyOf(Index, 0, other), contents: Contents), CheckIds.NVContents);
        ShouldBeRefused(Certify(Body, contents: Contents[..11]), CheckIds.NVContents);
        ShouldBeRefused(Certify(Body, contents: Array.Empty<byte>()), CheckIds.NVContents);
    }

    private protected override Outcome Verify(TpmtPublic key, byte[] nonce, TpmName? qualifiedSigner, byte[] attest, byte[] signature, TpmsClockInfo? last = null) => OutcomeOf(
        EvidenceVerifier.VerifyNVCertify(
            new NVCertifyExpectation { AttestationKey = key, Nonce = nonce, QualifiedSigner = qualifiedSigner, LastClockInfo = last, NVPublic = Index }, attest, signature));

    private static Outcome OutcomeOf(NVCertifyResult result) => new(result.Verdict, result.Attested, !result.Contents.IsEmpty);

    private static void ShouldBeRefused(NVCertifyResult result, string check) => ShouldBeRefused(OutcomeOf(result), check);

    private static byte[] BodyOf(TpmsNVPublic index, int offset, byte[] contents)
    {
        byte[] name = new TestWire().U16((int)index.NameAlg).Raw(TpmHash.HashData(index.NameAlg, index.Encode())).ToArray();
        return AttestedBodies.NVCertify(name, offset, contents);
    }

    private NVCertifyResult Certify(
        byte[] body, ushort offset = 0, ushort? size = null, ReadOnlyMemory<byte>? contents = null, TpmsNVPublic? index = null)
    {
        byte[] attest = (Right with { Body = body }).ToArray();
        return EvidenceVerifier.VerifyNVCertify(
            new NVCertifyExpectation
            {
                AttestationKey = Key.Public,
                Nonce = Nonce,
                NVPublic = index ?? Index,
                Offset = offset,
                Size = size,
                Contents = contents,
            },
            attest,
            Key.Sign(attest));
    }
}
