using HardwareAttestation.Protocol;
using HardwareAttestation.Structures;

namespace HardwareAttestation.Verifier.Tests.Evidence;

/// <summary>Quotes as an attacker with the signing key could send them: each is signed correctly, so that what it says has to refuse it.</summary>
public sealed class QuoteTests : IDisposable
{
    private static readonly byte[] Nonce = [.. Enumerable.Range(1, 32).Select(i => (byte)i)];
    private static readonly ForgedQuote Right = new() { Nonce = Nonce };
    private readonly SoftwareKey _key = SoftwareKey.Create();

    public void Dispose() => _key.Dispose();

    [Theory]
    [MemberData(nameof(SoftwareKey.Kinds), MemberType = typeof(SoftwareKey))]
    public void A_right_quote_is_verified_and_gives_what_it_says(string kind)
    {
        using SoftwareKey key = SoftwareKey.Create(kind);
        ForgedQuote quote = Right with { Hash = key.Hash };

        QuoteResult result = Verify(quote, key: key);

        result.Verdict.ShouldBeVerified();
        result.Attested!.ClockInfo.Should().Be(quote.Clock);
        result.PcrValues.Should().Equal(quote.Values);
    }

    [Fact]
    public void A_quote_over_several_banks_is_verified()
    {
        TpmlPcrSelection selection = TpmlPcrSelection.Parse("sha384:23+sha1:0,1+sha256:0,1,2,3,7,16");

        Verify(Right with { Selection = selection, Values = ForgedQuote.ValuesOf(selection) }, selection).Verdict.ShouldBeVerified();
    }

    [Fact]
    public void A_selection_may_have_another_number_of_octets_on_the_wire()
    {
        byte[] digest = TpmHash.HashData(TpmAlgId.Sha256, [.. Right.Values.SelectMany(value => value.Digest.ToArray())]);
        byte[] body = new TestWire().U32(1).U16(0x000B).U8(1).U8(0x83).Sized(digest).ToArray();

        Verify(Right with { Body = body }).Verdict.ShouldBeVerified();
    }

    [Fact]
    public void A_quote_without_values_is_verified_flagged_and_gives_none()
    {
        byte[] attest = Right.ToArray();
        QuoteExpectation expectation = new() { AttestationKey = _key.Public, Nonce = Nonce, PcrSelection = ForgedQuote.UsualSelection };

        QuoteResult result = EvidenceVerifier.VerifyQuote(expectation, attest, _key.Sign(attest));

        result.Verdict.ShouldBeVerified();
        result.Verdict.Findings.Should().ContainSingle(finding => finding.Outcome == FindingOutcome.Flagged).Which.Check.Should().Be(CheckIds.QuotePcrDigest);
        result.Attested!.Attested.Should().BeOfType<TpmsQuoteInfo>();
        result.PcrValues.Should().BeEmpty();
        EvidenceVerifier.VerifyQuote(expectation, attest, _key.Sign([0])).Verdict.IsVerified.Should().BeFalse();
    }

    [Theory]
    [InlineData(1, 0, 1000, true)]
    [InlineData(1, 0, 999, true)]
    [InlineData(0, 9, 2000, true)]
    [InlineData(1, 0, 1001, false)]
    [InlineData(1, 1, 0, false)]
    [InlineData(2, 0, 0, false)]
    public void A21_ClockOrCountersThatWentBack_AreRefusedWhereTheLastOnesAreKnown(uint resets, uint restarts, ulong clock, bool isRight)
    {
        byte[] attest = Right.ToArray();

        QuoteResult result = VerifyAfter(new TpmsClockInfo(clock, resets, restarts, true), attest);

        result.Verdict.IsVerified.Should().Be(isRight);
        result.Verdict.OutcomeOf(CheckIds.QuoteClock).Should().Be(isRight ? FindingOutcome.Passed : FindingOutcome.Refused);
        VerifyAfter(null, attest).Verdict.Findings.Should().NotContain(finding => finding.Check == CheckIds.QuoteClock);
    }

    [Fact]
    public void A21_ClockThatIsNotSafe_IsFlaggedWhereTheLastOneIsKnown()
    {
        byte[] attest = (Right with { Clock = Right.Clock with { Safe = false } }).ToArray();

        QuoteResult result = VerifyAfter(Right.Clock, attest);

        result.Verdict.ShouldBeVerified();
        result.Verdict.OutcomeOf(CheckIds.QuoteClockSafe).Should().Be(FindingOutcome.Flagged);
    }

    [Theory]
    [InlineData(0x00000000u)]
    [InlineData(0x474354FFu)]
    [InlineData(0xFF544346u)]
    public void A11_WrongMagic_IsRefused(uint magic) => Refused(Right with { Magic = magic }, CheckIds.QuoteMagic);

    public static TheoryData<int> OtherTypes => [.. AttestedBodies.Types.Except([0x8018])];

    [Theory]
    [MemberData(nameof(OtherTypes))]
    public void A12_AttestationOfAnotherType_IsRefused(int type) =>
        Refused(Right with { Type = (ushort)type, Body = AttestedBodies.Of(type) }, CheckIds.QuoteType);

    [Fact]
    public void A12_AttestationThatIsNotWhatItsTypeSays_IsRefused()
    {
        foreach (ushort type in (ushort[])[0x8014, 0x8017, 0x8019, 0x801A])
        {
            Refused(Right with { Type = type }, CheckIds.EvidenceForm);
        }
    }

    public static TheoryData<string> WrongNonces => ["", "00", Convert.ToHexString(Nonce[..31]), Convert.ToHexString([.. Nonce, 0]),
        Convert.ToHexString(new byte[32]), Convert.ToHexString([.. Nonce[1..], 0])];

    [Theory]
    [MemberData(nameof(WrongNonces))]
    public void A13_WrongNonce_IsRefused(string nonce) => Refused(Right with { Nonce = Convert.FromHexString(nonce) }, CheckIds.QuoteNonce);

    [Fact]
    public void A13_EmptyNonceWhereNoneIsExpected_IsRefused()
    {
        byte[] attest = (Right with { Nonce = [] }).ToArray();

        EvidenceVerifier.VerifyQuote(
            new QuoteExpectation { AttestationKey = _key.Public, Nonce = default, PcrSelection = Right.Selection },
            attest,
            _key.Sign(attest),
            Right.Values).Verdict.ShouldBeRefusedBy(CheckIds.QuoteNonce);
    }

    [Fact]
    public void A14_QuoteByAnotherKey_IsRefused()
    {
        using SoftwareKey other = SoftwareKey.Create();
        byte[] attest = Right.ToArray();

        ShouldBeRefused(Verify(attest, other.Sign(attest), Right.Values), CheckIds.SignatureValid);
    }

    [Fact]
    public void A14_OtherQualifiedSigner_IsRefused()
    {
        byte[] attest = Right.ToArray();
        byte[] signer = [.. Right.QualifiedSigner];
        QuoteExpectation expectation = new()
        {
            AttestationKey = _key.Public, Nonce = Nonce, PcrSelection = Right.Selection, QualifiedSigner = new TpmName(signer),
        };
        EvidenceVerifier.VerifyQuote(expectation, attest, _key.Sign(attest), Right.Values).Verdict.ShouldBeVerified();

        foreach (byte[] wrong in (byte[][])[[0x00, 0x0B, .. new byte[31], 1], [0x00, 0x0C, .. new byte[32]], [], [0x40, 0, 0, 0x0B], signer[..^1]])
        {
            attest = (Right with { QualifiedSigner = wrong }).ToArray();
            ShouldBeRefused(EvidenceVerifier.VerifyQuote(expectation, attest, _key.Sign(attest), Right.Values), CheckIds.QuoteSigner);
        }
    }

    [Theory]
    [InlineData("sha256:0,1")]
    [InlineData("sha256:0,1,7,8")]
    [InlineData("sha256:0,1,8")]
    [InlineData("sha1:0,1,7")]
    [InlineData("sha384:0,1,7")]
    [InlineData("sha256:0,1,7+sha1:0")]
    [InlineData("sha1:0+sha256:0,1,7")]
    public void A15_OtherSelection_IsRefused(string quoted)
    {
        TpmlPcrSelection selection = TpmlPcrSelection.Parse(quoted);

        Refused(Right with { Selection = selection, Values = ForgedQuote.ValuesOf(selection) }, CheckIds.QuotePcrSelection);
    }

    [Fact]
    public void A15_EmptySelection_IsRefused()
    {
        Refused(Right with { Selection = new TpmlPcrSelection(), Values = [] }, CheckIds.QuotePcrSelection);
        Refused(Right with { Selection = new TpmlPcrSelection(new TpmsPcrSelection(TpmAlgId.Sha256)), Values = [] }, CheckIds.QuotePcrSelection);
    }

    [Fact]
    public void A15_EmptySelectionWhereNoneIsExpected_IsRefused()
    {
        TpmlPcrSelection none = new();
        TpmlPcrSelection noPcr = new(new TpmsPcrSelection(TpmAlgId.Sha256));

        ShouldBeRefused(Verify(Right with { Selection = none, Values = [] }, none), CheckIds.QuotePcrSelection);
        ShouldBeRefused(Verify(Right with { Selection = noPcr, Values = [] }, noPcr), CheckIds.QuotePcrSelection);
    }

    [Fact]
    public void A15_DuplicatedSelection_IsRefused()
    {
        TpmsPcrSelection bank = Right.Selection[0];
        TpmlPcrSelection twice = new(bank, bank);

        Refused(Right with { Selection = twice, Values = ForgedQuote.ValuesOf(twice) }, CheckIds.QuotePcrSelection);
    }

    [Fact]
    public void A15_SplitSelection_IsRefused()
    {
        TpmlPcrSelection split = new(new TpmsPcrSelection(TpmAlgId.Sha256, 0), new TpmsPcrSelection(TpmAlgId.Sha256, 1, 7));

        Refused(Right with { Selection = split }, CheckIds.QuotePcrSelection);
    }

    [Fact]
    public void A15_BanksInAnotherOrder_AreRefused()
    {
        TpmlPcrSelection asked = TpmlPcrSelection.Parse("sha256:0+sha384:0");
        TpmlPcrSelection swapped = TpmlPcrSelection.Parse("sha384:0+sha256:0");

        ShouldBeRefused(
            Verify(Right with { Selection = swapped, Values = ForgedQuote.ValuesOf(swapped) }, asked), CheckIds.QuotePcrSelection);
    }

    [Fact]
    public void A15_RelabelledPcrValues_AreRefused()
    {
        PcrValue[] values = [.. Right.Values];
        Refused(Right, [values[0], values[1], values[2] with { Pcr = 8 }]);
        Refused(Right, [.. values.Select(value => value with { Bank = TpmAlgId.Sha3_256 })]);
        Refused(Right, [values[0] with { Pcr = 1 }, values[1] with { Pcr = 0 }, values[2]]);
    }

    [Fact]
    public void A15_SelectionWithMoreOctetsThanATpmHas_IsRefused()
    {
        byte[] body = new TestWire().U32(1).U16(0x000B).U8(255).Raw(new byte[255]).Sized(new byte[32]).ToArray();

        Refused(Right with { Body = body }, CheckIds.EvidenceForm);
    }

    [Fact]
    public void A15_Pcr24AndAbove_AreRefused()
    {
        byte[] body = new TestWire().U32(1).U16(0x000B).U8(4).Raw([0x83, 0, 0, 1]).Sized(new byte[32]).ToArray();

        Refused(Right with { Body = body }, CheckIds.QuotePcrSelection);
    }

    [Fact]
    public void A16_PcrValuesOfAnotherDigest_AreRefused()
    {
        PcrValue[] values = [.. Right.Values];
        byte[] changed = values[1].Digest.ToArray();
        changed[0] ^= 1;

        Refused(Right, [values[0], values[1] with { Digest = changed }, values[2]]);
        Refused(Right with { PcrDigest = new byte[32] }, CheckIds.QuotePcrDigest);
        Refused(Right with { PcrDigest = [] }, CheckIds.QuotePcrDigest);
        Refused(Right with { PcrDigest = TpmHash.HashData(TpmAlgId.Sha384, [.. values.SelectMany(value => value.Digest.ToArray())]) }, CheckIds.QuotePcrDigest);
    }

    [Fact]
    public void A16_ValuesMissingExtraOrInAnotherOrder_AreRefused()
    {
        PcrValue[] values = [.. Right.Values];

        Refused(Right, []);
        Refused(Right, values[..2]);
        Refused(Right, values[1..]);
        Refused(Right, [values[1], values[0], values[2]]);
        Refused(Right, [.. values, new PcrValue(TpmAlgId.Sha256, 8, new byte[32])]);
        Refused(Right, [.. values, values[2]]);
        Refused(Right, [.. values, new PcrValue(TpmAlgId.Sha256, 8, default)]);
    }

    [Fact]
    public void A16_NullAmongTheValues_IsRefused()
    {
        PcrValue[] values = [.. Right.Values];

        Refused(Right, [null!, values[1], values[2]]);
        Refused(Right, [values[0], values[1], null!]);
        Refused(Right, [.. values, null!]);
        Refused(Right, [null!]);
    }

    // The digest over all values stays the same where the border between two of them is moved.
    [Fact]
    public void A16_ValuesOfWrongLengthsWithTheRightDigest_AreRefused()
    {
        PcrValue[] values = [.. Right.Values];
        byte[] joined = [.. values.SelectMany(value => value.Digest.ToArray())];

        Refused(Right, [values[0] with { Digest = joined[..31] }, values[1] with { Digest = joined[31..64] }, values[2]]);
        Refused(Right, [values[0] with { Digest = joined }, values[1] with { Digest = default }, values[2] with { Digest = default }]);
    }

    [Fact]
    public void A17_QuoteTruncatedAtAnyLength_IsRefused()
    {
        byte[] attest = Right.ToArray();
        for (int length = 0; length < attest.Length; length++)
        {
            byte[] cut = attest[..length];
            ShouldBeRefused(Verify(cut, _key.Sign(cut), Right.Values), CheckIds.EvidenceForm);
        }
    }

    [Fact]
    public void A17_TrailingBytes_AreRefused() => Refused(Right with { Tail = [0] }, CheckIds.EvidenceForm);

    [Theory]
    [InlineData(2u)]
    [InlineData(17u)]
    [InlineData(0x7FFFFFFFu)]
    [InlineData(0xFFFFFFFFu)]
    public void A17_CountThatLies_IsRefused(uint count)
    {
        byte[] body = new TestWire().U32(count).U16(0x000B).U8(3).Raw([0x83, 0, 0]).Sized(new byte[32]).ToArray();

        Refused(Right with { Body = body }, CheckIds.EvidenceForm);
    }

    [Fact]
    public void A17_OverLongFields_AreRefused()
    {
        Refused(Right with { QualifiedSigner = new byte[67] }, CheckIds.EvidenceForm);
        Refused(Right with { Nonce = new byte[67] }, CheckIds.EvidenceForm);
        Refused(Right with { PcrDigest = new byte[65] }, CheckIds.EvidenceForm);
    }

    [Fact]
    public void A17_MegabyteOfAttest_IsRefused() => Refused(Right with { Tail = new byte[1024 * 1024] }, CheckIds.EvidenceForm);

    [Fact]
    public void A22_ChangedQuote_IsRefusedByItsSignatureAlone()
    {
        byte[] attest = Right.ToArray();
        byte[] signature = _key.Sign(attest);
        for (int position = 0; position < attest.Length; position++)
        {
            byte[] changed = [.. attest];
            changed[position] ^= 0x10;
            ShouldBeRefused(Verify(changed, signature, Right.Values), CheckIds.SignatureValid);
        }
    }

    [Fact]
    public void Values_that_change_after_verification_do_not_change_the_result()
    {
        List<PcrValue> values = [.. Right.Values];
        byte[] attest = Right.ToArray();

        QuoteResult result = Verify(attest, _key.Sign(attest), values);
        values[0] = new PcrValue(TpmAlgId.Sha256, 0, new byte[32]);

        result.PcrValues.Should().Equal(Right.Values);
    }

    private QuoteResult VerifyAfter(TpmsClockInfo? last, byte[] attest) => EvidenceVerifier.VerifyQuote(
        new QuoteExpectation { AttestationKey = _key.Public, Nonce = Nonce, PcrSelection = ForgedQuote.UsualSelection, LastClockInfo = last },
        attest,
        _key.Sign(attest),
        Right.Values);

    private void Refused(ForgedQuote quote, string check) => ShouldBeRefused(Verify(quote), check);

    private void Refused(ForgedQuote quote, PcrValue[] values)
    {
        byte[] attest = quote.ToArray();
        ShouldBeRefused(Verify(attest, _key.Sign(attest), values), CheckIds.QuotePcrDigest);
    }

    private static void ShouldBeRefused(QuoteResult result, string check)
    {
        result.Verdict.ShouldBeRefusedBy(check);
        result.Attested.Should().BeNull("a quote that is refused exposes nothing");
        result.PcrValues.Should().BeEmpty("a quote that is refused exposes nothing");
    }

    private QuoteResult Verify(ForgedQuote quote, TpmlPcrSelection? asked = null, SoftwareKey? key = null)
    {
        byte[] attest = quote.ToArray();
        return Verify(attest, (key ?? _key).Sign(attest), quote.Values, asked, key);
    }

    private QuoteResult Verify(
        byte[] attest, byte[] signature, IReadOnlyList<PcrValue> values, TpmlPcrSelection? asked = null, SoftwareKey? key = null) =>
        EvidenceVerifier.VerifyQuote(
            new QuoteExpectation
            {
                AttestationKey = (key ?? _key).Public,
                Nonce = Nonce,
                PcrSelection = asked ?? ForgedQuote.UsualSelection,
            },
            attest,
            signature,
            values);
}
