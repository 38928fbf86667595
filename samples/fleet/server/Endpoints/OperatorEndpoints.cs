using Fleet.Server.Hosting;
using Fleet.Server.Storage;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Fleet.Server.Endpoints;

/// <summary>What operators see.</summary>
internal static class OperatorEndpoints
{
    private const int LongestName = 128;
    private const int MostRows = 500;

    public static void MapOperatorEndpoints(this IEndpointRouteBuilder app)
    {
        RouteGroupBuilder operators = app.MapGroup("/v1").WithTags("Operators").RequireRateLimiting(FleetLimits.Operators).RequireAuthorization();
        operators.MapGet("/fleet", SummarizeAsync)
            .WithSummary("Counts the devices by state.").Gives<FleetStatus>().Refuses(401, 429, 503);
        operators.MapGet("/devices", ListAsync)
            .WithSummary("Lists devices in the order of their nodes' names, a page at a time.").Gives<DeviceList>().Refuses(400, 401, 429, 503);
        operators.MapGet("/devices/{node}", FindAsync)
            .WithSummary("Shows one device with its certificate, judged anew.").Gives<DeviceDetails>().Refuses(401, 404, 429, 503);
        operators.MapGet("/devices/{node}/boots", GetBootsAsync)
            .WithSummary("Lists a device's boots, latest first.").Gives<BootList>().Refuses(400, 401, 429, 503);
        operators.MapGet("/devices/{node}/refusals", GetRefusalsAsync)
            .WithSummary("Lists what was refused in a node's name, latest first.").Gives<RefusalList>().Refuses(400, 401, 429, 503);
        operators.MapGet("/refusals", GetAllRefusalsAsync)
            .WithSummary("Lists what was refused in any name, latest first.").Gives<RefusalList>().Refuses(400, 401, 429, 503);
        operators.MapDecisions();
    }

    private static async Task<Ok<FleetStatus>> SummarizeAsync(SummaryCache summaries, FleetOptions options, CancellationToken cancellationToken)
    {
        (FleetSummary summary, DateTimeOffset asOf, _) = await summaries.GetAsync(cancellationToken);
        return TypedResults.Ok(new FleetStatus(
            asOf, summary.Total, summary.Attested, summary.Overdue, summary.Refused, summary.Retired, summary.Revoked, options.AttestationPeriod.TotalSeconds));
    }

    private static async Task<IResult> ListAsync(
        IFleetDirectory directory,
        FleetOptions options,
        TimeProvider timeProvider,
        CancellationToken cancellationToken,
        string? state = null,
        string? prefix = null,
        string? after = null,
        int limit = 100)
    {
        DeviceState? wanted = null;
        if (state is not null)
        {
            if (!Enum.TryParse(state, ignoreCase: true, out DeviceState parsed) || int.TryParse(state, out _) || !Enum.IsDefined(parsed))
            {
                return Problem.Malformed("The state is one of attested, overdue, refused, retired and revoked.");
            }

            wanted = parsed;
        }

        if (!IsName(prefix) || !IsName(after) || limit is < 1 or > MostRows)
        {
            return Problem.Malformed($"A prefix and a node have at most {LongestName} characters and no NUL, and a page has 1 to {MostRows} devices.");
        }

        // One more than is shown tells whether there is a next page.
        DateTimeOffset overdueBefore = options.OverdueBefore(timeProvider.GetUtcNow());
        IReadOnlyList<DeviceView> views = await directory.ListAsync(new DeviceQuery(overdueBefore, wanted, prefix, after, limit + 1), cancellationToken);
        Device[] devices = [.. views.Take(limit).Select(Device.Of)];
        return TypedResults.Ok(new DeviceList(devices, views.Count > limit ? devices[^1].NodeId : null));
    }

    private static async Task<IResult> FindAsync(
        string node, IFleetDirectory directory, DeviceDescriber devices, FleetOptions options, TimeProvider timeProvider, CancellationToken cancellationToken) =>
        await directory.FindAsync(node, options.OverdueBefore(timeProvider.GetUtcNow()), cancellationToken) is { } view
            ? TypedResults.Ok(await devices.DescribeAsync(view, cancellationToken))
            : Problem.NoDevice();

    private static async Task<IResult> GetBootsAsync(string node, IFleetHistory history, CancellationToken cancellationToken, int limit = 100) =>
        FindFault(limit) ?? TypedResults.Ok(new BootList(await history.GetBootsAsync(node, limit, cancellationToken)));

    private static async Task<IResult> GetRefusalsAsync(string node, IFleetHistory history, CancellationToken cancellationToken, int limit = 100) =>
        FindFault(limit) ?? TypedResults.Ok(new RefusalList(await history.GetRefusalsAsync(node, limit, cancellationToken)));

    private static async Task<IResult> GetAllRefusalsAsync(IFleetHistory history, CancellationToken cancellationToken, int limit = 100) =>
        FindFault(limit) ?? TypedResults.Ok(new RefusalList(await history.GetRefusalsAsync(null, limit, cancellationToken)));

    private static IResult? FindFault(int limit) => limit is < 1 or > MostRows ? Problem.Malformed($"At most {MostRows} rows are given, and at least one.") : null;

    // PostgreSQL keeps no NUL in a text.
    private static bool IsName(string? text) => text is null || (text.Length <= LongestName && !text.Contains('\0', StringComparison.Ordinal));
}
