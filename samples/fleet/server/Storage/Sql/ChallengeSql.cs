using System.Data.Common;
using HardwareAttestation.Verifier;

namespace Fleet.Server.Storage.Sql;

/// <summary>Challenges as rows.</summary>
internal static class ChallengeSql
{
    private const string Columns = "challenge_id, purpose, node_id, endorsement_key_id, source, expires_at, state";

    /// <summary>Takes a challenge, once: the statement that gives the row is the one that removes it.</summary>
    public static SqlStatement Take(string challengeId, DateTimeOffset now) => new(
        $"DELETE FROM challenges WHERE challenge_id = $1 AND expires_at > $2 RETURNING {Columns}", challengeId, now);

    /// <summary>Gives the node that a challenge would enrol as the first column, and leaves the challenge.</summary>
    public static SqlStatement EnrollingNode(string challengeId) => new(
        "SELECT node_id FROM challenges WHERE challenge_id = $1 AND purpose = $2", challengeId, (long)ChallengePurpose.Enrollment);

    public static SqlStatement Remove(string challengeId) => new("DELETE FROM challenges WHERE challenge_id = $1", challengeId);

    public static SqlStatement Add(PendingChallenge challenge) => new(
        $"INSERT INTO challenges ({Columns}) VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT DO NOTHING",
        challenge.ChallengeId,
        (long)challenge.Purpose,
        challenge.NodeId,
        challenge.EndorsementKeyId,
        challenge.Source,
        challenge.ExpiresAt,
        challenge.State);

    /// <summary>
    /// Gives the challenge that must go before a node gets another one of a purpose, if it has its share: the oldest one from the same source, or else from the source that has most. To be
    /// read with <see cref="ReadSurplus"/>.
    /// </summary>
    public static SqlStatement SurplusOfNode(PendingChallenge challenge, DateTimeOffset now) => new(
        Surplus("node_id = $1 AND purpose = $2 AND expires_at > $3", "$4", "$5"),
        challenge.NodeId,
        (long)challenge.Purpose,
        now,
        challenge.Source,
        InMemoryChallengeStore.CapacityPerNode);

    /// <summary>The same for the endorsement key that is to be enrolled.</summary>
    public static SqlStatement SurplusOfEndorsementKey(PendingChallenge challenge, DateTimeOffset now) => new(
        Surplus("endorsement_key_id = $1 AND expires_at > $2", "$3", "$4"),
        challenge.EndorsementKeyId,
        now,
        challenge.Source,
        InMemoryChallengeStore.CapacityPerEndorsementKey);

    public static SurplusChallenge ReadSurplus(DbDataReader row) => new(row.GetString(0), (ChallengePurpose)row.GetInt64(1), row.OptionalText(2));

    /// <summary>Counts the challenges of a source in the first column, as far as it matters.</summary>
    public static SqlStatement CountOfSource(string source, DateTimeOffset now, int enough) => new(
        "SELECT count(*) FROM (SELECT 1 FROM challenges WHERE source = $1 AND expires_at > $2 LIMIT $3) AS counted", source, now, enough);

    public static PendingChallenge Read(DbDataReader row) => new()
    {
        ChallengeId = row.GetString(0),
        Purpose = (ChallengePurpose)row.GetInt64(1),
        NodeId = row.GetString(2),
        EndorsementKeyId = row.OptionalText(3),
        Source = row.OptionalText(4),
        ExpiresAt = row.Time(5),
        State = row.Bytes(6),
    };

    /// <summary>Text that selects the challenge that must go.</summary>
    /// <param name="owned">The condition that all challenges of one owner meet.</param>
    /// <param name="source">The parameter for the source of the challenge that comes.</param>
    /// <param name="share">The parameter for how many an owner has at most.</param>
    public static string Surplus(string owned, string source, string share) =>
        $"""
        SELECT challenge_id, purpose, source
        FROM (SELECT challenge_id, purpose, source, added,
                     count(*) OVER () AS owned, count(*) OVER (PARTITION BY source) AS from_source
              FROM challenges WHERE {owned}) AS candidates
        WHERE owned >= {share}
        ORDER BY source IS NOT DISTINCT FROM {source} DESC, from_source DESC, added
        LIMIT 1
        """;
}

/// <summary>A challenge that makes room for another one.</summary>
internal sealed record SurplusChallenge(string ChallengeId, ChallengePurpose Purpose, string? Source);
