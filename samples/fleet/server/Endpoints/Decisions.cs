using Fleet.Server.Hosting;
using Fleet.Server.Storage;
using HardwareAttestation.Verifier;

namespace Fleet.Server.Endpoints;

/// <summary>Makes operators' decisions, logs them, and answers with the device as it is then.</summary>
internal sealed class Decisions(DeviceRegistry registry, IFleetDirectory directory, SummaryCache summaries, FleetOptions options, TimeProvider timeProvider, ILogger<Decisions> logger)
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
            case DeviceChangeOutcome.Changed:
                break;
            default:
                return Problem.Conflict("busy", "Others change the device at this moment: try again.");
        }

        summaries.Invalidate();
        FleetLog.OperatorDecided(logger, context.SourceAddress(), operation, node);
        return await directory.FindAsync(node, options.OverdueBefore(timeProvider.GetUtcNow()), CancellationToken.None) is { } view
            ? TypedResults.Ok(Device.Of(view))
            : Problem.NoDevice();
    }

    public async Task<IResult> RemoveAsync(HttpContext context, string node)
    {
        if (!await registry.RemoveAsync(node, CancellationToken.None))
        {
            return Problem.NoDevice();
        }

        summaries.Invalidate();
        FleetLog.OperatorDecided(logger, context.SourceAddress(), "removal", node);
        return TypedResults.NoContent();
    }
}
