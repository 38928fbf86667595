using System.Net.Sockets;
using Npgsql;

namespace Fleet.Server.Storage.PostgreSql;

/// <summary>Says what PostgreSQL's errors mean and what to do about them.</summary>
internal static class PostgreSqlFailure
{
    /// <summary>Whether a transaction was rolled back for the sake of others, and may be tried again.</summary>
    public static bool IsPassing(PostgresException exception) => exception.SqlState is PostgresErrorCodes.DeadlockDetected or PostgresErrorCodes.SerializationFailure;

    /// <summary>Whether a row with the same key came first.</summary>
    public static bool IsUniqueness(Exception exception) => exception is PostgresException { SqlState: PostgresErrorCodes.UniqueViolation };

    public static StorageException Explain(NpgsqlException exception, string place) => new(
        exception switch
        {
            PostgresException answered => Explain(answered, place),
            { InnerException: TimeoutException } => $"PostgreSQL ({place}) did not answer in time. Look how busy it is and what its log says; the server tries again with the next request.",
            { InnerException: SocketException cause } =>
                $"PostgreSQL ({place}) cannot be reached: {cause.Message}. Check that it runs, its address and port, and firewalls; the server tries again with the next request.",
            _ => $"The connection to PostgreSQL ({place}) failed: {exception.Message} The server tries again with the next request.",
        },
        exception);

    private static string Explain(PostgresException exception, string place) => exception.SqlState switch
    {
        PostgresErrorCodes.InvalidPassword or PostgresErrorCodes.InvalidAuthorizationSpecification =>
            $"PostgreSQL ({place}) does not let the server in: {exception.MessageText}. Check user name and password in the connection string, and pg_hba.conf.",
        PostgresErrorCodes.InvalidCatalogName => $"PostgreSQL ({place}) has no such database. Create it: CREATE DATABASE … OWNER …; the server makes the tables itself.",
        PostgresErrorCodes.DiskFull => $"The disk of PostgreSQL ({place}) is full: nothing was stored. Make room; the server goes on by itself then.",
        PostgresErrorCodes.TooManyConnections => $"PostgreSQL ({place}) has no connection left. Raise its max_connections, or lower Maximum Pool Size in the servers' connection strings.",
        PostgresErrorCodes.CannotConnectNow or PostgresErrorCodes.AdminShutdown or PostgresErrorCodes.CrashShutdown =>
            $"PostgreSQL ({place}) is starting or stopping: {exception.MessageText}. The server tries again with the next request.",
        PostgresErrorCodes.ReadOnlySqlTransaction => $"PostgreSQL ({place}) can only be read: it is a standby, or default_transaction_read_only is on. Give the server the address of the primary.",
        PostgresErrorCodes.InsufficientPrivilege => $"PostgreSQL ({place}) does not let the server's user do this: {exception.MessageText}. Make the user the owner of its database.",
        PostgresErrorCodes.UndefinedTable or PostgresErrorCodes.UndefinedColumn =>
            $"PostgreSQL ({place}) has not the server's tables: {exception.MessageText}. The server makes them when it starts: start it once more, or restore a backup.",
        PostgresErrorCodes.DuplicateTable => $"PostgreSQL ({place}) has tables of something else: {exception.MessageText}. Give the server a database of its own.",
        PostgresErrorCodes.QueryCanceled => $"PostgreSQL ({place}) stopped a statement that took too long. Look how busy it is.",
        _ => $"PostgreSQL ({place}) failed: {exception.SqlState}: {exception.MessageText}",
    };
}
