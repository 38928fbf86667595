using System.Data;
using System.Data.Common;

namespace Fleet.Server.Storage.Sql;

/// <summary>A statement in the SQL that SQLite and PostgreSQL have in common, with values for its <c>$1</c>, <c>$2</c> and so on. Nothing that comes from outside is ever part of the text.</summary>
internal sealed record SqlStatement(string Text, params SqlValue[] Values);

/// <summary>A value of a statement. Times are ticks, which are 100 nanoseconds, since year 1 in UTC: a time comes back exactly as it was, which a timestamp of PostgreSQL would round.</summary>
internal readonly record struct SqlValue(DbType Type, object? Value)
{
    public static implicit operator SqlValue(string? value) => new(DbType.String, value);

    public static implicit operator SqlValue(long? value) => new(DbType.Int64, value);

    public static implicit operator SqlValue(bool? value) => new(DbType.Boolean, value);

    public static implicit operator SqlValue(DateTimeOffset? value) => new(DbType.Int64, value?.UtcTicks);

    public static implicit operator SqlValue(ReadOnlyMemory<byte> value) => new(DbType.Binary, value.ToArray());
}

/// <summary>Asks a database for rows.</summary>
internal interface ISqlReader
{
    /// <exception cref="StorageException">The database failed.</exception>
    Task<IReadOnlyList<T>> QueryAsync<T>(SqlStatement statement, Func<DbDataReader, T> read, CancellationToken cancellationToken);
}

/// <summary>Reads what may be absent.</summary>
internal static class SqlColumns
{
    public static DateTimeOffset Time(this DbDataReader row, int column) => new(row.GetInt64(column), TimeSpan.Zero);

    public static DateTimeOffset? OptionalTime(this DbDataReader row, int column) => row.IsDBNull(column) ? null : row.Time(column);

    public static string? OptionalText(this DbDataReader row, int column) => row.IsDBNull(column) ? null : row.GetString(column);

    public static byte[] Bytes(this DbDataReader row, int column) => row.GetFieldValue<byte[]>(column);
}
