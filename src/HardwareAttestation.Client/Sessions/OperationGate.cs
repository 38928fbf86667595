using System.Diagnostics.CodeAnalysis;

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

    public async Task<T> RunAsync<T>(Func<CancellationToken, Task<T>> operation, CancellationToken cancellationToken)
    {
        await _semaphore.WaitAsync(cancellationToken).ConfigureAwait(false);
        Task<T> running = RunAndReleaseAsync(operation, cancellationToken);
        if (!cancellationToken.CanBeCanceled)
        {
            return await running.ConfigureAwait(false);
        }

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

    private async Task<T> RunAndReleaseAsync<T>(Func<CancellationToken, Task<T>> operation, CancellationToken cancellationToken)
    {
        try
        {
            ObjectDisposedException.ThrowIf(_closed, _owner);
            return await operation(cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            _semaphore.Release();
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
