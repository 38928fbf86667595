using System.Net;

namespace HardwareAttestation.Fleet.Tests.Server;

/// <summary>What a supervisor and a load balancer see, also when the storage fails.</summary>
public sealed class HealthTests
{
    private const string Node = "rack1-node7";

    public static TheoryData<string> Kinds => TestDatabase.Kinds;

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task A_server_without_its_storage_lives_is_not_ready_and_recovers_by_itself(string kind)
    {
        await using TestDatabase database = await TestDatabase.CreateAsync(kind, isBroken: true);
        TestServer server = await database.StartServerAsync();
        await using HttpAgent agent = await HttpAgent.StartAsync();
        (await agent.EnrollAsync(server.Anybody, Node)).ShouldBeVerified();
        await UntilAsync(server, HttpStatusCode.OK);

        await database.BreakAsync();

        (await Answer.GetAsync(server.Anybody, "/health/live")).ShouldBe(HttpStatusCode.OK);
        Answer ready = await UntilAsync(server, HttpStatusCode.ServiceUnavailable);
        ready.ShouldBeProblem(HttpStatusCode.ServiceUnavailable, "urn:hardware-attestation:problem:unavailable");
        ready.RetryAfter.Should().BePositive();
        Answer attested = await agent.AttestAsync(server.Anybody, Node);
        attested.ShouldBeProblem(HttpStatusCode.ServiceUnavailable, "urn:hardware-attestation:problem:unavailable");
        attested.RetryAfter.Should().BePositive();

        await database.MendAsync();

        await UntilAsync(server, HttpStatusCode.OK);
        (await agent.AttestAsync(server.Anybody, Node)).ShouldBeVerified();
    }

    // The probe's last answer is good for a second, and one that took too long is none.
    private static async Task<Answer> UntilAsync(TestServer server, HttpStatusCode status)
    {
        using CancellationTokenSource patience = new(TimeSpan.FromMinutes(3));
        Answer answer;
        do
        {
            patience.Token.ThrowIfCancellationRequested();
            answer = await Answer.GetAsync(server.Anybody, "/health/ready");
        }
        while (answer.Status != status);
        return answer;
    }
}
