using System.Net;
using Fleet.Server;
using Fleet.Server.Storage;
using Fleet.Server.Storage.Sqlite;
using HardwareAttestation.FleetLoad.Http;
using HardwareAttestation.FleetLoad.Machines;
using HardwareAttestation.Protocol;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;

namespace HardwareAttestation.Fleet.Tests.Faults;

/// <summary>The server's clock is set while machines are at it. What it costs is a second try.</summary>
public sealed class MovedClockTests : IAsyncLifetime
{
    private readonly string _folder = Directory.CreateTempSubdirectory("fleet-clock-").FullName;
    private readonly MovedClock _clock = new();
    private readonly MachineMaker _maker = new();
    private SqliteStorage _storage = null!;
    private WebApplication _server = null!;
    private HttpClient _client = null!;
    private AgentApi _api = null!;

    public async Task InitializeAsync()
    {
        FleetOptions options = new() { DataFolder = _folder, VendorRoots = false };
        options.TrustPaths.Add(_maker.WriteRoot(Path.Combine(_folder, "trust")));
        WebApplicationBuilder builder = WebApplication.CreateBuilder(new WebApplicationOptions { ContentRootPath = AppContext.BaseDirectory });
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Services.AddSingleton<TimeProvider>(_clock);
        _storage = new SqliteStorage(_folder, new StorageOptions(), _clock);
        await _storage.MigrateAsync();
        _server = FleetServer.Build(builder, options, _storage);
        await _server.StartAsync();
        _client = HttpClients.Create(new Uri(_server.Urls.Single()));
        _api = new AgentApi(_client, new Latencies());
    }

    public async Task DisposeAsync()
    {
        _client.Dispose();
        await _server.DisposeAsync();
        await _storage.DisposeAsync();
        _maker.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(-1)]
    public async Task A_machine_attests_after_the_clock_was_set(int days)
    {
        using SoftwareMachine machine = _maker.Make("node");
        (await machine.EnrollAsync(_api)).IsOk.Should().BeTrue();
        (await machine.AttestAsync(_api)).IsOk.Should().BeTrue();

        _clock.Move(TimeSpan.FromDays(days));

        machine.Restart();
        (await machine.AttestAsync(_api)).IsOk.Should().BeTrue();
        (await StateOfAsync("node")).Should().Be(DeviceState.Attested);
    }

    [Fact]
    public async Task A_clock_that_is_set_ahead_ends_challenges_and_the_next_ones_are_good()
    {
        using SoftwareMachine machine = _maker.Make("node");
        CredentialChallenge credential = (await _api.BeginEnrollmentAsync(machine.Tpm.Ask("node"))).Value!;
        _clock.Move(TimeSpan.FromHours(1));
        (await _api.CompleteEnrollmentAsync(machine.Tpm.Answer(credential, "node"))).Status.Should().Be(HttpStatusCode.Forbidden);
        (await machine.EnrollAsync(_api)).IsOk.Should().BeTrue();

        AttestationChallenge challenge = (await _api.GetChallengeAsync("node")).Value!;
        _clock.Move(TimeSpan.FromHours(1));
        (await _api.SendEvidenceAsync(machine.Tpm.Answer(challenge))).Status.Should().Be(HttpStatusCode.Forbidden);
        (await machine.AttestAsync(_api)).IsOk.Should().BeTrue();
    }

    [Fact]
    public async Task A_clock_that_is_set_back_lets_no_challenge_be_redeemed_again()
    {
        using SoftwareMachine machine = _maker.Make("node");
        (await machine.EnrollAsync(_api)).IsOk.Should().BeTrue();
        AttestationChallenge challenge = (await _api.GetChallengeAsync("node")).Value!;
        AttestationEvidence evidence = machine.Tpm.Answer(challenge);
        (await _api.SendEvidenceAsync(evidence)).IsOk.Should().BeTrue();

        _clock.Move(TimeSpan.FromDays(-1));

        (await _api.SendEvidenceAsync(evidence)).IsRefusedBy("challenge.known").Should().BeTrue();
    }

    private async Task<DeviceState> StateOfAsync(string node) =>
        (await _storage.Directory.FindAsync(node, new FleetOptions().OverdueBefore(_clock.GetUtcNow())))!.State;

    private sealed class MovedClock : TimeProvider
    {
        private long _offset;

        public override DateTimeOffset GetUtcNow() => base.GetUtcNow() + TimeSpan.FromTicks(Interlocked.Read(ref _offset));

        public void Move(TimeSpan by) => Interlocked.Add(ref _offset, by.Ticks);
    }
}
