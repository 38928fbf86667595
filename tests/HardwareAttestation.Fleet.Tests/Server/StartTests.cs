using System.Net;
using HardwareAttestation.Emulation;
using HardwareAttestation.Protocol;

namespace HardwareAttestation.Fleet.Tests.Server;

/// <summary>How the server starts, what it makes at its first start, and what can be set.</summary>
public sealed class StartTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("fleet-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task Nothing_need_be_set_and_the_token_is_made_once_for_its_owner_alone()
    {
        string token;
        await using (FleetServerProcess first = await FleetServerProcess.StartAsync(_folder))
        {
            token = first.OperatorToken;
            token.Length.Should().BeGreaterThanOrEqualTo(43);
            if (!OperatingSystem.IsWindows())
            {
                File.GetUnixFileMode(Path.Combine(_folder, "operator.token")).Should().Be(UnixFileMode.UserRead | UnixFileMode.UserWrite);
            }

            first.Output.Should().Contain(Path.Combine(_folder, "operator.token")).And.NotContain(token);
            (await first.StopAsync()).Should().Be(0);
        }

        await using FleetServerProcess second = await FleetServerProcess.StartAsync(_folder);

        second.OperatorToken.Should().Be(token);
        Directory.GetFiles(_folder, "operator.token*").Should().ContainSingle();
    }

    [Theory]
    [InlineData("--Fleet:AttestationPeriod=never", "AttestationPeriod")]
    [InlineData("--Fleet:AttestationPeriod=-1:00:00", "AttestationPeriod")]
    [InlineData("--Fleet:SummaryLifetime=-1", "SummaryLifetime")]
    [InlineData("--Fleet:SummaryLifetime=00:11:00", "SummaryLifetime")]
    [InlineData("--Fleet:HistoryDays=0", "HistoryDays")]
    [InlineData("--Fleet:TrustPaths:0=/nowhere", "TrustPaths")]
    [InlineData("--Fleet:TrustPaths:0=/etc/hostname", "'/etc/hostname' cannot be used")]
    [InlineData("--Fleet:VendorRoots=false", "TrustPaths")]
    [InlineData("--Fleet:ExpectedNodesFile=/nowhere", "ExpectedNodesFile")]
    [InlineData("--Fleet:TrustedProxies:0=somewhere", "TrustedProxies")]
    [InlineData("--Fleet:OperatorTokenFile=/etc/hostname", "operators' token")]
    public async Task A_wrong_setting_is_named_and_the_server_does_not_start(string argument, string named)
    {
        await this.Awaiting(_ => FleetServerProcess.StartAsync(_folder, [argument])).Should().ThrowAsync<EmulationException>().WithMessage($"*{named}*");
    }

    [Theory]
    [InlineData(UnixFileMode.GroupWrite)]
    [InlineData(UnixFileMode.OtherWrite)]
    public async Task A_token_that_others_may_write_is_refused(UnixFileMode right)
    {
        if (OperatingSystem.IsWindows())
        {
            return;
        }

        string token = Path.Combine(_folder, "operator.token");
        await File.WriteAllTextAsync(token, new string('t', 43));
        File.SetUnixFileMode(token, UnixFileMode.UserRead | UnixFileMode.UserWrite | right);

        await this.Awaiting(_ => FleetServerProcess.StartAsync(_folder)).Should().ThrowAsync<EmulationException>().WithMessage("*operators' token*chmod go-w*");
    }

    [Fact]
    public async Task A_token_that_others_may_read_is_warned_of()
    {
        if (OperatingSystem.IsWindows())
        {
            return;
        }

        string token = Path.Combine(_folder, "operator.token");
        await File.WriteAllTextAsync(token, new string('t', 43));
        File.SetUnixFileMode(token, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead);

        await using FleetServerProcess server = await FleetServerProcess.StartAsync(_folder);

        server.Output.Should().Contain("can be read by other users");
    }

    [Fact]
    public async Task Only_expected_nodes_are_enrolled_and_the_file_is_read_again_when_it_changes()
    {
        string file = Path.Combine(_folder, "nodes");
        await File.WriteAllTextAsync(file, "# The first rack.\nrack1-node1\n\n");
        await using TestServer server = await TestServer.StartAsync($"--Fleet:ExpectedNodesFile={file}");
        await using HttpAgent agent = await HttpAgent.StartAsync();

        (await agent.EnrollAsync(server.Anybody, "rack1-node2")).ShouldBeRefusedBy(HttpStatusCode.Forbidden, "enrollment.expected");
        await File.AppendAllTextAsync(file, "rack1-node2\n");
        (await agent.EnrollAsync(server.Anybody, "rack1-node2")).ShouldBeVerified();
        File.Delete(file);
        (await agent.EnrollAsync(server.Anybody, "rack1-node1")).ShouldBeRefusedBy(HttpStatusCode.Forbidden, "enrollment.expected");

        (await Answer.GetAsync(server.Operator, "/v1/refusals")).Json.GetProperty("refusals").EnumerateArray()
            .Select(refusal => refusal.GetProperty("nodeId").GetString()).Should().BeEquivalentTo("rack1-node1", "rack1-node2");
    }

    [Theory]
    [MemberData(nameof(TestDatabase.Kinds), MemberType = typeof(TestDatabase))]
    public async Task A_node_that_is_no_longer_expected_when_its_enrolment_is_completed_is_refused(string kind)
    {
        string file = Path.Combine(_folder, "nodes");
        await File.WriteAllTextAsync(file, "rack1-node1\nrack1-node2\n");
        await using TestDatabase database = await TestDatabase.CreateAsync(kind);
        TestServer server = await database.StartServerAsync($"--Fleet:ExpectedNodesFile={file}");
        await using HttpAgent agent = await HttpAgent.StartAsync();
        (_, CredentialResponse? response) = await agent.BeginAsync(server.Anybody, "rack1-node2");

        await File.WriteAllTextAsync(file, "rack1-node1\n");
        Answer completed = await Answer.PostAsync(server.Anybody, "/v1/enrollments/complete", response!, ProtocolJson.CredentialResponse);

        completed.ShouldBeRefusedBy(HttpStatusCode.Forbidden, "enrollment.expected");
        (await Answer.GetAsync(server.Operator, "/v1/devices/rack1-node2")).ShouldBe(HttpStatusCode.NotFound);
        (await Answer.GetAsync(server.Operator, "/v1/devices/rack1-node2/refusals")).Json.GetProperty("refusals")[0].GetProperty("step").GetString().Should().Be("completion");
        (await Answer.PostAsync(server.Anybody, "/v1/enrollments/complete", """{"version":1,"challengeId":"a\u0000","proof":"AA=="}"""))
            .ShouldBeRefusedBy(HttpStatusCode.Forbidden, "challenge.known");
        await File.WriteAllTextAsync(file, "rack1-node2\n");
        (await agent.EnrollAsync(server.Anybody, "rack1-node2")).ShouldBeVerified();
    }

    [Fact]
    public async Task Emulated_TPMs_are_accepted_only_where_that_is_set()
    {
        await using TestServer server = await TestServer.StartAsync("--Fleet:AllowSoftwareTpms=false");
        await using HttpAgent agent = await HttpAgent.StartAsync();

        (await agent.EnrollAsync(server.Anybody, "node")).ShouldBeRefusedBy(HttpStatusCode.Forbidden, "ek.certificate.trust-class");
    }

    [Fact]
    public async Task Unanswered_challenges_are_bounded_for_each_source()
    {
        await using TestServer server = await TestServer.StartAsync("--Fleet:ChallengesPerSource=2");
        await using HttpAgent agent = await HttpAgent.StartAsync();
        (await agent.EnrollAsync(server.Anybody, "node")).ShouldBeVerified();
        Answer first = await Answer.ChallengeAsync(server.Anybody, "node");
        (await Answer.ChallengeAsync(server.Anybody, "node")).ShouldBe(HttpStatusCode.OK);

        Answer refused = await Answer.ChallengeAsync(server.Anybody, "node");

        refused.ShouldBeRefusedBy(HttpStatusCode.TooManyRequests, "challenge.capacity");
        refused.RetryAfter.Should().BePositive();
        (await HttpAgent.SendAsync(server.Anybody, await agent.RespondAsync(first.Read(ProtocolJson.AttestationChallenge)))).ShouldBeVerified();
        (await Answer.ChallengeAsync(server.Anybody, "node")).ShouldBe(HttpStatusCode.OK);
    }

    [Theory]
    [InlineData("127.0.0.1", "203.0.113.9")]
    [InlineData("127.0.0.0/8", "203.0.113.9")]
    [InlineData("10.0.0.1", "127.0.0.1")]
    public async Task What_a_proxy_says_of_the_source_is_believed_only_if_it_is_trusted(string proxy, string source)
    {
        await using TestServer server = await TestServer.StartAsync($"--Fleet:TrustedProxies:0={proxy}");
        server.Anybody.DefaultRequestHeaders.Add("X-Forwarded-For", "198.51.100.1, 203.0.113.9");

        (await Answer.PostAsync(server.Anybody, "/v1/evidence", """{"version":1,"challengeId":"never-issued","signature":"AA=="}"""))
            .ShouldBeRefusedBy(HttpStatusCode.Forbidden, "challenge.known");

        (await Answer.GetAsync(server.Operator, "/v1/refusals")).Json.GetProperty("refusals")[0].GetProperty("source").GetString().Should().Be(source);
    }
}
