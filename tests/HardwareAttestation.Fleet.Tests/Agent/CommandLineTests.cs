using Fleet.Agent;

namespace HardwareAttestation.Fleet.Tests.Agent;

public sealed class CommandLineTests
{
    private readonly StringWriter _output = new();
    private readonly StringWriter _error = new();

    [Theory]
    [InlineData("1s", 1)]
    [InlineData("90s", 90)]
    [InlineData("1.5m", 90)]
    [InlineData("15m", 900)]
    [InlineData("1h", 3600)]
    [InlineData("00:10:00", 600)]
    [InlineData("7.00:00:00", 604_800)]
    public void A_period_has_a_unit_or_colons(string text, double seconds)
    {
        Arguments.ReadPeriod(text).Should().Be(TimeSpan.FromSeconds(seconds));
    }

    [Theory]
    [InlineData("")]
    [InlineData("s")]
    [InlineData("30")]
    [InlineData("0s")]
    [InlineData("-1s")]
    [InlineData("1d")]
    [InlineData("169h")]
    [InlineData("9e99h")]
    [InlineData("99999999999999999999999999999999999h")]
    [InlineData("NaNs")]
    [InlineData("1 h")]
    public void What_is_no_period_is_refused(string text)
    {
        FluentActions.Invoking(() => Arguments.ReadPeriod(text)).Should().Throw<MisuseException>().WithMessage("*90s*");
    }

    [Theory]
    [InlineData("--server is missing")]
    [InlineData("--node is missing", "--server", "http://localhost:1")]
    [InlineData("is not an address", "--server", "fleet.example", "--node", "n")]
    [InlineData("is not an address", "--server", "file:///etc/passwd", "--node", "n")]
    [InlineData("--tpm: The device string", "--server", "http://localhost:1", "--node", "n", "--tpm", "floppy")]
    [InlineData("--ca-file:", "--server", "https://localhost:1", "--node", "n", "--ca-file", "/nowhere/roots.pem")]
    [InlineData("has no certificate", "--server", "https://localhost:1", "--node", "n", "--ca-file", "/dev/null")]
    [InlineData("is not a time", "--server", "http://localhost:1", "--node", "n", "--period", "30")]
    [InlineData("Try 'fleet-agent --help'", "--floppy")]
    public async Task A_wrong_call_is_told_in_one_line_and_ends_with_2(string told, params string[] args)
    {
        int status = await CommandLine.RunAsync(args, _output, _error, CancellationToken.None);

        status.Should().Be(ExitStatus.Misuse);
        _error.ToString().Should().StartWith("fleet-agent: ").And.Contain(told);
        _error.ToString().Trim().Should().NotContain("\n");
    }

    [Fact]
    public async Task Its_help_names_every_option_and_the_statuses()
    {
        (await CommandLine.RunAsync(["--help"], _output, _error, CancellationToken.None)).Should().Be(ExitStatus.Done);

        _output.ToString().Should().ContainAll("--server", "--node", "--tpm", "--state", "--period", "--once", "--ca-file", "FLEET_AGENT_CA_FILE", "3 TPM failed");
    }
}
