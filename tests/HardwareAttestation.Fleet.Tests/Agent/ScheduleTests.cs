using Fleet.Agent;

namespace HardwareAttestation.Fleet.Tests.Agent;

public sealed class ScheduleTests
{
    private const double AlmostOne = 0.999_999;
    private static readonly TimeSpan Period = TimeSpan.FromHours(1);
    private static readonly Refused SignatureRefused = new("attestation", [new Refusal("signature.valid", "No.")]);

    [Fact]
    public void The_longest_back_off_doubles_from_a_second_to_five_minutes_and_stays_there()
    {
        Schedule schedule = new(Period, () => 1);

        double[] seconds = [.. Enumerable.Range(0, 12).Select(_ => schedule.After(new TpmFailed("No.")).TotalSeconds)];

        seconds.Should().Equal(1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300, 300);
    }

    [Fact]
    public void A_back_off_is_anything_from_nothing_to_the_longest()
    {
        new Schedule(Period, () => 0).After(new ServerFailed("No.")).Should().Be(TimeSpan.Zero);
        new Schedule(Period, () => 0.25).After(new ServerFailed("No.")).Should().Be(TimeSpan.FromSeconds(0.25));
        new Schedule(Period, () => AlmostOne).After(new ServerFailed("No.")).Should().BeLessThan(TimeSpan.FromSeconds(1));
    }

    [Fact]
    public void A_million_failures_in_a_row_wait_no_longer_than_twenty()
    {
        Schedule schedule = new(Period, () => 1);
        TimeSpan longest = TimeSpan.Zero;
        for (int failure = 0; failure < 1_000_000; failure++)
        {
            TimeSpan wait = schedule.After(new ServerFailed("No."));
            longest = wait > longest ? wait : longest;
        }

        longest.Should().Be(TimeSpan.FromMinutes(5));
    }

    [Theory]
    [InlineData(0, 60)]
    [InlineData(0.5, 57)]
    [InlineData(1, 54)]
    public void After_an_attestation_the_period_is_waited_or_up_to_a_tenth_less(double random, double minutes)
    {
        new Schedule(Period, () => random).After(new Attested(Enrolled: false)).Should().Be(TimeSpan.FromMinutes(minutes));
    }

    [Fact]
    public void After_a_refusal_the_period_is_waited_and_not_a_back_off()
    {
        Schedule schedule = new(Period, () => 0);

        schedule.After(SignatureRefused).Should().Be(Period);
        schedule.Failures.Should().Be(0);
    }

    [Theory]
    [InlineData("challenge.fresh")]
    [InlineData("challenge.known")]
    [InlineData("device.unchanged")]
    [InlineData("enrollment.unchanged")]
    [InlineData("device.enrolled")]
    public void A_refusal_that_something_came_between_is_tried_again_soon(string check)
    {
        Schedule schedule = new(Period, () => 1);

        schedule.After(new Refused("attestation", [new Refusal(check, "No.")])).Should().Be(TimeSpan.FromSeconds(1));
    }

    [Fact]
    public void A_passing_refusal_beside_a_lasting_one_is_a_lasting_one()
    {
        Refused refused = new("attestation", [new Refusal("challenge.fresh", "No."), new Refusal("signature.valid", "No.")]);

        new Schedule(Period, () => 0).After(refused).Should().Be(Period);
    }

    [Fact]
    public void Success_begins_the_back_off_anew()
    {
        Schedule schedule = new(Period, () => 1);
        schedule.After(new ServerFailed("No."));
        schedule.After(new ServerFailed("No."));
        schedule.After(new Attested(Enrolled: true));

        schedule.After(new ServerFailed("No.")).Should().Be(TimeSpan.FromSeconds(1));
    }

    [Fact]
    public void What_the_server_asks_for_is_the_least_that_is_waited()
    {
        new Schedule(Period, () => 0).After(new ServerFailed("Busy.", TimeSpan.FromSeconds(20))).Should().Be(TimeSpan.FromSeconds(20));
        new Schedule(Period, () => 1).After(new ServerFailed("Busy.", TimeSpan.FromSeconds(20))).Should().Be(TimeSpan.FromSeconds(21));
    }

    [Fact]
    public void No_server_silences_an_agent_for_longer_than_an_hour()
    {
        new Schedule(Period, () => 0).After(new ServerFailed("Busy.", TimeSpan.MaxValue)).Should().Be(TimeSpan.FromHours(1));
    }
}
