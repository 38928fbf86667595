using System.Diagnostics;
using System.Diagnostics.Metrics;
using HardwareAttestation.Structures;

namespace HardwareAttestation.Client;

/// <summary>
/// What can be watched of the client (<see cref="AttestationClientDiagnostics"/>). Tags name commands, operations, devices and errors; nothing that a command or response holds is among
/// them.
/// </summary>
internal static class ClientTelemetry
{
    private const string OperationTag = "tpm.operation";
    private const string CommandTag = "tpm.command";
    private const string DeviceTag = "tpm.device";
    private const string ErrorTag = "error.type";

    private static readonly string? Version = typeof(ClientTelemetry).Assembly.GetName().Version?.ToString(3);
    private static readonly ActivitySource Source = new(AttestationClientDiagnostics.ActivitySourceName, Version);
    private static readonly Meter Meter = new(AttestationClientDiagnostics.MeterName, Version);

    // Seconds: from a command to an emulated TPM, to an RSA key that a chip makes.
    private static readonly InstrumentAdvice<double> Seconds = new()
    {
        HistogramBucketBoundaries = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
    };

    private static readonly Histogram<double> Duration = Meter.CreateHistogram<double>(
        "tpm.client.command.duration", "s", "How long TPM commands took, retries and their waits included. Its count is the number of commands.", advice: Seconds);

    private static readonly Counter<long> Retries = Meter.CreateCounter<long>(
        "tpm.client.command.retries", "{retry}", "How often a command was sent again, because the TPM asked for it or to make room in its slots.");

    private static readonly Histogram<double> OperationDuration = Meter.CreateHistogram<double>(
        "tpm.client.operation.duration", "s", "How long operations of the client took, each a sequence of commands, from when their turn came.", advice: Seconds);

    /// <summary>Begins an operation, which is a sequence of commands.</summary>
    /// <returns>Null where nobody watches.</returns>
    public static TelemetryScope? BeginOperation(string operation, string device)
    {
        if (!OperationDuration.Enabled && !Source.HasListeners())
        {
            return null;
        }

        Activity? activity = Source.StartActivity(operation);
        activity?.SetTag(OperationTag, operation);
        activity?.SetTag(DeviceTag, device);
        return new TelemetryScope(activity, OperationDuration, new TagList { { OperationTag, operation }, { DeviceTag, device } });
    }

    /// <summary>Begins a command.</summary>
    /// <returns>Null where nobody watches.</returns>
    public static TelemetryScope? BeginCommand(TpmCommandCode command, string device)
    {
        if (!Duration.Enabled && !Source.HasListeners())
        {
            return null;
        }

        string name = $"TPM2_{command}";
        Activity? activity = Source.StartActivity(name, ActivityKind.Client);
        activity?.SetTag(CommandTag, name);
        activity?.SetTag(DeviceTag, device);
        return new TelemetryScope(activity, Duration, new TagList { { CommandTag, name }, { DeviceTag, device } });
    }

    public static void CountRetry(TpmCommandCode command, string device, TpmRc cause)
    {
        if (Retries.Enabled)
        {
            Retries.Add(1, new(CommandTag, $"TPM2_{command}"), new(DeviceTag, device), new(ErrorTag, $"{cause}"));
        }
    }

    /// <summary>What went wrong, in few words that are the same each time.</summary>
    public static string Describe(Exception exception) => exception is TpmCommandException refusal
        ? $"{refusal.ResponseCode.Error}"
        : exception.GetType().FullName!;

    /// <summary>Something that takes time and can fail.</summary>
    internal sealed class TelemetryScope(Activity? activity, Histogram<double> duration, TagList tags)
    {
        private readonly long _start = Stopwatch.GetTimestamp();

        public void End(Exception? exception)
        {
            TagList all = tags;
            if (exception is not null)
            {
                all.Add(ErrorTag, Describe(exception));
                activity?.SetTag(ErrorTag, Describe(exception));
                activity?.SetStatus(ActivityStatusCode.Error, exception.Message);
            }

            duration.Record(Stopwatch.GetElapsedTime(_start).TotalSeconds, all);
            activity?.Dispose();
        }
    }
}
