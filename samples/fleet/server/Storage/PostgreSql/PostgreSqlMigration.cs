using Npgsql;

namespace Fleet.Server.Storage.PostgreSql;

/// <summary>Makes the tables, or brings those of an older version up to date: all of it or nothing, one server after the other.</summary>
internal static class PostgreSqlMigration
{
    public static async Task RunAsync(NpgsqlConnection connection, string place, IReadOnlyList<string> versions, CancellationToken cancellationToken)
    {
        NpgsqlTransaction transaction = await connection.BeginTransactionAsync(cancellationToken).ConfigureAwait(false);
        await using (transaction.ConfigureAwait(false))
        {
            await ExecuteAsync($"SELECT pg_advisory_xact_lock({PostgreSqlSchema.MigrationLock})").ConfigureAwait(false);
            await ExecuteAsync("CREATE TABLE IF NOT EXISTS fleet_schema (version INT NOT NULL)").ConfigureAwait(false);
            int version = await ExecuteAsync("SELECT coalesce(max(version), 0) FROM fleet_schema").ConfigureAwait(false) as int? ?? 0;
            if (version > versions.Count)
            {
                throw new StorageException(
                    $"PostgreSQL ({place}) has tables of version {version}, and this server knows {versions.Count} at most: a newer server has been here. Start that one again, or restore a backup from before.");
            }

            foreach (string statements in versions.Skip(version))
            {
                await ExecuteAsync(statements).ConfigureAwait(false);
                await ExecuteAsync($"INSERT INTO fleet_schema VALUES ({++version})").ConfigureAwait(false);
            }

            await transaction.CommitAsync(cancellationToken).ConfigureAwait(false);
        }

        async Task<object?> ExecuteAsync(string statements)
        {
            NpgsqlCommand command = new(statements, connection, transaction);
            await using (command.ConfigureAwait(false))
            {
                return await command.ExecuteScalarAsync(cancellationToken).ConfigureAwait(false);
            }
        }
    }
}
