using HardwareAttestation.Protocol;
using HardwareAttestation.Structures;
using HardwareAttestation.Wire;

namespace HardwareAttestation.Verifier;

/// <summary>Judges an enrolled device before its evidence is looked at: what was right when it was enrolled may not be so any more.</summary>
internal static class DeviceChecks
{
    private static readonly FixedCheck Active = new(CheckIds.DeviceActive, "The node's device is in service.");
    private static readonly FixedCheck Unchanged = new(CheckIds.DeviceUnchanged, "The node has the same device as when it was challenged.");

    /// <summary>Records what it finds.</summary>
    /// <returns>Whether the evidence is worth a look.</returns>
    public static bool Judge(DeviceRecord device, AttestationState state, ProtocolPolicy policy, FindingList findings)
    {
        bool current = JudgeStatus(device, findings) && findings.Check(
            Unchanged,
            device.EnrollmentId == state.EnrollmentId,
            "The node was enrolled anew after it was challenged: challenge it again.");
        if (!current)
        {
            return false;
        }

        if (device.IsTrustedOnFirstUse)
        {
            EnrollmentChecks.JudgeMissingCertificate(policy, findings);
        }

        policy.AttestationKeys.Judge(
            TpmWire.Parse<TpmtPublic>(device.AttestationPublic.Span), hasStorageParent: !device.StorageParentPublic.IsEmpty, findings);
        return !findings.HasRefusal;
    }

    public static bool JudgeStatus(DeviceRecord device, FindingList findings) => findings.Check(
        Active,
        device.Status == DeviceStatus.Active,
        device.Status switch
        {
            DeviceStatus.Retired => $"The node's device is retired{Because(device)}: an operator must reinstate it first.",
            DeviceStatus.Revoked => $"The node's device is revoked{Because(device)}.",
            _ => "The node's device has no status: the device store does not keep it.",
        });

    private static string Because(DeviceRecord device) => device.StatusReason is { } reason ? $" ({reason})" : string.Empty;
}
