using Fleet.Server.Hosting;

namespace Fleet.Server.Endpoints;

/// <summary>What a supervisor and a load balancer ask.</summary>
internal static class HealthEndpoints
{
    public static void MapHealthEndpoints(this IEndpointRouteBuilder app)
    {
        // Not limited: strangers may share a supervisor's address, and neither costs anything, as the storage is asked once a second at most.
        RouteGroupBuilder health = app.MapGroup("/health").WithTags("Health").DisableRateLimiting();
        health.MapGet("/live", () => TypedResults.Ok(new HealthStatus("live")))
            .WithSummary("Says that the process answers: restart it if it does not.").Gives<HealthStatus>();
        health.MapGet("/ready", ProbeAsync)
            .WithSummary("Says whether the storage answers: send no requests here as long as it does not.").Gives<HealthStatus>().Refuses(503);
    }

    private static async Task<IResult> ProbeAsync(Readiness readiness) => await readiness.IsReadyAsync()
        ? TypedResults.Ok(new HealthStatus("ready"))
        : Problem.Of(StatusCodes.Status503ServiceUnavailable, "The storage does not answer, or the server is about to end.", FailureHandler.RetryAfterSeconds);
}
