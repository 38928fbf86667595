using System.Data.Common;
using Fleet.Server.Storage.Sql;
using Npgsql;

namespace Fleet.Server.Storage.PostgreSql;

/// <summary>A database on a PostgreSQL server. Statements that go together are sent together, as one transaction in one round trip, at PostgreSQL's default isolation: READ COMMITTED.</summary>
internal sealed class PostgreSqlDatabase : ISqlReader, IAsyncDisposable
{
    private const int Attempts = 5;
    private const int StatementsPrepared = 64;

    private readonly NpgsqlDataSource _source;

    /// <exception cref="StorageException">The connection string cannot be read.</exception>
    public PostgreSqlDatabase(string connectionString)
    {
        try
        {
            NpgsqlConnectionStringBuilder builder = new(connectionString);

            // Statements are prepared on a connection when they come again. Behind a pooler that shares connections between transactions, set Max Auto Prepare=0.
            if (!builder.ShouldSerialize("Max Auto Prepare"))
            {
                builder.MaxAutoPrepare = StatementsPrepared;
                builder.AutoPrepareMinUsages = 2;
            }

            if (!builder.ShouldSerialize("Application Name"))
            {
                builder.ApplicationName = "fleet-server";
            }

            Place = $"{builder.Database} on {builder.Host}:{builder.Port}";
            _source = NpgsqlDataSource.Create(builder);
        }
        catch (ArgumentException exception)
        {
            throw new StorageException($"The connection string for PostgreSQL cannot be read: {exception.Message} It looks like 'Host=db.example;Database=fleet;Username=fleet;Password=…'.", exception);
        }
    }

    /// <summary>Which database, for people, without secrets.</summary>
    public string Place { get; }

    public async Task<IReadOnlyList<T>> QueryAsync<T>(SqlStatement statement, Func<DbDataReader, T> read, CancellationToken cancellationToken)
    {
        (List<T> rows, _) = await RunAsync([], statement, read, cancellationToken).ConfigureAwait(false);
        return rows;
    }

    /// <summary>Runs statements as one transaction.</summary>
    /// <returns>How many rows the last has changed.</returns>
    /// <exception cref="StorageException">The database failed. Where the connection was lost, the statements may have been done all the same.</exception>
    public async Task<int> ExecuteAsync(IReadOnlyList<SqlStatement> before, SqlStatement last, CancellationToken cancellationToken)
    {
        (_, int[] changed) = await RunAsync(before, last, _ => 0, cancellationToken).ConfigureAwait(false);
        return changed[^1];
    }

    /// <summary>Runs statements as one transaction. Those before the last give rows, which nobody reads, only where they are SELECT.</summary>
    /// <returns>The rows that the last one gives, and how many rows each has changed.</returns>
    /// <exception cref="StorageException">The database failed. Where the connection was lost, the statements may have been done all the same.</exception>
    public async Task<(List<T> Rows, int[] Changed)> RunAsync<T>(
        IReadOnlyList<SqlStatement> before, SqlStatement last, Func<DbDataReader, T> read, CancellationToken cancellationToken)
    {
        for (int attempt = 1; ; attempt++)
        {
            try
            {
                return await RunOnceAsync(before, last, read, cancellationToken).ConfigureAwait(false);
            }
            catch (PostgresException exception) when (attempt < Attempts && PostgreSqlFailure.IsPassing(exception))
            {
                // It was rolled back so that others could go on, and may go on now itself.
            }
            catch (NpgsqlException exception) when (!PostgreSqlFailure.IsUniqueness(exception))
            {
                throw PostgreSqlFailure.Explain(exception, Place);
            }
        }
    }

    /// <summary>Makes the tables, or brings those of an older version up to date.</summary>
    /// <exception cref="StorageException">The database failed, or is of a newer version.</exception>
    public async Task MigrateAsync(IReadOnlyList<string> versions, CancellationToken cancellationToken)
    {
        try
        {
            NpgsqlConnection connection = await _source.OpenConnectionAsync(cancellationToken).ConfigureAwait(false);
            await using (connection.ConfigureAwait(false))
            {
                await PostgreSqlMigration.RunAsync(connection, Place, versions, cancellationToken).ConfigureAwait(false);
            }
        }
        catch (NpgsqlException exception)
        {
            throw PostgreSqlFailure.Explain(exception, Place);
        }
    }

    public ValueTask DisposeAsync() => _source.DisposeAsync();

    private async Task<(List<T> Rows, int[] Changed)> RunOnceAsync<T>(
        IReadOnlyList<SqlStatement> before, SqlStatement last, Func<DbDataReader, T> read, CancellationToken cancellationToken)
    {
        NpgsqlBatch batch = _source.CreateBatch();
        await using (batch.ConfigureAwait(false))
        {
            foreach (SqlStatement statement in (IEnumerable<SqlStatement>)[.. before, last])
            {
                batch.BatchCommands.Add(CreateCommand(statement));
            }

            List<T> rows = [];
            NpgsqlDataReader reader = await batch.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
            await using (reader.ConfigureAwait(false))
            {
                // The reader stops at statements that give rows, and no others.
                for (int passed = before.Count(statement => statement.Text.StartsWith("SELECT", StringComparison.Ordinal)); passed > 0; passed--)
                {
                    await reader.NextResultAsync(cancellationToken).ConfigureAwait(false);
                }

                while (await reader.ReadAsync(cancellationToken).ConfigureAwait(false))
                {
                    rows.Add(read(reader));
                }
            }

            return (rows, [.. batch.BatchCommands.Cast<NpgsqlBatchCommand>().Select(command => command.RecordsAffected)]);
        }
    }

    private static NpgsqlBatchCommand CreateCommand(SqlStatement statement)
    {
        NpgsqlBatchCommand command = new(statement.Text);
        foreach (SqlValue value in statement.Values)
        {
            command.Parameters.Add(new NpgsqlParameter { DbType = value.Type, Value = value.Value ?? DBNull.Value });
        }

        return command;
    }
}
