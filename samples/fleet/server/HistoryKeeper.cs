using Fleet.Server.Hosting;
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
    /// <param name="context">Where it came from.</param>
    public Task RecordAsync(string step, string? nodeId, Verdict verdict, HttpContext context)
    {
        Finding first = verdict.Refusals.First();
        DateTimeOffset now = timeProvider.GetUtcNow();
        string? node = AttestationVerifier.IsNodeId(nodeId) ? nodeId : null;
        bool isSigned = IsSigned(verdict);
        if (isSigned)
        {
            // The verifier's own line may be left out, where others of this source were too many.
            FleetLog.SignedRefused(logger, node, first.Check, first.Detail, context.SourceAddress());
        }

        return KeepAsync(node, () => history.RecordRefusalAsync(new Refusal(
            node, step, first.Check, first.Detail, context.SourceAddress(), now, now, Signed: isSigned, Network: context.SourceNetwork())));
    }

    // The enrolled key's signature over this challenge's nonce is the device's own word, whoever brought it. One over another nonce, or over what cannot be read, may be a recording. The values of PCRs are not signed, so that
    // whoever passes them on can change them; and where two answers of a device are stored at once, nothing is wrong with it.
    private static bool IsSigned(Verdict verdict) =>
        verdict.Findings.Any(finding => finding is { Check: CheckIds.SignatureValid, Outcome: FindingOutcome.Passed })
        && !verdict.Refusals.Any(finding => finding.Check is CheckIds.EvidenceForm or CheckIds.QuoteMagic or CheckIds.QuoteNonce or CheckIds.QuotePcrDigest or CheckIds.DeviceUnchanged);

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
