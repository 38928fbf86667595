using HardwareAttestation.Protocol;
using Microsoft.Extensions.Logging;

namespace HardwareAttestation.Verifier;

/// <summary>What the steps of both exchanges need.</summary>
internal sealed record ProtocolServices(
    ProtocolPolicy Policy,
    EndorsementCertificateValidator Certificates,
    IDeviceStore Devices,
    ChallengeDesk Challenges,
    IPcrPolicyProvider? PcrPolicies,
    TimeProvider TimeProvider,
    ILogger Logger)
{
    public Verdict LogRefusal(string operation, string? nodeId, FindingList findings)
    {
        Verdict verdict = findings.ToVerdict();
        VerifierLog.Refused(Logger, operation, nodeId is not null && MessageChecks.IsNodeId(nodeId) ? nodeId : "(unknown)", verdict);
        return verdict;
    }
}
