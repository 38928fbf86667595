using Fleet.Server.Storage;

namespace Fleet.Server;

/// <summary>
/// The counts of devices by state, counted at most once in a while and by one request at a time, however many pages ask: to count is to look at every device. Each server has its own.
/// </summary>
internal sealed class SummaryCache(IFleetDirectory directory, FleetOptions options, TimeProvider timeProvider) : IDisposable
{
    private readonly SemaphoreSlim _turn = new(1);
    private Counted? _last;
    private long _lastEnded;
    private long _changes;

    /// <summary>Gives the counts: those of before, unless they are old or something was changed here since.</summary>
    /// <exception cref="StorageException">The database failed.</exception>
    public async Task<Counted> GetAsync(CancellationToken cancellationToken)
    {
        // What was changed before this was called is to be seen by it; what is changed while it waits need not be.
        long wanted = Interlocked.Read(ref _changes);
        await _turn.WaitAsync(cancellationToken);
        try
        {
            // Their age is that since the counting ended, so that who has waited for it is content with it, however long it took.
            if (_last is { } last && last.Changes >= wanted && timeProvider.GetElapsedTime(_lastEnded) < options.SummaryLifetime)
            {
                return last;
            }

            long changes = Interlocked.Read(ref _changes);
            DateTimeOffset now = timeProvider.GetUtcNow();
            Counted counted = new(await directory.SummarizeAsync(options.OverdueBefore(now), cancellationToken), now, changes);
            _lastEnded = timeProvider.GetTimestamp();
            return _last = counted;
        }
        finally
        {
            _turn.Release();
        }
    }

    /// <summary>Notes that a device was changed: whoever asks from now on is told of it.</summary>
    public void Invalidate() => Interlocked.Increment(ref _changes);

    public void Dispose() => _turn.Dispose();

    /// <param name="Summary">The counts.</param>
    /// <param name="AsOf">When the counting began.</param>
    /// <param name="Changes">How many changes were made here before that.</param>
    internal sealed record Counted(FleetSummary Summary, DateTimeOffset AsOf, long Changes);
}
