using Fleet.Server.Storage.Sql;
using HardwareAttestation.Verifier;

namespace Fleet.Server.Storage.PostgreSql;

/// <summary>
/// How many challenges there are, nearly: what this instance counted in the database at most a second ago, and what it has added and taken since. So the caps of all together can be exceeded by
/// what the other instances add within a second, and no challenge costs a count of all of them. Who counts removes expired ones as well.
/// </summary>
internal sealed class ChallengeTotals(PostgreSqlDatabase database, StorageOptions options, TimeProvider timeProvider) : IDisposable
{
    private const int ExpiredAtOnce = 5000;

    private readonly SemaphoreSlim _counting = new(1, 1);
    private long _all;
    private long _enrollments;
    private long _countedAt;
    private volatile bool _isCounted;

    public async Task<bool> HasRoomAsync(ChallengePurpose purpose, CancellationToken cancellationToken)
    {
        // The first count is waited for; later ones are made by one caller, and the others go by the count that there is.
        if (!_isCounted || options.CountLifetime == TimeSpan.Zero)
        {
            await _counting.WaitAsync(cancellationToken).ConfigureAwait(false);
            await CountAsync(cancellationToken).ConfigureAwait(false);
        }
        else if (IsOld() && await _counting.WaitAsync(TimeSpan.Zero, cancellationToken).ConfigureAwait(false))
        {
            await CountAsync(cancellationToken).ConfigureAwait(false);
        }

        return Interlocked.Read(ref _all) < options.Challenges
            && (purpose != ChallengePurpose.Enrollment || Interlocked.Read(ref _enrollments) < options.EnrollmentChallenges);
    }

    public void Count(ChallengePurpose purpose, int change)
    {
        Interlocked.Add(ref _all, change);
        if (purpose == ChallengePurpose.Enrollment)
        {
            Interlocked.Add(ref _enrollments, change);
        }
    }

    public void Dispose() => _counting.Dispose();

    private bool IsOld() => timeProvider.GetElapsedTime(Interlocked.Read(ref _countedAt)) >= options.CountLifetime;

    // Gives back the turn that the caller has taken.
    private async Task CountAsync(CancellationToken cancellationToken)
    {
        try
        {
            if (_isCounted && !IsOld())
            {
                return;
            }

            DateTimeOffset now = timeProvider.GetUtcNow();
            SqlStatement count = new(
                "SELECT count(*), count(*) FILTER (WHERE purpose = $1) FROM challenges WHERE expires_at > $2", (long)ChallengePurpose.Enrollment, now);
            (List<(long All, long Enrollments)> counts, _) = await database.RunAsync(
                [CleanUpSql.ExpiredChallenges(now, ExpiredAtOnce)], count, row => (row.GetInt64(0), row.GetInt64(1)), cancellationToken).ConfigureAwait(false);
            Interlocked.Exchange(ref _all, counts[0].All);
            Interlocked.Exchange(ref _enrollments, counts[0].Enrollments);
            Interlocked.Exchange(ref _countedAt, timeProvider.GetTimestamp());
            _isCounted = true;
        }
        finally
        {
            _counting.Release();
        }
    }
}
