using Microsoft.Data.Sqlite;

namespace Fleet.Server.Storage.Sqlite;

/// <summary>Says what SQLite's errors mean and what to do about them (sqlite.org/rescode.html).</summary>
internal static class SqliteFailure
{
    private const int Busy = 5;
    private const int Locked = 6;
    private const int ReadOnly = 8;
    private const int IOError = 10;
    public const int Corrupt = 11;
    private const int Full = 13;
    private const int CannotOpen = 14;
    private const int NotADatabase = 26;

    public static bool IsDamage(SqliteException exception) => exception.SqliteErrorCode is Corrupt or NotADatabase;

    public static StorageException Explain(SqliteException exception, string path) => new(
        exception.SqliteErrorCode switch
        {
            Full => $"There is no room for the database {path}: nothing was stored. Make room on its disk; the server goes on by itself then.",
            Corrupt or NotADatabase =>
                $"The database {path} is damaged, or is no SQLite database, and was left as it is. Restore a backup in its place, or recover what can be with 'sqlite3 {path} .recover'.",
            Busy or Locked => $"The database {path} was in use by another program for too long: nothing was stored. Close that program, or try again.",
            ReadOnly => $"The database {path} cannot be written. Check that the file and its folder belong to the server's user, and that the disk is not mounted read-only.",
            CannotOpen => $"The database {path} cannot be opened. Check that its folder exists and belongs to the server's user.",
            IOError => $"The disk with the database {path} failed, or is full: nothing was stored. Look into the system's log. (SQLite: {exception.Message})",
            _ => $"The database {path} failed: {exception.Message}",
        },
        exception);
}
