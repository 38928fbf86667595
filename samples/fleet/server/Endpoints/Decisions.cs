using Fleet.Server.Hosting;
using Fleet.Server.Storage;
using HardwareAttestation.Verifier;

namespace Fleet.Server.Endpoints;

/// <summary>Makes operators' decisions, logs them, and answers with the device as it is then.</summary>
internal sealed class Decisions(
    DeviceRegistry registry,
    IDeviceStore devices,
    IFleetDirectory directory,
    SummaryCache summaries,
    FleetOptions options,
    TimeProvider timeProvider,
    ILogger<Decisions> logger)
{
    public async Task<IResult> MakeAsync(HttpContext context, string node, string operation, Func<DeviceRegistry, Task<DeviceChange>> decide)
    {
        DeviceChange change = await decide(registry);
        switch (change.Outcome)
        {
            case DeviceChangeOutcome.NoDevice:
                return Problem.NoDevice();
            case DeviceChangeOutcome.Revoked:
                return Problem.Conflict("revoked", "The device is revoked: all that can be done with it is to remove it.");
            case DeviceChangeOutcome.Changed or DeviceChangeOutcome.Unchanged:
                break;
            default:
                return Busy();
        }

        summaries.Invalidate();
        FleetLog.OperatorDecided(logger, context.SourceAddress(), operation, node);
        return await directory.FindAsync(node, options.OverdueBefore(timeProvider.GetUtcNow()), CancellationToken.None) is { } view
            ? TypedResults.Ok(Device.Of(view))
            : Problem.NoDevice();
    }

    /// <param name="context">The request.</param>
    /// <param name="node">The node.</param>
    /// <param name="evenIfRevoked">Whether the operator knows that the device is revoked: to forget it takes the revocation back.</param>
    public async Task<IResult> RemoveAsync(HttpContext context, string node, bool evenIfRevoked)
    {
        DeviceChange change = await registry.RemoveAsync(node, CancellationToken.None);
        switch (change.Outcome)
        {
            case DeviceChangeOutcome.NoDevice:
                return Problem.NoDevice();
            case DeviceChangeOutcome.Revoked when !evenIfRevoked:
                return Problem.Conflict("revoked", "The device is revoked, and to forget it takes that back: say revoked=true if that is meant.");
            case DeviceChangeOutcome.Revoked when await devices.TryRemoveAsync(change.Device!, CancellationToken.None):
            case DeviceChangeOutcome.Changed:
                break;
            default:
                return Busy();
        }

        summaries.Invalidate();
        FleetLog.OperatorDecided(logger, context.SourceAddress(), "removal", node);
        return TypedResults.NoContent();
    }

    private static IResult Busy() => Problem.Conflict("busy", "Others change the device at this moment: try again.");
}
