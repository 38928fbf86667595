using System.Net;
using Fleet.Server.Hosting;
using Microsoft.Extensions.Logging;

namespace HardwareAttestation.Fleet.Tests.Server;

/// <summary>How much strangers can have written into the log.</summary>
public sealed class LogLimitTests
{
    private readonly Lines _lines = new();

    [Fact]
    public void The_first_lines_of_a_source_are_written_and_the_others_are_counted_at_the_end_of_the_minute()
    {
        using LogLimit limit = new(TimeProvider.System, _lines);
        for (int line = 0; line < LogLimit.LinesPerSource; line++)
        {
            limit.Allows("192.0.2.7").Should().BeTrue();
        }

        limit.Allows("192.0.2.7").Should().BeFalse();
        limit.Allows("192.0.2.7").Should().BeFalse();
        limit.Allows("192.0.2.8").Should().BeTrue();
        limit.EndMinute();

        _lines.Written.Should().Equal("Left out 2 lines that 192.0.2.7 caused within a minute");
        limit.Allows("192.0.2.7").Should().BeTrue();
        limit.EndMinute();
        _lines.Written.Should().ContainSingle();
    }

    [Fact]
    public void Many_sources_at_once_are_bounded_together()
    {
        using LogLimit limit = new(TimeProvider.System, _lines);
        int allowed = 0;
        for (int source = 0; source < 3000; source++)
        {
            for (int line = 0; line < LogLimit.LinesPerSource + 1; line++)
            {
                allowed += limit.Allows($"source{source}") ? 1 : 0;
            }
        }

        limit.EndMinute();

        allowed.Should().Be(1001 * LogLimit.LinesPerSource);
        _lines.Written.Should().HaveCount(21);
        _lines.Written[0].Should().Contain("that others caused");
        _lines.Written[^1].Should().Contain("other sources");
    }

    [Fact]
    public async Task Refusals_of_a_source_fill_no_log_and_are_counted_before_the_server_ends()
    {
        await using TestServer server = await TestServer.StartAsync();
        for (int request = 0; request < LogLimit.LinesPerSource + 5; request++)
        {
            (await Answer.PostAsync(server.Anybody, "/v1/evidence", """{"version":1,"challengeId":"never-issued","signature":"AA=="}""")).ShouldBe(HttpStatusCode.Forbidden);
            (await Answer.GetAsync(server.Anybody, "/v1/fleet")).ShouldBe(HttpStatusCode.Unauthorized);
        }

        (await server.Process.StopAsync()).Should().Be(0);

        string[] lines = server.Process.Output.Split('\n');
        lines.Count(line => line.Contains("was refused for node", StringComparison.Ordinal) || line.Contains("was not authorized", StringComparison.Ordinal))
            .Should().Be(LogLimit.LinesPerSource);
        server.Process.Output.Should().Contain($"Left out {LogLimit.LinesPerSource + 10} lines that 127.0.0.1 caused");
    }

    private sealed class Lines : ILogger<LogLimit>
    {
        public List<string> Written { get; } = [];

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            Written.Add(formatter(state, exception));
    }
}
