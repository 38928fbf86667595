using Fleet.Server.Storage;

namespace Fleet.Server.Hosting;

/// <summary>Has the storage forget what has expired and mark who has become overdue, at the start and once a minute. Any number of servers on one database may do so.</summary>
internal sealed class CleanUpService(IFleetStorage storage, FleetOptions options, TimeProvider timeProvider, ILogger<CleanUpService> logger) : BackgroundService
{
    private static readonly TimeSpan Period = TimeSpan.FromMinutes(1);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using PeriodicTimer timer = new(Period, timeProvider);
        try
        {
            do
            {
                await CleanUpAsync(stoppingToken);
            }
            while (await timer.WaitForNextTickAsync(stoppingToken));
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
            DateTimeOffset now = timeProvider.GetUtcNow();
            await storage.MarkOverdueAsync(options.OverdueBefore(now), cancellationToken);
            int rows = await storage.CleanUpAsync(now, cancellationToken);
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
