using System.Globalization;

namespace Fleet.Agent;

/// <summary>Attests again and again, and says what came of it.</summary>
/// <param name="options">How often.</param>
/// <param name="round">One round.</param>
/// <param name="schedule">How long to wait in between.</param>
/// <param name="journal">Where to say it.</param>
/// <param name="time">The clock that is waited by.</param>
internal sealed class AgentLoop(
    AgentOptions options, Func<CancellationToken, Task<Outcome>> round, Schedule schedule, Journal journal, TimeProvider time)
{
    /// <summary>How often a single attestation is tried before it is given up.</summary>
    public const int TriesOfOnce = 5;

    /// <summary>Runs until it is stopped; with <see cref="AgentOptions.Once"/>, until it is attested, is refused, or has tried often enough.</summary>
    /// <returns>An <see cref="ExitStatus"/>.</returns>
    public async Task<int> RunAsync(CancellationToken stop)
    {
        try
        {
            while (true)
            {
                Outcome outcome = await round(stop);
                TimeSpan wait = schedule.After(outcome);
                bool isLast = options.Once && (schedule.Failures is 0 or TriesOfOnce);
                Tell(outcome, isLast ? null : wait);
                if (isLast)
                {
                    return StatusOf(outcome);
                }

                await Task.Delay(wait, time, stop);
            }
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            journal.Information("stopped.");
            return ExitStatus.Done;
        }
    }

    private static int StatusOf(Outcome outcome) => outcome switch
    {
        Attested => ExitStatus.Done,
        Refused => ExitStatus.Refused,
        TpmFailed => ExitStatus.TpmFailed,
        _ => ExitStatus.ServerFailed,
    };

    private void Tell(Outcome outcome, TimeSpan? wait)
    {
        string next = wait is { } time ? $" Next in {Words(time)}." : string.Empty;
        switch (outcome)
        {
            case Attested { Enrolled: var enrolled }:
                journal.Information($"{(enrolled ? "enrolled and attested" : "attested")} as {options.Node}.{next}");
                break;
            case Refused refused:
                foreach (Refusal refusal in refused.Refusals)
                {
                    journal.Error($"refused at {refused.Step} by {refusal.Check}: {refusal.Detail}");
                }

                journal.Error($"what to do: {Advice.For(refused.Refusals[0].Check)}{next}");
                break;
            case TpmFailed failed:
                journal.Error($"TPM: {failed.Reason}{next}");
                break;
            case ServerFailed failed:
                journal.Warning($"server: {failed.Reason}{next}");
                break;
        }
    }

    private static string Words(TimeSpan time) => time switch
    {
        { TotalMinutes: >= 2 } => string.Create(CultureInfo.InvariantCulture, $"{time.TotalMinutes:F0} minutes"),
        { TotalSeconds: >= 10 } => string.Create(CultureInfo.InvariantCulture, $"{time.TotalSeconds:F0} seconds"),
        _ => string.Create(CultureInfo.InvariantCulture, $"{time.TotalSeconds:F1} seconds"),
    };
}
