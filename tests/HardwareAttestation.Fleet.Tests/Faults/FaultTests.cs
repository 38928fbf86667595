using HardwareAttestation.FleetLoad.Faults;
using HardwareAttestation.FleetLoad.Machines;
using HardwareAttestation.FleetLoad.Stores;

namespace HardwareAttestation.Fleet.Tests.Faults;

/// <summary>
/// Servers and database fail while agents work, for a few seconds; <c>benchmarks/HardwareAttestation.FleetLoad -- faults</c> does the same for as long as one likes. After each, no enrolment and no
/// boot that was acknowledged is lost, no challenge was redeemed twice, and every agent has recovered by itself.
/// </summary>
public sealed class FaultTests : IDisposable
{
    private static readonly FaultPlan Plan = new() { Store = StoreKind.Sqlite, Duration = TimeSpan.FromSeconds(4), Agents = 4 };
    private readonly MachineMaker _maker = new();

    [Fact]
    public async Task What_a_killed_server_has_acknowledged_is_there_again()
    {
        FaultReport report = await RunAsync(Plan with { KillServers = true });

        report.ServersKilled.Should().BePositive();
    }

    [Fact]
    public async Task What_servers_on_PostgreSQL_have_acknowledged_is_there_after_they_and_it_have_failed()
    {
        FaultReport report = await RunAsync(Plan with { Store = StoreKind.Postgres, Servers = 2, KillServers = true, StopDatabase = true });

        report.ServersKilled.Should().BePositive();
        report.DatabaseStops.Should().BePositive();
    }

    [Fact]
    public async Task Of_two_servers_that_get_the_same_answer_at_once_one_accepts_it()
    {
        FaultReport report = await RunAsync(Plan with { Store = StoreKind.Postgres, Servers = 2, Duration = TimeSpan.FromSeconds(2) });

        report.Journal.Pairs.Should().BePositive();
        report.Journal.Others.Total.Should().Be(report.Journal.Pairs, "the other one refuses: " + report);
    }

    [SmallDiskFact]
    public async Task A_full_disk_loses_nothing_and_the_server_goes_on_when_there_is_room_again()
    {
        FaultReport report = await RunAsync(Plan with { FillDisk = true });

        report.DiskFills.Should().BePositive();
        report.Journal.Others.Has("evidence 503").Should().BeTrue("what cannot be stored is not acknowledged");
    }

    public void Dispose() => _maker.Dispose();

    private async Task<FaultReport> RunAsync(FaultPlan plan)
    {
        FaultReport report = await new FaultRun(plan, _maker).RunAsync();
        report.AllIsWell.Should().BeTrue(report.ToString());
        report.Journal.Enrolled.Should().NotBeEmpty();
        report.Journal.Verified.Should().BePositive();
        return report;
    }
}
