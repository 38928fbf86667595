namespace Fleet.Agent;

/// <summary>Decides how long to wait after a round. Says nothing of clocks: what it answers follows from what it is given.</summary>
/// <param name="period">How often to attest.</param>
/// <param name="random">A number of [0, 1) for each call.</param>
internal sealed class Schedule(TimeSpan period, Func<double> random)
{
    /// <summary>No server silences an agent for longer.</summary>
    public static readonly TimeSpan LongestRetryAfter = TimeSpan.FromHours(1);

    private const double PeriodJitter = 0.1;
    private const int LastDoubling = 16;
    private static readonly TimeSpan FirstBackOff = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LongestBackOff = TimeSpan.FromMinutes(5);

    private int _failures;

    /// <summary>How many rounds in a row came to nothing.</summary>
    public int Failures => _failures;

    /// <summary>Notes what a round came to.</summary>
    /// <returns>How long to wait for the next.</returns>
    public TimeSpan After(Outcome outcome)
    {
        switch (outcome)
        {
            case Attested:
            case Refused refused when !IsPassing(refused):
                _failures = 0;

                // Not later than the period: the server counts from the last attestation.
                return period * (1 - (PeriodJitter * random()));
            case ServerFailed { RetryAfter: { } wanted }:
                return Least(wanted, LongestRetryAfter) + NextBackOff();
            default:
                return NextBackOff();
        }
    }

    /// <summary>Whether it is worth trying again soon.</summary>
    public static bool IsPassing(Refused refused) => refused.Refusals.All(refusal => Advice.IsPassing(refusal.Check));

    // Full jitter: a fleet that lost its server together does not come back together.
    private TimeSpan NextBackOff()
    {
        int doublings = Math.Min(_failures++, LastDoubling);
        return Least(FirstBackOff * Math.Pow(2, doublings), LongestBackOff) * random();
    }

    private static TimeSpan Least(TimeSpan one, TimeSpan other) => one < other ? one : other;
}
