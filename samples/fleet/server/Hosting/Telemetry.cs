using HardwareAttestation.Verifier;
using OpenTelemetry.Logs;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;

namespace Fleet.Server.Hosting;

/// <summary>Sends metrics, traces and logs by OTLP, if the environment says where to (OTEL_EXPORTER_OTLP_ENDPOINT).</summary>
internal static class Telemetry
{
    private const string Endpoint = "OTEL_EXPORTER_OTLP_ENDPOINT";
    private const string ServiceName = "OTEL_SERVICE_NAME";
    private const string Database = "Npgsql";

    public static void AddFleetTelemetry(this IServiceCollection services, WebApplicationBuilder builder)
    {
        if (string.IsNullOrEmpty(builder.Configuration[Endpoint]))
        {
            return;
        }

        services.AddOpenTelemetry()
            .ConfigureResource(resource => resource.AddService(builder.Configuration[ServiceName] ?? "fleet-server"))
            .WithMetrics(metrics => metrics
                .AddMeter(
                    AttestationVerifierDiagnostics.MeterName,
                    Database,
                    "Microsoft.AspNetCore.Hosting",
                    "Microsoft.AspNetCore.Server.Kestrel",
                    "Microsoft.AspNetCore.RateLimiting",
                    "System.Runtime")
                .AddOtlpExporter())
            .WithTracing(traces => traces.AddSource(AttestationVerifierDiagnostics.ActivitySourceName, Database, "Microsoft.AspNetCore").AddOtlpExporter())
            .WithLogging(logs => logs.AddOtlpExporter());
    }
}
