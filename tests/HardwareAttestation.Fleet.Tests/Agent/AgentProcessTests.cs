using System.Globalization;
using System.Net.Http.Headers;
using System.Text.Json;
using Fleet.Agent;
using HardwareAttestation.Emulation;

namespace HardwareAttestation.Fleet.Tests.Agent;

/// <summary>The agent as a process, with the server as another and an emulated TPM.</summary>
public sealed class AgentProcessTests : IAsyncLifetime
{
    private const string Node = "rack1-node7";
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(5);

    private readonly HeldPort _port = new();
    private readonly string _state = ProcessFolder.CreateFolder("agent");
    private readonly string _data = ProcessFolder.CreateFolder("data");
    private readonly HttpClient _operator = new();
    private EmulatedMachine _machine = null!;
    private FleetServerProcess _server = null!;

    public async Task InitializeAsync()
    {
        _machine = await SharedMachines.CreateMachineAsync();
        _server = await StartServerAsync();
        _operator.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", _server.OperatorToken);
    }

    public async Task DisposeAsync()
    {
        _operator.Dispose();
        await _server.DisposeAsync();
        _port.Dispose();
        await _machine.DisposeAsync();
        Directory.Delete(_state, recursive: true);
        Directory.Delete(_data, recursive: true);
    }

    [Fact]
    public async Task Once_enrols_the_first_time_and_attests_ever_after()
    {
        (int first, string firstSaid) = await RunOnceAsync();
        (int second, string secondSaid) = await RunOnceAsync();

        first.Should().Be(ExitStatus.Done, firstSaid);
        firstSaid.Should().Contain($"enrolled and attested as {Node}.");
        second.Should().Be(ExitStatus.Done, secondSaid);
        secondSaid.Should().Contain($"attested as {Node}.").And.NotContain("enrolled and");
        (await GetDeviceAsync()).GetProperty("state").GetString().Should().Be("attested");
    }

    [Fact]
    public async Task A_service_attests_on_its_period_and_ends_with_0_when_it_is_told_to()
    {
        await using SupervisedProcess agent = StartAgent("--period", "1s");
        await WaitForAttestationAsync(agent);
        await WaitForAttestationAsync(agent);
        await WaitForAttestationAsync(agent);

        (await agent.StopAsync()).Should().Be(ExitStatus.Done, agent.Output);

        agent.Output.Should().EndWith("stopped.");
    }

    [Fact]
    public async Task A_service_outlives_a_server_that_is_killed_and_started_again()
    {
        await using SupervisedProcess agent = StartAgent("--period", "1s");
        await WaitForAttestationAsync(agent);
        await _server.KillAsync();
        await agent.WaitForLineAsync(line => line.StartsWith("server: ", StringComparison.Ordinal), Patience);
        await _server.DisposeAsync();

        _server = await StartServerAsync();

        (await WaitForAttestationAsync(agent)).Should().StartWith("attested", "the server has kept the enrolment");
    }

    [Fact]
    public async Task A_service_outlives_a_TPM_that_is_gone_for_a_while()
    {
        await using SupervisedProcess agent = StartAgent("--period", "1s");
        await WaitForAttestationAsync(agent);
        await _machine.PowerOffAsync();
        await agent.WaitForLineAsync(line => line.StartsWith("TPM: ", StringComparison.Ordinal), Patience);

        await _machine.PowerOnAsync(CancellationToken.None);

        (await WaitForAttestationAsync(agent)).Should().StartWith("attested");
    }

    [Fact]
    public async Task A_power_cycle_is_another_boot_of_the_same_device()
    {
        await RunOnceAsync();
        uint before = (await GetDeviceAsync()).GetProperty("resetCount").GetUInt32();
        await _machine.PowerCycleAsync();

        (int status, string said) = await RunOnceAsync();

        status.Should().Be(ExitStatus.Done, said);
        (await GetDeviceAsync()).GetProperty("resetCount").GetUInt32().Should().Be(before + 1);
    }

    [Fact]
    public async Task A_copy_of_the_disk_in_another_machine_is_refused_with_status_1()
    {
        await RunOnceAsync();
        await using EmulatedMachine other = await SharedMachines.CreateOtherMachineAsync();

        (int status, string said) = await RunOnceAsync(other);

        status.Should().Be(ExitStatus.Refused, said);
        said.Should().Contain("signature.valid").And.Contain("refused at enrolment by enrollment.node-free").And.Contain("copy of another machine's disk");
        JsonElement device = await GetDeviceAsync();
        device.GetProperty("state").GetString().Should().Be("attested");
        device.GetProperty("refusedAttempts").GetProperty("count").GetInt64().Should().Be(2);

        // The honest machine is not harmed.
        (status, said) = await RunOnceAsync();
        status.Should().Be(ExitStatus.Done, said);
        (await GetDeviceAsync()).GetProperty("state").GetString().Should().Be("attested");
    }

    [Fact]
    public async Task A_lost_key_says_what_to_do_and_comes_back_when_the_operator_has_done_it()
    {
        await RunOnceAsync();
        File.Delete(Path.Combine(_state, "enrolled.akblob"));

        (int status, string said) = await RunOnceAsync();
        status.Should().Be(ExitStatus.Refused, said);
        said.Should().Contain("what to do: ").And.Contain("an operator can allow its re-enrolment");

        await DecideAsync("allow-reenrollment");
        (status, said) = await RunOnceAsync();
        status.Should().Be(ExitStatus.Done, said);
        said.Should().Contain("enrolled and attested");
    }

    [Fact]
    public async Task A_replaced_machine_comes_back_when_the_operator_has_allowed_its_replacement()
    {
        await RunOnceAsync();
        await using EmulatedMachine other = await SharedMachines.CreateOtherMachineAsync();
        await DecideAsync("allow-replacement");

        (int status, string said) = await RunOnceAsync(other);
        status.Should().Be(ExitStatus.Done, said);
        (status, said) = await RunOnceAsync(other);
        status.Should().Be(ExitStatus.Done, said);
        said.Should().NotContain("enrolled and");
    }

    [Fact]
    public async Task A_device_that_was_retired_is_refused_and_says_who_can_change_that()
    {
        await RunOnceAsync();
        await DecideAsync("retire");

        (int status, string said) = await RunOnceAsync();
        status.Should().Be(ExitStatus.Refused, said);
        said.Should().Contain("device.active").And.Contain("reinstate");

        await DecideAsync("reinstate");
        (status, said) = await RunOnceAsync();
        status.Should().Be(ExitStatus.Done, said);
    }

    private SupervisedProcess StartAgent(params string[] arguments) => StartAgent(_machine, arguments);

    private SupervisedProcess StartAgent(EmulatedMachine machine, params string[] arguments) => SupervisedProcess.Start(
        "The agent",
        [
            "dotnet", BuiltProgram.Agent, "--server", _server.Address.ToString(), "--node", Node,
            "--tpm", machine.DeviceString, "--state", _state, .. arguments,
        ],
        [new(Journal.StreamVariable, null)]);

    private async Task<(int Status, string Output)> RunOnceAsync(EmulatedMachine? machine = null)
    {
        await using SupervisedProcess agent = StartAgent(machine ?? _machine, "--once");
        return (await agent.WaitForExitAsync(Patience), agent.Output);
    }

    private static Task<string> WaitForAttestationAsync(SupervisedProcess agent) =>
        agent.WaitForLineAsync(line => line.Contains($"attested as {Node}.", StringComparison.Ordinal), Patience);

    private async Task<FleetServerProcess> StartServerAsync()
    {
        TpmManufacturer manufacturer = await SharedMachines.GetManufacturerAsync();
        return await FleetServerProcess.StartAsync(
            _data,
            [
                $"--urls=http://127.0.0.1:{_port.Number}", "--Fleet:AllowSoftwareTpms=true", "--Fleet:VendorRoots=false",
                $"--Fleet:TrustPaths:0={manufacturer.RootCertificatePath}", $"--Fleet:TrustPaths:1={manufacturer.IssuerCertificatePath}",
            ]);
    }

    private Uri PathOf(string path) => new(_server.Address, string.Create(CultureInfo.InvariantCulture, $"v1/devices/{Node}{path}"));

    private async Task<JsonElement> GetDeviceAsync()
    {
        using JsonDocument device = JsonDocument.Parse(await _operator.GetByteArrayAsync(PathOf(string.Empty)));
        return device.RootElement.Clone();
    }

    private async Task DecideAsync(string decision)
    {
        using HttpResponseMessage answer = await _operator.PostAsync(PathOf("/" + decision), null);
        answer.EnsureSuccessStatusCode();
    }
}
