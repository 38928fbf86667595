namespace Fleet.Server.Hosting;

/// <summary>
/// Bounds what strangers can have written into the log: of what one source causes, the first lines of each minute are written one by one, and the others are counted in one line at its end.
/// </summary>
internal sealed class LogLimit(TimeProvider timeProvider, ILogger<LogLimit> logger) : BackgroundService
{
    /// <summary>How many lines of one source are written in a minute.</summary>
    public const int LinesPerSource = 20;

    // Sources beyond these, and counts beyond these, are put together.
    private const int MostSources = 1000;
    private const int MostCounts = 20;
    private const string Others = "others";

    private static readonly TimeSpan Period = TimeSpan.FromMinutes(1);

    private readonly Lock _lock = new();
    private Dictionary<string, int> _lines = new(StringComparer.Ordinal);

    /// <summary>Counts a line, and says whether it is to be written.</summary>
    public bool Allows(string source)
    {
        lock (_lock)
        {
            string counted = _lines.Count < MostSources || _lines.ContainsKey(source) ? source : Others;
            int lines = _lines.GetValueOrDefault(counted) + 1;
            _lines[counted] = lines;
            return lines <= LinesPerSource;
        }
    }

    /// <summary>Ends the minute: writes how many lines of whom were left out, and lets everybody begin anew.</summary>
    public void EndMinute()
    {
        Dictionary<string, int> ended;
        lock (_lock)
        {
            ended = _lines;
            _lines = new(StringComparer.Ordinal);
        }

        (string Source, int Lines)[] leftOut =
            [.. ended.Where(source => source.Value > LinesPerSource).Select(source => (source.Key, source.Value - LinesPerSource)).OrderByDescending(source => source.Item2)];
        foreach ((string source, int lines) in leftOut.Take(MostCounts))
        {
            FleetLog.LinesLeftOut(logger, lines, source);
        }

        if (leftOut.Length > MostCounts)
        {
            FleetLog.LinesLeftOut(logger, leftOut.Skip(MostCounts).Sum(source => (long)source.Lines), $"{leftOut.Length - MostCounts} other sources");
        }
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using PeriodicTimer timer = new(Period, timeProvider);
        try
        {
            while (await timer.WaitForNextTickAsync(stoppingToken))
            {
                EndMinute();
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            EndMinute();
        }
    }
}
