using System.Collections.Concurrent;
using System.Net;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace HardwareAttestation.Fleet.Tests.Server;

/// <summary>What the server tells a collector.</summary>
public sealed class OtlpTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task Metrics_traces_and_logs_reach_a_collector_that_the_environment_names()
    {
        ConcurrentDictionary<string, TaskCompletionSource> wanted = new()
        {
            ["/v1/metrics attestation.verifier.operation.duration"] = new(),
            ["/v1/metrics HardwareAttestation.Verifier"] = new(),
            ["/v1/metrics http.server.request.duration"] = new(),
            ["/v1/traces create_challenge"] = new(),
            ["/v1/logs has no device yet"] = new(),
        };
        await using WebApplication collector = await StartCollectorAsync(wanted);
        Dictionary<string, string> environment = new()
        {
            ["OTEL_EXPORTER_OTLP_ENDPOINT"] = collector.Urls.Single(),
            ["OTEL_EXPORTER_OTLP_PROTOCOL"] = "http/protobuf",
            ["OTEL_METRIC_EXPORT_INTERVAL"] = "100",
            ["OTEL_BSP_SCHEDULE_DELAY"] = "100",
            ["OTEL_BLRP_SCHEDULE_DELAY"] = "100",
        };
        await using TestServer server = await TestServer.StartAsync(dataFolder: null, environment);

        (await Answer.ChallengeAsync(server.Anybody, "nobody")).ShouldBe(HttpStatusCode.NotFound);

        foreach ((string what, TaskCompletionSource seen) in wanted)
        {
            await seen.Task.Awaiting(task => task.WaitAsync(Patience)).Should().NotThrowAsync(what);
        }
    }

    // The texts that are looked for stand in protobuf as they are.
    private static async Task<WebApplication> StartCollectorAsync(ConcurrentDictionary<string, TaskCompletionSource> wanted)
    {
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Logging.ClearProviders();
        WebApplication collector = builder.Build();
        collector.MapPost("/{**path}", async (HttpRequest request) =>
        {
            using MemoryStream body = new();
            await request.Body.CopyToAsync(body);
            string text = Encoding.Latin1.GetString(body.ToArray());
            foreach ((string what, TaskCompletionSource seen) in wanted)
            {
                string[] parts = what.Split(' ', 2);
                if (request.Path == parts[0] && text.Contains(parts[1], StringComparison.Ordinal))
                {
                    seen.TrySetResult();
                }
            }

            return Results.Ok();
        });
        await collector.StartAsync();
        return collector;
    }
}
