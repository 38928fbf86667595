using HardwareAttestation.Protocol;

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
        else if (!policy.Allows(device.TrustClass))
        {
            findings.Refuse(
                CheckIds.EkCertificateTrustClass, $"The device was enrolled with a certificate for a TPM of a kind that is not allowed here any more: {device.TrustClass}.");
        }

        policy.AttestationKeys.Judge(device.GetAttestationKey(), hasStorageParent: !device.StorageParentPublic.IsEmpty, findings);
        return !findings.HasRefusal;
    }

    public static bool JudgeStatus(DeviceRecord device, FindingList findings) => findings.Check(
        Active,
        device.Status == DeviceStatus.Active,
        device.Status switch
        {
            // Not the operator's reason: the verdict may go to anybody who asks.
            DeviceStatus.Retired => "The node's device is retired: an operator must reinstate it first.",
            DeviceStatus.Revoked => "The node's device is revoked.",
            _ => "The node's device has no status: the device store does not keep it.",
        });
}
