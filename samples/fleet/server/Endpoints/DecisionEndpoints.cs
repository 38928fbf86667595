using HardwareAttestation.Verifier;

namespace Fleet.Server.Endpoints;

/// <summary>What operators decide. Each decision is logged with the address that it came from.</summary>
internal static class DecisionEndpoints
{
    private const int MostHours = 30 * 24;

    public static void MapDecisions(this RouteGroupBuilder operators)
    {
        operators.MapPost("/devices/{node}/retire", RetireAsync)
            .WithSummary("Takes a device out of service.").Takes<Decision>(isOptional: true).Gives<Device>().Refuses(400, 401, 404, 409, 429, 503);
        operators.MapPost("/devices/{node}/reinstate", ReinstateAsync)
            .WithSummary("Takes a device that was retired back into service.").Gives<Device>().Refuses(400, 401, 404, 409, 429, 503);
        operators.MapPost("/devices/{node}/revoke", RevokeAsync)
            .WithSummary("Takes a device out of service for good, with the reason.").Takes<Decision>().Gives<Device>().Refuses(400, 401, 404, 409, 429, 503);
        operators.MapPost("/devices/{node}/allow-reenrollment", GrantReenrollmentAsync)
            .WithSummary("Lets a node be enrolled anew, once, with the TPM that it has.").Takes<Permission>(isOptional: true).Gives<Device>().Refuses(400, 401, 404, 409, 429, 503);
        operators.MapPost("/devices/{node}/allow-replacement", GrantReplacementAsync)
            .WithSummary("Lets a node be enrolled anew, once, with any TPM that is of no other node.").Takes<Permission>(isOptional: true).Gives<Device>().Refuses(400, 401, 404, 409, 429, 503);
        operators.MapPost("/devices/{node}/withdraw-grant", WithdrawGrantAsync)
            .WithSummary("Takes back the permission to enrol a node anew.").Gives<Device>().Refuses(400, 401, 404, 409, 429, 503);
        operators.MapDelete("/devices/{node}", RemoveAsync)
            .WithSummary("Forgets a device: its node and its TPM can be enrolled again. One that is revoked is forgotten with revoked=true alone.").Produces(StatusCodes.Status204NoContent).Refuses(400, 401, 404, 409, 429, 503);
    }

    private static async Task<IResult> RetireAsync(string node, HttpContext context, Decisions decisions)
    {
        string? reason = (await context.ReadOptionalBodyAsync(FleetJsonContext.Default.Decision))?.Reason;
        return FindFault(reason) ?? await decisions.MakeAsync(context, node, "retirement", registry => registry.RetireAsync(node, reason, CancellationToken.None));
    }

    private static Task<IResult> ReinstateAsync(string node, HttpContext context, Decisions decisions) =>
        decisions.MakeAsync(context, node, "reinstatement", registry => registry.ReinstateAsync(node, CancellationToken.None));

    private static async Task<IResult> RevokeAsync(string node, HttpContext context, Decisions decisions)
    {
        string? reason = (await context.ReadBodyAsync(FleetJsonContext.Default.Decision)).Reason;
        return string.IsNullOrWhiteSpace(reason)
            ? Problem.Malformed("A revocation needs a reason: it is for good.")
            : FindFault(reason) ?? await decisions.MakeAsync(context, node, "revocation", registry => registry.RevokeAsync(node, reason, CancellationToken.None));
    }

    private static Task<IResult> GrantReenrollmentAsync(string node, HttpContext context, Decisions decisions) => AllowAsync(
        node, context, decisions, "permission of re-enrolment", (registry, lifetime) => registry.GrantReenrollmentAsync(node, lifetime, CancellationToken.None));

    private static Task<IResult> GrantReplacementAsync(string node, HttpContext context, Decisions decisions) => AllowAsync(
        node, context, decisions, "permission of replacement", (registry, lifetime) => registry.GrantReplacementAsync(node, lifetime, CancellationToken.None));

    private static Task<IResult> WithdrawGrantAsync(string node, HttpContext context, Decisions decisions) =>
        decisions.MakeAsync(context, node, "withdrawal of a permission", registry => registry.WithdrawGrantAsync(node, CancellationToken.None));

    private static Task<IResult> RemoveAsync(string node, HttpContext context, Decisions decisions, bool revoked = false) => decisions.RemoveAsync(context, node, revoked);

    private static async Task<IResult> AllowAsync(
        string node, HttpContext context, Decisions decisions, string operation, Func<DeviceRegistry, TimeSpan, Task<DeviceChange>> allow)
    {
        int hours = (await context.ReadOptionalBodyAsync(FleetJsonContext.Default.Permission))?.Hours ?? 1;
        return hours is < 1 or > MostHours
            ? Problem.Malformed($"A permission is for 1 to {MostHours} hours.")
            : await decisions.MakeAsync(context, node, operation, registry => allow(registry, TimeSpan.FromHours(hours)));
    }

    // PostgreSQL keeps no NUL in a text.
    private static Problem? FindFault(string? reason) => reason?.Length > DeviceRegistry.MaximumReasonLength || reason?.Contains('\0', StringComparison.Ordinal) == true
        ? Problem.Malformed($"A reason has at most {DeviceRegistry.MaximumReasonLength} characters, and no NUL.")
        : null;
}
