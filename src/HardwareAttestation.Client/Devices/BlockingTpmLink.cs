using System.Runtime.CompilerServices;

namespace HardwareAttestation.Client;

/// <summary>
/// A link of an operating system whose calls block. They run on the thread pool, over buffers that only they use: a call that hangs in the
/// kernel is left behind with its link and does no harm, and what it holds is closed when it returns.
/// </summary>
internal abstract class BlockingTpmLink : TpmLink
{
    private readonly byte[] _command = new byte[TpmHeader.MaxSize];
    private readonly byte[] _response = new byte[TpmHeader.MaxSize];
    private int _commandLength;
    private Task<int>? _exchange;

    /// <summary>Ends when the link was closed or dropped, nothing runs in it any more and the operating system has its handles back.</summary>
    internal Task Closed { get; private set; } = Task.CompletedTask;

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    internal sealed override async ValueTask<Memory<byte>> ExchangeAsync(ReadOnlyMemory<byte> command, CancellationToken abort)
    {
        abort.ThrowIfCancellationRequested();
        command.CopyTo(_command);
        _commandLength = command.Length;
        _exchange = Task.Factory.StartNew(
            static link => ((BlockingTpmLink)link!).Exchange(), this, CancellationToken.None, TaskCreationOptions.DenyChildAttach, TaskScheduler.Default);
        int length = await _exchange.WaitAsync(abort).ConfigureAwait(false);
        return _response.AsMemory(0, length);
    }

    internal sealed override async ValueTask CloseAsync(CancellationToken abort)
    {
        Drop();
        await Closed.WaitAsync(abort).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    internal sealed override void Drop()
    {
        if (_exchange is { IsCompleted: false })
        {
            Interrupt();
        }

        Closed = CloseAfterExchangeAsync();
    }

    /// <summary>Sends the command and waits for the response.</summary>
    /// <returns>How many bytes of <paramref name="response"/> were written.</returns>
    /// <exception cref="TpmDeviceException">The operating system reported an error.</exception>
    /// <exception cref="OperationCanceledException">The exchange was interrupted.</exception>
    protected abstract int Exchange(ReadOnlySpan<byte> command, Span<byte> response);

    /// <summary>Tells an exchange that runs on another thread to end, if there is a way. Does not block.</summary>
    protected abstract void Interrupt();

    /// <summary>Gives the handles back. May block.</summary>
    protected abstract void Close();

    private int Exchange() => Exchange(_command.AsSpan(0, _commandLength), _response);

    private async Task CloseAfterExchangeAsync()
    {
        if (_exchange is not null)
        {
            await ((Task)_exchange).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        await Task.Run(Close).ConfigureAwait(false);
    }
}
