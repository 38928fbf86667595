using Fleet.Server.Storage;
using HardwareAttestation.Protocol;
using HardwareAttestation.Verifier;

namespace Fleet.Server;

/// <summary>Writes down what became of the machines' attempts. An answer that the verifier has stored already stands, whether that works or not.</summary>
internal sealed class HistoryKeeper(IFleetHistory history, TimeProvider timeProvider, ILogger<HistoryKeeper> logger)
{
    public Task RecordAsync(DeviceRecord attested) => attested is { LastVerifiedAt: { } at, LastClockInfo: { } clock }
        ? KeepAsync(
            attested.NodeId, () => history.RecordAttestationAsync(new Attestation(attested.NodeId, attested.EnrollmentId, at, clock.ResetCount, clock.RestartCount)))
        : Task.CompletedTask;

    /// <param name="step">What was asked for.</param>
    /// <param name="nodeId">In whose name, as somebody says; what is no node's name is not written down.</param>
    /// <param name="verdict">The refusal.</param>
    /// <param name="source">Where it came from.</param>
    public Task RecordAsync(string step, string? nodeId, Verdict verdict, string source)
    {
        Finding first = verdict.Refusals.First();
        DateTimeOffset now = timeProvider.GetUtcNow();
        string? node = AttestationVerifier.IsNodeId(nodeId) ? nodeId : null;
        return KeepAsync(node, () => history.RecordRefusalAsync(new Refusal(node, step, first.Check, first.Detail, source, now, now)));
    }

    private async Task KeepAsync(string? node, Func<Task> record)
    {
        try
        {
            await record();
        }
        catch (Exception exception)
        {
            FleetLog.HistoryLost(logger, node, exception);
        }
    }
}
