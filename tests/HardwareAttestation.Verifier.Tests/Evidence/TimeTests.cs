using HardwareAttestation.Protocol;
using HardwareAttestation.Structures;

namespace HardwareAttestation.Verifier.Tests.Evidence;

/// <summary>Attestations of time.</summary>
public sealed class TimeTests : AttestationContract
{
    private static readonly TpmsClockInfo Clock = new(1000, 5, 3, true);

    public TimeTests()
        : base(0x8019)
    {
    }

    private protected override string ClockCheck => CheckIds.TimeClock;

    private protected override TpmsClockInfo LastClock => Clock;

    private protected override byte[] Body => AttestedBodies.Time(77, Clock);

    [Fact]
    public void The_time_is_given_out_when_it_is_verified()
    {
        TimeResult result = VerifyTime(Clock, null);

        result.Verdict.ShouldBeVerified();
        result.Time!.Time.Should().Be(new TpmsTimeInfo(77, Clock));
        result.Time.FirmwareVersion.Should().Be(0x2019102300163636);
    }

    [Theory]
    [InlineData(5, 3, 1000)]
    [InlineData(5, 3, 999)]
    [InlineData(5, 2, 2000)]
    [InlineData(4, 9, 2000)]
    public void A_clock_that_went_on_since_it_was_last_seen_is_verified(uint resets, uint restarts, ulong clock)
    {
        VerifyTime(Clock, new TpmsClockInfo(clock, resets, restarts, true)).Verdict.ShouldBeVerified();
    }

    [Theory]
    [InlineData(5, 3, 1001)]
    [InlineData(5, 4, 0)]
    [InlineData(6, 0, 0)]
    public void A21_ClockOrCountersThatWentBack_AreRefused(uint resets, uint restarts, ulong clock)
    {
        TimeResult result = VerifyTime(Clock, new TpmsClockInfo(clock, resets, restarts, true));

        result.Verdict.ShouldBeRefusedBy(CheckIds.TimeClock);
        result.Time.Should().BeNull();
        result.Attested.Should().BeNull();
    }

    [Fact]
    public void A21_ClockThatIsNotSafe_IsFlagged()
    {
        TimeResult result = VerifyTime(Clock with { Safe = false }, null);

        result.Verdict.ShouldBeVerified();
        result.Verdict.Findings.Should().Contain(finding => finding.Check == CheckIds.TimeClockSafe && finding.Outcome == FindingOutcome.Flagged);
    }

    private protected override Outcome Verify(TpmtPublic key, byte[] nonce, TpmName? qualifiedSigner, byte[] attest, byte[] signature, TpmsClockInfo? last = null)
    {
        TimeResult result = EvidenceVerifier.VerifyTime(
            new TimeExpectation { AttestationKey = key, Nonce = nonce, QualifiedSigner = qualifiedSigner, LastClockInfo = last }, attest, signature);
        return new(result.Verdict, result.Attested, result.Time is not null);
    }

    private TimeResult VerifyTime(TpmsClockInfo clock, TpmsClockInfo? last)
    {
        byte[] attest = (Right with { Body = AttestedBodies.Time(77, clock) }).ToArray();
        return EvidenceVerifier.VerifyTime(
            new TimeExpectation { AttestationKey = Key.Public, Nonce = Nonce, LastClockInfo = last }, attest, Key.Sign(attest));
    }
}
