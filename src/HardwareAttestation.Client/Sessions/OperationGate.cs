using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;

namespace HardwareAttestation.Client.Sessions;

/// <summary>
/// Runs one operation, which is a sequence of commands with its cleaning up, after the other. A caller who cancels has his answer at once,
/// while the operation finishes its command and cleans up behind him; the next operation waits for that.
/// </summary>
[SuppressMessage("Design", "CA1001", Justification = "A SemaphoreSlim whose wait handle nobody asks for holds nothing to release.")]
internal sealed class OperationGate
{
    private readonly SemaphoreSlim _semaphore = new(1, 1);
    private readonly object _owner;
    private bool _closed;

    /// <param name="owner">What is closed when the gate is closed, for <see cref="ObjectDisposedException"/>.</param>
    public OperationGate(object owner) => _owner = owner;

    // Nobody who waits is passed by: a semaphore that is released goes to the next of them, and is not free in between.
    public Task<T> RunAsync<TOperation, T>(TOperation operation, CancellationToken cancellationToken)
        where TOperation : struct, IGatedOperation<T> =>
        !cancellationToken.CanBeCanceled && _semaphore.Wait(0, CancellationToken.None)
            ? RunAndReleaseAsync<TOperation, T>(operation, cancellationToken).AsTask()
            : WaitAndRunAsync<TOperation, T>(operation, cancellationToken);

    /// <summary>Runs a last operation when no other runs, and keeps others from beginning after it.</summary>
    /// <returns>False if the gate was closed before.</returns>
    public async Task<bool> CloseAsync(Func<Task> lastOperation)
    {
        await _semaphore.WaitAsync().ConfigureAwait(false);
        try
        {
            if (_closed)
            {
                return false;
            }

            _closed = true;
            await lastOperation().ConfigureAwait(false);
            return true;
        }
        finally
        {
            _semaphore.Release();
        }
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<T> RunAndReleaseAsync<TOperation, T>(TOperation operation, CancellationToken cancellationToken)
        where TOperation : struct, IGatedOperation<T>
    {
        try
        {
            ObjectDisposedException.ThrowIf(_closed, _owner);
            return await operation.RunAsync(cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            _semaphore.Release();
        }
    }

    private async Task<T> WaitAndRunAsync<TOperation, T>(TOperation operation, CancellationToken cancellationToken)
        where TOperation : struct, IGatedOperation<T>
    {
        await _semaphore.WaitAsync(cancellationToken).ConfigureAwait(false);
        if (!cancellationToken.CanBeCanceled)
        {
            return await RunAndReleaseAsync<TOperation, T>(operation, cancellationToken).ConfigureAwait(false);
        }

        Task<T> running = RunAndReleaseAsync<TOperation, T>(operation, cancellationToken).AsTask();
        try
        {
            return await running.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            // Also when the operation has ended meanwhile: nobody but this method knows what it gave.
            _ = DisposeUnclaimedAsync(running);
            throw;
        }
    }

    // The caller has gone: what the operation gives is his no more, and what it throws he has no use for.
    private static async Task DisposeUnclaimedAsync<T>(Task<T> running)
    {
        await ((Task)running).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (running.IsCompletedSuccessfully && await running.ConfigureAwait(false) is IAsyncDisposable unclaimed)
        {
            await unclaimed.DisposeAsync().ConfigureAwait(false);
        }
    }
}

/// <summary>What runs when its turn has come. A structure, so that an operation on the way through the layers leaves no closures behind.</summary>
internal interface IGatedOperation<T>
{
    ValueTask<T> RunAsync(CancellationToken cancellationToken);
}
