using Fleet.Server.Hosting;
using HardwareAttestation.Protocol;
using HardwareAttestation.Verifier;

namespace Fleet.Server.Endpoints;

/// <summary>What agents call. Nobody is authenticated here: the protocol proves who answers.</summary>
internal static class AgentEndpoints
{
    public static void MapAgentEndpoints(this IEndpointRouteBuilder app)
    {
        RouteGroupBuilder agents = app.MapGroup("/v1").WithTags("Agents").RequireRateLimiting(FleetLimits.Agents);
        agents.MapPost("/enrollments", BeginEnrollmentAsync)
            .WithSummary("Begins an enrolment: a machine says what it is, and gets a credential that only its TPM can open.")
            .Takes<EnrollmentRequest>().Gives<CredentialChallenge>().Refuses(400, 403, 413, 415, 429, 503);
        agents.MapPost("/enrollments/complete", CompleteEnrollmentAsync)
            .WithSummary("Completes an enrolment with the proof that the TPM has opened the credential.")
            .Takes<CredentialResponse>().Gives<Verdict>().Refuses(400, 403, 413, 415, 429, 503);
        agents.MapPost("/challenges", ChallengeAsync)
            .WithSummary("Gives an enrolled node a challenge, which is good for one answer.")
            .Takes<ChallengeRequest>().Gives<AttestationChallenge>().Refuses(400, 403, 404, 413, 415, 429, 503);
        agents.MapPost("/evidence", VerifyAsync)
            .WithSummary("Verifies a node's answer to a challenge.")
            .Takes<AttestationEvidence>().Gives<Verdict>().Refuses(400, 403, 413, 415, 429, 503);
    }

    private static async Task<IResult> BeginEnrollmentAsync(HttpContext context, AttestationVerifier verifier, ExpectedNodes expected, HistoryKeeper history)
    {
        EnrollmentRequest request = await context.ReadBodyAsync(ProtocolJson.EnrollmentRequest);
        Verdict verdict;
        if (!expected.Allows(request.NodeId))
        {
            verdict = ExpectedNodes.Refusal;
        }
        else
        {
            EnrollmentOffer offer = await verifier.BeginEnrollmentAsync(request, context.SourceNetwork(), context.RequestAborted);
            if (offer.Challenge is { } challenge)
            {
                return TypedResults.Ok(challenge);
            }

            verdict = offer.Verdict;
        }

        await history.RecordAsync("enrollment", request.NodeId, verdict, context);
        return Problem.Of(verdict);
    }

    // Once it is read, an answer uses its challenge up and is brought to its end, whether or not its sender waits: between the store and what is sent back nothing is cancelled. A client that
    // is gone meanwhile finds its node enrolled when it asks for a challenge.
    private static async Task<IResult> CompleteEnrollmentAsync(HttpContext context, AttestationVerifier verifier, ExpectedNodes expected, HistoryKeeper history)
    {
        CredentialResponse response = await context.ReadBodyAsync(ProtocolJson.CredentialResponse);
        if (await expected.FindRefusedAsync(response, context.RequestAborted) is { } node)
        {
            await history.RecordAsync("completion", node, ExpectedNodes.Refusal, context);
            return Problem.Of(ExpectedNodes.Refusal);
        }

        EnrollmentResult result = await verifier.CompleteEnrollmentAsync(response, CancellationToken.None);
        if (result.Verdict.IsVerified)
        {
            return TypedResults.Ok(result.Verdict);
        }

        await history.RecordAsync("completion", result.NodeId, result.Verdict, context);
        return Problem.Of(result.Verdict);
    }

    private static async Task<IResult> ChallengeAsync(HttpContext context, AttestationVerifier verifier, HistoryKeeper history)
    {
        ChallengeRequest request = await context.ReadBodyAsync(FleetJsonContext.Default.ChallengeRequest);
        ChallengeOffer offer = await verifier.CreateChallengeAsync(request.NodeId, context.SourceNetwork(), context.RequestAborted);
        if (offer.Challenge is { } challenge)
        {
            return TypedResults.Ok(challenge);
        }

        // Every machine asks before it is enrolled.
        if (!Problem.SaysNotEnrolled(offer.Verdict))
        {
            await history.RecordAsync("challenge", request.NodeId, offer.Verdict, context);
        }

        return Problem.Of(offer.Verdict, isChallenge: true);
    }

    private static async Task<IResult> VerifyAsync(HttpContext context, AttestationVerifier verifier, HistoryKeeper history)
    {
        AttestationEvidence evidence = await context.ReadBodyAsync(ProtocolJson.AttestationEvidence);
        AttestationResult result = await verifier.VerifyAsync(evidence, CancellationToken.None);
        if (result.Device is { } device && result.Verdict.IsVerified)
        {
            await history.RecordAsync(device);
            return TypedResults.Ok(result.Verdict);
        }

        await history.RecordAsync("evidence", result.NodeId, result.Verdict, context);
        return Problem.Of(result.Verdict);
    }
}
