namespace Fleet.Server.Storage.Sql;

/// <summary>Removes what is out of date, so many rows at a time that no statement holds others up for long.</summary>
internal static class CleanUpSql
{
    public const int Batch = 1000;

    public static SqlStatement ExpiredChallenges(DateTimeOffset now, int batch = Batch) => new(
        "DELETE FROM challenges WHERE challenge_id IN (SELECT challenge_id FROM challenges WHERE expires_at <= $1 LIMIT $2)", now, batch);

    // By when a boot was seen first, which is indexed because it never changes.
    public static SqlStatement OldBoots(DateTimeOffset before) => new(
        """
        DELETE FROM boots WHERE (node_id, enrollment_id, reset_count, restart_count) IN (
            SELECT node_id, enrollment_id, reset_count, restart_count FROM boots WHERE first_at < $1 AND last_at < $1 LIMIT $2)
        """,
        before,
        Batch);

    public static SqlStatement OldRefusals(DateTimeOffset before) => new(
        "DELETE FROM refusals WHERE refusal_id IN (SELECT refusal_id FROM refusals WHERE last_at < $1 LIMIT $2)", before, Batch);
}
