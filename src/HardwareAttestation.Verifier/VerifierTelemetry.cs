using System.Diagnostics;
using System.Diagnostics.Metrics;
using HardwareAttestation.Protocol;

namespace HardwareAttestation.Verifier;

/// <summary>
/// What can be watched of the verifier: an <see cref="ActivitySource"/> and a <see cref="Meter"/>, both named after the package. Tags name operations, what they came to and checks: words of
/// this package, so that no message adds to them. Spans of single operations name the node, too, where the verifier knows it.
/// </summary>
internal static class VerifierTelemetry
{
    private const string OperationTag = "attestation.operation";
    private const string OutcomeTag = "attestation.outcome";
    private const string CheckTag = "attestation.check";
    private const string NodeTag = "attestation.node";
    private const string ErrorTag = "error.type";

    private static readonly string? Version = typeof(VerifierTelemetry).Assembly.GetName().Version?.ToString(fieldCount: 3);
    private static readonly ActivitySource Source = new(AttestationVerifierDiagnostics.ActivitySourceName, Version);
    private static readonly Meter Meter = new(AttestationVerifierDiagnostics.MeterName, Version);

    private static readonly Histogram<double> Duration = Meter.CreateHistogram<double>(
        "attestation.verifier.operation.duration",
        "s",
        "How long operations of the verifier took, with what they came to and the first check that refused. Its count is the number of operations.",
        tags: null,
        new InstrumentAdvice<double> { HistogramBucketBoundaries = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10] });

    /// <summary>Watches an operation. Where nobody listens, it only runs.</summary>
    /// <param name="operation">Its name, a word that does not change.</param>
    /// <param name="state">What it needs: lambdas that capture nothing cost nothing.</param>
    /// <param name="run">Runs it.</param>
    /// <param name="describe">Says what it came to.</param>
    public static Task<TResult> WatchAsync<TState, TResult>(
        string operation, TState state, Func<TState, Task<TResult>> run, Func<TState, TResult, OperationOutcome> describe) =>
        Duration.Enabled || Source.HasListeners() ? WatchedAsync(operation, state, run, describe) : run(state);

    private static async Task<TResult> WatchedAsync<TState, TResult>(
        string operation, TState state, Func<TState, Task<TResult>> run, Func<TState, TResult, OperationOutcome> describe)
    {
        using Activity? activity = Source.StartActivity(operation);
        long start = Stopwatch.GetTimestamp();
        TagList tags = new() { { OperationTag, operation } };
        try
        {
            TResult result = await run(state).ConfigureAwait(false);
            OperationOutcome outcome = describe(state, result);
            tags.Add(OutcomeTag, outcome.Word);
            if (outcome.Check is not null)
            {
                tags.Add(CheckTag, outcome.Check);
            }

            if (MessageChecks.IsNodeId(outcome.NodeId))
            {
                activity?.SetTag(NodeTag, outcome.NodeId);
            }

            return result;
        }
        catch (Exception exception)
        {
            tags.Add(ErrorTag, exception.GetType().FullName);
            activity?.SetStatus(ActivityStatusCode.Error, exception.Message);
            throw;
        }
        finally
        {
            foreach (KeyValuePair<string, object?> tag in tags)
            {
                activity?.SetTag(tag.Key, tag.Value);
            }

            Duration.Record(Stopwatch.GetElapsedTime(start).TotalSeconds, tags);
        }
    }
}

/// <summary>What an operation came to.</summary>
/// <param name="Word">In a word of this package.</param>
/// <param name="Check">The first check that refused, or null.</param>
/// <param name="NodeId">The node, as somebody may have sent it, or null.</param>
internal readonly record struct OperationOutcome(string Word, string? Check, string? NodeId)
{
    public static OperationOutcome Of(Verdict verdict, string? nodeId) =>
        verdict.IsVerified ? new("verified", null, nodeId) : new("refused", verdict.Refusals is [Finding first, ..] ? first.Check : null, nodeId);

    public static OperationOutcome Of(DeviceChangeOutcome outcome, string nodeId) => new(
        outcome switch
        {
            DeviceChangeOutcome.Changed => "changed",
            DeviceChangeOutcome.Unchanged => "unchanged",
            DeviceChangeOutcome.NoDevice => "no-device",
            DeviceChangeOutcome.Revoked => "revoked",
            DeviceChangeOutcome.Busy => "busy",
            _ => "none",
        },
        null,
        nodeId);
}
