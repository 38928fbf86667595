using System.Threading.Tasks.Sources;

namespace HardwareAttestation.Client;

/// <summary>
/// A link of an operating system whose calls block. They run on the thread pool, over buffers that only they use: a call that hangs in the
/// kernel is left behind with its link and does no harm, and what it holds is closed when it returns.
/// </summary>
/// <remarks>The link itself is the work item and the task of its one exchange, so that an exchange leaves no garbage behind.</remarks>
internal abstract class BlockingTpmLink : TpmLink, IThreadPoolWorkItem, IValueTaskSource<Memory<byte>>
{
    private const int Idle = 0;
    private const int Running = 1;
    private const int LeftBehind = 2;

    private readonly byte[] _command = new byte[TpmHeader.MaxSize];
    private readonly byte[] _response = new byte[TpmHeader.MaxSize];
    private readonly TaskCompletionSource _closed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private ManualResetValueTaskSourceCore<Memory<byte>> _exchange;
    private CancellationTokenRegistration _abort;
    private int _commandLength;
    private int _state;
    private bool _isAnswered;

    /// <summary>Ends when the link was closed or dropped, nothing runs in it any more and the operating system has its handles back.</summary>
    internal Task Closed { get; private set; } = Task.CompletedTask;

    internal sealed override ValueTask<Memory<byte>> ExchangeAsync(ReadOnlyMemory<byte> command, CancellationToken abort)
    {
        if (abort.IsCancellationRequested)
        {
            return ValueTask.FromCanceled<Memory<byte>>(abort);
        }

        command.CopyTo(_command);
        _commandLength = command.Length;
        _exchange.Reset();
        _isAnswered = false;
        Volatile.Write(ref _state, Running);
        ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: true);
        _abort = abort.UnsafeRegister(static (link, token) => ((BlockingTpmLink)link!).Abandon(token), this);
        return new ValueTask<Memory<byte>>(this, _exchange.Version);
    }

    internal sealed override async ValueTask CloseAsync(CancellationToken abort)
    {
        Drop();
        await Closed.WaitAsync(abort).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    internal sealed override void Drop()
    {
        Closed = _closed.Task;
        if (Volatile.Read(ref _state) == Running)
        {
            Interrupt();
        }

        // An exchange that still runs closes behind itself.
        if (Interlocked.Exchange(ref _state, LeftBehind) == Idle)
        {
            ThreadPool.UnsafeQueueUserWorkItem(static link => link.CloseForGood(), this, preferLocal: false);
        }
    }

    void IThreadPoolWorkItem.Execute()
    {
        int length = 0;
        Exception? failure = null;
        try
        {
            length = Exchange(_command.AsSpan(0, _commandLength), _response);
        }
#pragma warning disable CA1031 // It is thrown where the exchange is waited for.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            failure = exception;
        }

        if (Interlocked.CompareExchange(ref _state, Idle, Running) == LeftBehind)
        {
            CloseForGood();
        }
        else if (Interlocked.Exchange(ref _isAnswered, true))
        {
            // Aborted, and not dropped yet.
            Array.Clear(_response);
        }
        else if (failure is null)
        {
            _exchange.SetResult(_response.AsMemory(0, length));
        }
        else
        {
            _exchange.SetException(failure);
        }
    }

    Memory<byte> IValueTaskSource<Memory<byte>>.GetResult(short token)
    {
        _abort.Dispose();
        return _exchange.GetResult(token);
    }

    ValueTaskSourceStatus IValueTaskSource<Memory<byte>>.GetStatus(short token) => _exchange.GetStatus(token);

    void IValueTaskSource<Memory<byte>>.OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _exchange.OnCompleted(continuation, state, token, flags);

    /// <summary>Sends the command and waits for the response.</summary>
    /// <returns>How many bytes of <paramref name="response"/> were written.</returns>
    /// <exception cref="TpmDeviceException">The operating system reported an error.</exception>
    /// <exception cref="OperationCanceledException">The exchange was interrupted.</exception>
    protected abstract int Exchange(ReadOnlySpan<byte> command, Span<byte> response);

    /// <summary>Tells an exchange that runs on another thread to end, if there is a way. Does not block.</summary>
    protected abstract void Interrupt();

    /// <summary>Gives the handles back. May block.</summary>
    protected abstract void Close();

    // Whoever waits goes on at once; what still runs is for Drop to end.
    private void Abandon(CancellationToken token)
    {
        if (!Interlocked.Exchange(ref _isAnswered, true))
        {
            _exchange.SetException(new OperationCanceledException(token));
        }
    }

    private void CloseForGood()
    {
        Array.Clear(_response);
        try
        {
            Close();
            _closed.SetResult();
        }
#pragma warning disable CA1031 // It is thrown where the closing is waited for.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            _closed.SetException(exception);
        }
    }
}
