using Fleet.Server.Storage;

namespace Fleet.Server.Hosting;

/// <summary>Has the storage forget, once a minute, what has expired. Any number of servers on one database may do so.</summary>
internal sealed class CleanUpService(IFleetStorage storage, TimeProvider timeProvider, ILogger<CleanUpService> logger) : BackgroundService
{
    private static readonly TimeSpan Period = TimeSpan.FromMinutes(1);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using PeriodicTimer timer = new(Period, timeProvider);
        try
        {
            while (await timer.WaitForNextTickAsync(stoppingToken))
            {
                await CleanUpAsync(stoppingToken);
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The server ends.
        }
    }

    // Whatever happens, the next minute is another chance: an exception from here would end the server.
    private async Task CleanUpAsync(CancellationToken cancellationToken)
    {
        try
        {
            int rows = await storage.CleanUpAsync(timeProvider.GetUtcNow(), cancellationToken);
            if (rows > 0)
            {
                FleetLog.CleanedUp(logger, rows);
            }
        }
        catch (Exception exception) when (!cancellationToken.IsCancellationRequested)
        {
            FleetLog.NotCleanedUp(logger, exception.Message);
        }
    }
}
