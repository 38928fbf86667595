using Fleet.Server.Storage.Sql;
using HardwareAttestation.Verifier;

namespace Fleet.Server.Storage.Sqlite;

/// <summary>The challenges that wait for an answer, with the caps of <see cref="InMemoryChallengeStore"/>.</summary>
internal sealed class SqliteChallengeStore(SqliteFile file, StorageOptions options, TimeProvider timeProvider) : IChallengeStore
{
    // Each challenge that is added takes some of those with it that have expired, so that they never pile up.
    private const int ExpiredAtOnce = 500;

    public Task<bool> TryAddAsync(PendingChallenge challenge, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(challenge);
        return file.WriteAsync(session => Add(session, challenge), cancellationToken);
    }

    public Task<PendingChallenge?> TakeAsync(string challengeId, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(challengeId);
        return file.WriteAsync(
            session => session.Query(ChallengeSql.Take(challengeId, timeProvider.GetUtcNow()), ChallengeSql.Read).SingleOrDefault(), cancellationToken);
    }

    private bool Add(SqliteSession session, PendingChallenge challenge)
    {
        DateTimeOffset now = timeProvider.GetUtcNow();
        session.Execute(CleanUpSql.ExpiredChallenges(now, ExpiredAtOnce));
        HashSet<SurplusChallenge> surplus = [.. session.Query(ChallengeSql.SurplusOfNode(challenge, now), ChallengeSql.ReadSurplus)];
        if (challenge.EndorsementKeyId is not null)
        {
            surplus.UnionWith(session.Query(ChallengeSql.SurplusOfEndorsementKey(challenge, now), ChallengeSql.ReadSurplus));
        }

        // Asked before anything is removed, and added before: who is refused pushes out nobody.
        if (!HasRoom(session, challenge, surplus, now) || session.Execute(ChallengeSql.Add(challenge)) == 0)
        {
            return false;
        }

        foreach (SurplusChallenge leaving in surplus)
        {
            session.Execute(ChallengeSql.Remove(leaving.ChallengeId));
        }

        return true;
    }

    private bool HasRoom(SqliteSession session, PendingChallenge challenge, HashSet<SurplusChallenge> surplus, DateTimeOffset now)
    {
        List<long> counts = session.Query(
            new SqlStatement("SELECT challenges FROM challenge_counts ORDER BY purpose = $1", (long)ChallengePurpose.Enrollment), row => row.GetInt64(0));
        if (counts.Sum() - surplus.Count >= options.Challenges)
        {
            return false;
        }

        // Those that are no enrolments come first.
        if (challenge.Purpose == ChallengePurpose.Enrollment
            && counts[^1] - surplus.Count(leaving => leaving.Purpose == ChallengePurpose.Enrollment) >= options.EnrollmentChallenges)
        {
            return false;
        }

        return challenge.Source is not { } source
            || session.Query(ChallengeSql.CountOfSource(source, now, options.ChallengesPerSource), row => row.GetInt64(0))[0]
                - surplus.Count(leaving => leaving.Source == source) < options.ChallengesPerSource;
    }
}
