using System.Collections.Concurrent;
using System.Data.Common;
using Fleet.Server.Storage.Sql;
using Microsoft.Data.Sqlite;

namespace Fleet.Server.Storage.Sqlite;

/// <summary>
/// One database file, in WAL mode: readers see the last commit and wait for nobody, and there is one writer in the process, <see cref="SqliteWriter"/>. Another process may have the file open too:
/// they wait for each other's transactions.
/// </summary>
internal sealed class SqliteFile : ISqlReader, IAsyncDisposable
{
    // Milliseconds that a writer waits for another process before it gives up.
    private const int BusyTimeout = 5000;

    // What the log is cut back to after a checkpoint.
    private const int LogSizeLimit = 64 * 1024 * 1024;
    private const int ReadersKept = 8;

    private readonly ConcurrentBag<SqliteSession> _readers = [];
    private readonly string _connectionString;
    private readonly string _pragmas;
    private readonly SqliteWriter _writer;
    private bool _disposed;

    /// <param name="path">The file; created by the first who opens it.</param>
    /// <param name="synchronous">SQLite's <c>synchronous</c>: <c>FULL</c> where a commit is to outlive a loss of power, <c>OFF</c> where it need outlive the process only.</param>
    public SqliteFile(string path, string synchronous)
    {
        Path = path;
        _connectionString = new SqliteConnectionStringBuilder
        {
            DataSource = path,
            Pooling = false,
            ForeignKeys = true,
            DefaultTimeout = BusyTimeout / 1000,
        }.ToString();
        _pragmas = $"PRAGMA busy_timeout = {BusyTimeout}; PRAGMA synchronous = {synchronous}; PRAGMA journal_mode = WAL; PRAGMA journal_size_limit = {LogSizeLimit};";
        _writer = new SqliteWriter(this, synchronous);
    }

    public string Path { get; }

    /// <summary>Writes in a transaction; see <see cref="SqliteWriter.WriteAsync"/>.</summary>
    /// <exception cref="StorageException">The database failed, and nothing was written.</exception>
    public Task<T> WriteAsync<T>(Func<SqliteSession, T> write, CancellationToken cancellationToken, bool durably = true) =>
        _writer.WriteAsync(write, durably, cancellationToken);

    /// <summary>Reads what was committed last. SQLite answers within microseconds from memory, so this does not leave the caller's thread.</summary>
    /// <exception cref="StorageException">The database failed.</exception>
    public T Read<T>(Func<SqliteSession, T> read)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        try
        {
            if (!_readers.TryTake(out SqliteSession? session))
            {
                session = Open();
            }

            try
            {
                return read(session);
            }
            finally
            {
                GiveBack(session);
            }
        }
        catch (SqliteException exception)
        {
            throw SqliteFailure.Explain(exception, Path);
        }
    }

    public Task<IReadOnlyList<T>> QueryAsync<T>(SqlStatement statement, Func<DbDataReader, T> read, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        return Task.FromResult<IReadOnlyList<T>>(Read(session => session.Query(statement, read)));
    }

    /// <exception cref="SqliteException">The file cannot be opened or is no database.</exception>
    /// <exception cref="StorageException">The file cannot be created.</exception>
    public SqliteSession Open()
    {
        CreateForOwnerOnly();
        return SqliteSession.Open(_connectionString, _pragmas);
    }

    /// <summary>Closes everything, so that the file can be replaced. What comes next opens it anew.</summary>
    public async Task CloseAsync()
    {
        await _writer.CloseAsync().ConfigureAwait(false);
        CloseReaders();
    }

    public async ValueTask DisposeAsync()
    {
        _disposed = true;
        await _writer.DisposeAsync().ConfigureAwait(false);
        CloseReaders();
    }

    private void CloseReaders()
    {
        while (_readers.TryTake(out SqliteSession? session))
        {
            session.Dispose();
        }
    }

    private void GiveBack(SqliteSession session)
    {
        if (_disposed || _readers.Count >= ReadersKept)
        {
            session.Dispose();
        }
        else
        {
            _readers.Add(session);
        }
    }

    // SQLite gives its log and its shared memory the mode of the database.
    private void CreateForOwnerOnly()
    {
        if (File.Exists(Path))
        {
            return;
        }

        FileStreamOptions options = new() { Mode = FileMode.OpenOrCreate, Access = FileAccess.Write, Share = FileShare.ReadWrite | FileShare.Delete };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        }

        try
        {
            Directory.CreateDirectory(System.IO.Path.GetDirectoryName(Path)!);
            using FileStream file = new(Path, options);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new StorageException($"The database file {Path} cannot be created: {exception.Message} Check the data folder, its owner and the room on its disk.", exception);
        }
    }
}
