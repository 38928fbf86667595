using Fleet.Server.Storage;

namespace Fleet.Server.Hosting;

/// <summary>Whether the server can do its work. Anybody may ask, so the storage is asked once a second at most.</summary>
internal sealed class Readiness(IFleetStorage storage, IHostApplicationLifetime lifetime, TimeProvider timeProvider, ILogger<Readiness> logger) : IDisposable
{
    private static readonly TimeSpan Validity = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);
    private readonly SemaphoreSlim _turn = new(1);
    private (bool IsReady, long At)? _last;

    public async Task<bool> IsReadyAsync()
    {
        if (lifetime.ApplicationStopping.IsCancellationRequested)
        {
            return false;
        }

        await _turn.WaitAsync();
        try
        {
            if (_last is not { } last || timeProvider.GetElapsedTime(last.At) > Validity)
            {
                bool isReady = await ProbeAsync();
                _last = last = (isReady, timeProvider.GetTimestamp());
            }

            return last.IsReady;
        }
        finally
        {
            _turn.Release();
        }
    }

    public void Dispose() => _turn.Dispose();

    private async Task<bool> ProbeAsync()
    {
        using CancellationTokenSource patience = new(Patience, timeProvider);
        try
        {
            await storage.ProbeAsync(patience.Token);
            return true;
        }
        catch (Exception exception) when (exception is StorageException or OperationCanceledException)
        {
            FleetLog.StorageFailed(logger, exception.Message);
            return false;
        }
    }
}
