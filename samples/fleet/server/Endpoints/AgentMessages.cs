namespace Fleet.Server.Endpoints;

/// <summary>An agent asks for a boot challenge.</summary>
/// <param name="NodeId">The node that it says it is.</param>
internal sealed record ChallengeRequest(string NodeId);
