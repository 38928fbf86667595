using HardwareAttestation.Protocol;
using HardwareAttestation.Structures;

namespace HardwareAttestation.Verifier.Tests.Evidence;

/// <summary>
/// What holds for every kind of attestation but quotes, as an attacker with the signing key could send them: each is signed correctly, so that what it
/// says has to refuse it.
/// </summary>
public abstract class AttestationContract : IDisposable
{
    private protected static readonly byte[] Nonce = [.. Enumerable.Range(1, 32).Select(i => (byte)i)];

    private protected AttestationContract(int type)
    {
        Type = (ushort)type;
        Key = SoftwareKey.Create();
    }

    public static TheoryData<string> WrongNonces => QuoteTests.WrongNonces;

    private protected ushort Type { get; }

    /// <summary>The attestation key.</summary>
    private protected SoftwareKey Key { get; }

    /// <summary>A right body.</summary>
    private protected abstract byte[] Body { get; }

    /// <summary>The check of clock and boot counters.</summary>
    private protected virtual string ClockCheck => CheckIds.AttestationClock;

    /// <summary>The clock and boot counters that a right attestation tells.</summary>
    private protected virtual TpmsClockInfo LastClock => Right.Clock;

    private protected ForgedQuote Right => new() { Type = Type, Nonce = Nonce, Body = Body };

    public void Dispose()
    {
        Key.Dispose();
        GC.SuppressFinalize(this);
    }

    [Theory]
    [MemberData(nameof(SoftwareKey.Kinds), MemberType = typeof(SoftwareKey))]
    public void A_right_attestation_is_verified(string kind)
    {
        using SoftwareKey key = SoftwareKey.Create(kind);
        byte[] attest = Right.ToArray();

        Outcome outcome = Verify(key.Public, Nonce, null, attest, key.Sign(attest));

        outcome.Verdict.ShouldBeVerified();
        outcome.Exposes.Should().BeTrue();
        outcome.Attested!.ClockInfo.Should().Be(Right.Clock);
    }

    [Theory]
    [InlineData(0x00000000u)]
    [InlineData(0x474354FFu)]
    [InlineData(0xFF544346u)]
    public void A11_WrongMagic_IsRefused(uint magic) => Refused(Right with { Magic = magic }, CheckIds.AttestationMagic);

    [Fact]
    public void A12_AttestationOfAnotherType_IsRefused()
    {
        foreach (int type in AttestedBodies.Types.Except([Type]))
        {
            Refused(Right with { Type = (ushort)type, Body = AttestedBodies.Of(type) }, CheckIds.AttestationType);
        }
    }

    [Theory]
    [MemberData(nameof(WrongNonces))]
    public void A13_WrongNonce_IsRefused(string nonce) => Refused(Right with { Nonce = Convert.FromHexString(nonce) }, CheckIds.AttestationNonce);

    [Fact]
    public void A13_EmptyNonceWhereNoneIsExpected_IsRefused()
    {
        byte[] attest = (Right with { Nonce = [] }).ToArray();

        ShouldBeRefused(Verify(Key.Public, [], null, attest, Key.Sign(attest)), CheckIds.AttestationNonce);
    }

    [Fact]
    public void A14_AttestationByAnotherKey_IsRefused()
    {
        using SoftwareKey other = SoftwareKey.Create();
        byte[] attest = Right.ToArray();

        ShouldBeRefused(Verify(Key.Public, Nonce, null, attest, other.Sign(attest)), CheckIds.SignatureValid);
    }

    [Fact]
    public void A14_OtherQualifiedSigner_IsRefused()
    {
        byte[] attest = Right.ToArray();
        byte[] signer = Right.QualifiedSigner;
        Verify(Key.Public, Nonce, new TpmName(signer), attest, Key.Sign(attest)).Verdict.ShouldBeVerified();

        foreach (byte[] wrong in (byte[][])[[0x00, 0x0B, .. new byte[31], 1], [], signer[..^1]])
        {
            attest = (Right with { QualifiedSigner = wrong }).ToArray();
            ShouldBeRefused(Verify(Key.Public, Nonce, new TpmName(signer), attest, Key.Sign(attest)), CheckIds.AttestationSigner);
        }
    }

    [Fact]
    public void A21_AttestationOfAnEarlierBoot_IsRefused()
    {
        byte[] attest = Right.ToArray();
        TpmsClockInfo later = LastClock with { ResetCount = LastClock.ResetCount + 1 };

        Verify(Key.Public, Nonce, null, attest, Key.Sign(attest), LastClock).Verdict.OutcomeOf(ClockCheck).Should().Be(FindingOutcome.Passed);
        ShouldBeRefused(Verify(Key.Public, Nonce, null, attest, Key.Sign(attest), later), ClockCheck);
    }

    [Fact]
    public void A01_AttestationByAKeyThatIsNotRestricted_IsRefused()
    {
        using SoftwareKey key = SoftwareKey.Create(attributes: SoftwareKey.UsualAttributes & ~TpmaObject.Restricted);
        byte[] attest = Right.ToArray();

        ShouldBeRefused(Verify(key.Public, Nonce, null, attest, key.Sign(attest)), CheckIds.AkRestricted);
    }

    [Fact]
    public void A17_AttestationTruncatedAtAnyLength_IsRefused()
    {
        byte[] attest = Right.ToArray();
        for (int length = 0; length < attest.Length; length++)
        {
            byte[] cut = attest[..length];
            ShouldBeRefused(Verify(Key.Public, Nonce, null, cut, Key.Sign(cut)), CheckIds.EvidenceForm);
        }
    }

    [Fact]
    public void A17_TrailingBytes_AreRefused() => Refused(Right with { Tail = [0] }, CheckIds.EvidenceForm);

    [Fact]
    public void A17_MegabyteOfAttest_IsRefused() => Refused(Right with { Tail = new byte[1024 * 1024] }, CheckIds.EvidenceForm);

    [Fact]
    public void A17_MalformedSignature_IsRefused() =>
        ShouldBeRefused(Verify(Key.Public, Nonce, null, Right.ToArray(), [0x00, 0x18]), CheckIds.EvidenceForm);

    [Fact]
    public void A22_ChangedAttestation_IsRefusedByItsSignatureAlone()
    {
        byte[] attest = Right.ToArray();
        byte[] signature = Key.Sign(attest);
        for (int position = 0; position < attest.Length; position++)
        {
            byte[] changed = [.. attest];
            changed[position] ^= 0x10;
            ShouldBeRefused(Verify(Key.Public, Nonce, null, changed, signature), CheckIds.SignatureValid);
        }
    }

    private protected abstract Outcome Verify(TpmtPublic key, byte[] nonce, TpmName? qualifiedSigner, byte[] attest, byte[] signature, TpmsClockInfo? last = null);

    private protected Outcome Verify(ForgedQuote attestation)
    {
        byte[] attest = attestation.ToArray();
        return Verify(Key.Public, Nonce, null, attest, Key.Sign(attest));
    }

    private protected void Refused(ForgedQuote attestation, string check) => ShouldBeRefused(Verify(attestation), check);

    private protected static void ShouldBeRefused(Outcome outcome, params string[] checks)
    {
        outcome.Verdict.ShouldBeRefusedBy(checks);
        outcome.Attested.Should().BeNull("an attestation that is refused exposes nothing");
        outcome.Exposes.Should().BeFalse("an attestation that is refused exposes nothing");
    }

    /// <summary>What a verification came to, and whether its result gives out what was attested.</summary>
    private protected sealed record Outcome(Verdict Verdict, TpmsAttest? Attested, bool Exposes);
}
