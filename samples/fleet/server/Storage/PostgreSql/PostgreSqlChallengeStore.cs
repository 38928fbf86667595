using Fleet.Server.Storage.Sql;
using HardwareAttestation.Verifier;

namespace Fleet.Server.Storage.PostgreSql;

/// <summary>
/// The challenges that wait for an answer. The shares of a node and of an endorsement key are exact: adding takes a lock of both. The share of a source is exact but for what is added at the same
/// moment under other names; <see cref="ChallengeTotals"/> says how near the caps of all together are kept.
/// </summary>
internal sealed class PostgreSqlChallengeStore(PostgreSqlDatabase database, StorageOptions options, TimeProvider timeProvider) : IChallengeStore, IDisposable
{
    private readonly ChallengeTotals _totals = new(database, options, timeProvider);

    public async Task<bool> TryAddAsync(PendingChallenge challenge, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(challenge);
        DateTimeOffset now = timeProvider.GetUtcNow();
        bool hasRoom = await _totals.HasRoomAsync(challenge.Purpose, cancellationToken).ConfigureAwait(false);

        List<SqlStatement> locks = [PostgreSqlLocks.Name($"challenges of purpose {(int)challenge.Purpose}", challenge.NodeId)];
        if (challenge.EndorsementKeyId is { } endorsementKeyId)
        {
            locks.Add(PostgreSqlLocks.Name("challenges of key", endorsementKeyId));
        }

        (List<(bool IsAdded, int Left)> outcomes, _) = await database.RunAsync(
            locks, Add(challenge, now, hasRoom), row => (row.GetBoolean(0), (int)row.GetInt64(1)), cancellationToken).ConfigureAwait(false);
        (bool isAdded, int left) = outcomes[0];
        _totals.Count(challenge.Purpose, isAdded ? 1 - left : 0);
        return isAdded;
    }

    public async Task<PendingChallenge?> TakeAsync(string challengeId, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(challengeId);
        IReadOnlyList<PendingChallenge> taken = await database.QueryAsync(
            ChallengeSql.Take(challengeId, timeProvider.GetUtcNow()), ChallengeSql.Read, cancellationToken).ConfigureAwait(false);
        if (taken is not [PendingChallenge challenge])
        {
            return null;
        }

        _totals.Count(challenge.Purpose, -1);
        return challenge;
    }

    public void Dispose() => _totals.Dispose();

    // One statement: it looks who must go, adds if there is room then, and removes who must go if it has added. Who is refused pushes out nobody. Where all together have no room, there is
    // some if somebody goes.
    private SqlStatement Add(PendingChallenge challenge, DateTimeOffset now, bool hasRoom) => new(
        $"""
        WITH surplus AS MATERIALIZED (
            ({ChallengeSql.Surplus("node_id = $3 AND purpose = $2 AND expires_at > $8", "$5", "$9")})
            UNION
            ({ChallengeSql.Surplus("endorsement_key_id = $4 AND expires_at > $8", "$5", "$10")})
        ), added AS (
            INSERT INTO challenges (challenge_id, purpose, node_id, endorsement_key_id, source, expires_at, state)
            SELECT $1, $2, $3, $4, $5, $6, $7
            WHERE ($12 OR EXISTS (SELECT 1 FROM surplus))
                AND ($5 IS NULL
                    OR (SELECT count(*) FROM (SELECT 1 FROM challenges WHERE source = $5 AND expires_at > $8 LIMIT $11) AS of_source)
                        - (SELECT count(*) FROM surplus WHERE source = $5) < $11)
            ON CONFLICT DO NOTHING
            RETURNING 1
        ), gone AS (
            DELETE FROM challenges WHERE challenge_id IN (SELECT challenge_id FROM surplus) AND EXISTS (SELECT 1 FROM added)
        )
        SELECT EXISTS (SELECT 1 FROM added), (SELECT count(*) FROM surplus)
        """,
        challenge.ChallengeId,
        (long)challenge.Purpose,
        challenge.NodeId,
        challenge.EndorsementKeyId,
        challenge.Source,
        challenge.ExpiresAt,
        challenge.State,
        now,
        InMemoryChallengeStore.CapacityPerNode,
        InMemoryChallengeStore.CapacityPerEndorsementKey,
        options.ChallengesPerSource,
        hasRoom);
}
