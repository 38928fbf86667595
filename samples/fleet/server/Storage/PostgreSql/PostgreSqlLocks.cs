using Fleet.Server.Storage.Sql;

namespace Fleet.Server.Storage.PostgreSql;

/// <summary>Advisory locks, which cost no write and end with their transaction. Statements after one see what was committed by whoever had it before.</summary>
internal static class PostgreSqlLocks
{
    // The first of the two numbers of the locks of removal counters; the second is the counter.
    private const long RemovalCounters = 0x48;

    /// <summary>Makes whoever does the same to a name wait.</summary>
    public static SqlStatement Name(string kind, string name) => new("SELECT pg_advisory_xact_lock($1)", SqlHash.Of($"{kind} {name}"));

    /// <summary>
    /// Keeps removals of some names from happening while something is added under them, and what would be added under others while they are removed. In the order of their numbers, so that
    /// nobody waits for somebody who waits for him.
    /// </summary>
    /// <param name="added">Names that something is added under.</param>
    /// <param name="removed">Names that something is removed from.</param>
    public static SqlStatement[] Removals(string[] added, string[] removed)
    {
        HashSet<int> exclusive = [.. removed.Select(SqlHash.RemovalCounter)];
        return
        [
            .. added.Concat(removed).Select(SqlHash.RemovalCounter).Distinct().Order().Select(counter => new SqlStatement(
                exclusive.Contains(counter)
                    ? "SELECT pg_advisory_xact_lock(CAST($1 AS INT), CAST($2 AS INT))"
                    : "SELECT pg_advisory_xact_lock_shared(CAST($1 AS INT), CAST($2 AS INT))",
                RemovalCounters,
                counter)),
        ];
    }
}
