using Microsoft.Data.Sqlite;

namespace Fleet.Server.Storage.Sqlite;

/// <summary>
/// The one writer of a file. Who comes while a transaction is being committed waits, and all who wait share the next one: the disk is waited for once for many. Nobody is answered before the
/// commit that has their change.
/// </summary>
internal sealed class SqliteWriter(SqliteFile file, string synchronous) : IAsyncDisposable
{
    private const int LargestBatch = 256;

    private readonly Lock _lock = new();
    private readonly SemaphoreSlim _turn = new(1, 1);
    private readonly Queue<Work> _waiting = [];
    private SqliteSession? _session;
    private Task _lastWork = Task.CompletedTask;
    private bool _running;
    private bool _disposed;
    private bool? _durable;

    /// <summary>Writes in a transaction, which is committed when the result is given.</summary>
    /// <param name="write">Makes the changes. May be called again after its changes were rolled back: it must change nothing else.</param>
    /// <param name="durably">Whether the change is to be as safe as the file's changes are; else it may be lost, as a whole, with the machine's power.</param>
    /// <param name="cancellationToken">Cancels as long as it has not begun.</param>
    public Task<T> WriteAsync<T>(Func<SqliteSession, T> write, bool durably, CancellationToken cancellationToken)
    {
        Work<T> work = new(write, durably, cancellationToken);
        lock (_lock)
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            _waiting.Enqueue(work);
            if (!_running)
            {
                _running = true;
                _lastWork = Task.Run(WorkAsync, CancellationToken.None);
            }
        }

        return work.Result;
    }

    /// <summary>Closes the connection, between two transactions.</summary>
    public async Task CloseAsync()
    {
        await _turn.WaitAsync().ConfigureAwait(false);
        CloseSession();
        _turn.Release();
    }

    /// <summary>Writes what waits already, and nothing more.</summary>
    public async ValueTask DisposeAsync()
    {
        Task lastWork;
        lock (_lock)
        {
            _disposed = true;
            lastWork = _lastWork;
        }

        await lastWork.ConfigureAwait(false);
        CloseSession();
        _turn.Dispose();
    }

    private async Task WorkAsync()
    {
        while (true)
        {
            await _turn.WaitAsync().ConfigureAwait(false);
            try
            {
                List<Work> batch = [];
                lock (_lock)
                {
                    while (batch.Count < LargestBatch && _waiting.TryDequeue(out Work? next))
                    {
                        batch.Add(next);
                    }

                    if (batch.Count == 0)
                    {
                        _running = false;
                        return;
                    }
                }

                Write(batch.FindAll(work => work.Begin()));
            }
            finally
            {
                _turn.Release();
            }
        }
    }

    // Where the changes of one fail, each has a transaction of its own, so that it fails alone. A transaction that cannot be begun or committed fails for all.
    private void Write(List<Work> batch)
    {
        if (batch.Count == 0)
        {
            return;
        }

        Exception? failure = TryWrite(batch, out bool ofOne);
        if (ofOne && batch.Count > 1)
        {
            foreach (Work work in batch)
            {
                Write([work]);
            }

            return;
        }

        foreach (Work work in batch)
        {
            work.End(failure);
        }
    }

    private Exception? TryWrite(List<Work> batch, out bool ofOne)
    {
        ofOne = false;
        try
        {
            _session ??= file.Open();
            SetDurable(batch.Exists(work => work.Durably));
            _session.Run("BEGIN IMMEDIATE");
            ofOne = true;
            foreach (Work work in batch)
            {
                work.Run(_session);
            }

            ofOne = false;
            _session.Run("COMMIT");
            return null;
        }
        catch (Exception exception)
        {
            RollBack();
            return exception is SqliteException ofDatabase ? SqliteFailure.Explain(ofDatabase, file.Path) : exception;
        }
    }

    // In WAL mode NORMAL leaves the commit in the system's memory until the next one that is durable, or the next checkpoint.
    private void SetDurable(bool durable)
    {
        if (_durable != durable && synchronous != "OFF")
        {
            _session!.Run($"PRAGMA synchronous = {(durable ? synchronous : "NORMAL")}");
            _durable = durable;
        }
    }

    // Some errors roll back by themselves, and a connection that cannot even do that is of no use any more.
    private void RollBack()
    {
        try
        {
            if (_session is { IsInTransaction: true })
            {
                _session.Run("ROLLBACK");
            }
        }
        catch (SqliteException)
        {
            CloseSession();
        }
    }

    private void CloseSession()
    {
        _session?.Dispose();
        _session = null;
        _durable = null;
    }

    private abstract class Work(bool durably, CancellationToken cancellationToken)
    {
        public bool Durably => durably;

        protected CancellationToken Cancellation => cancellationToken;

        /// <summary>Says whether there still is something to do.</summary>
        public abstract bool Begin();

        public abstract void Run(SqliteSession session);

        public abstract void End(Exception? failure);
    }

    private sealed class Work<T>(Func<SqliteSession, T> write, bool durably, CancellationToken cancellationToken) : Work(durably, cancellationToken)
    {
        private readonly TaskCompletionSource<T> _completion = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private T _result = default!;

        public Task<T> Result => _completion.Task;

        public override bool Begin() => !Cancellation.IsCancellationRequested || !_completion.TrySetCanceled(Cancellation);

        public override void Run(SqliteSession session) => _result = write(session);

        public override void End(Exception? failure)
        {
            if (failure is null)
            {
                _completion.SetResult(_result);
            }
            else
            {
                _completion.SetException(failure);
            }
        }
    }
}
