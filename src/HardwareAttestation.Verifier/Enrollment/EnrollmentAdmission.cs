using HardwareAttestation.Protocol;

namespace HardwareAttestation.Verifier;

/// <summary>Judges whether a node and an endorsement key are free for each other: because neither has a device, or because an operator has said so.</summary>
internal static class EnrollmentAdmission
{
    /// <summary>Records what it finds.</summary>
    /// <param name="ofNode">The node's device.</param>
    /// <param name="ofKey">The device with the endorsement key.</param>
    /// <param name="endorsementKeyId">The endorsement key.</param>
    /// <param name="now">The time.</param>
    /// <param name="findings">Where to.</param>
    public static void Judge(DeviceRecord? ofNode, DeviceRecord? ofKey, string endorsementKeyId, DateTimeOffset now, FindingList findings)
    {
        string? nodeFault = FindFaultOfNode(ofNode, endorsementKeyId, now);
        findings.Check(
            CheckIds.EnrollmentNodeFree,
            nodeFault is null,
            ofNode is null ? "The node has no device yet." : "The node has a device, and an operator has granted that it is enrolled anew.",
            nodeFault ?? string.Empty);
        bool isOwn = ofKey is not null && ofKey.NodeId == ofNode?.NodeId;
        findings.Check(
            CheckIds.EnrollmentEkFree,
            ofKey is null || (isOwn && nodeFault is null),
            ofKey is null ? "The endorsement key is of no device yet." : "The endorsement key is of the device that is enrolled anew.",
            ofKey?.Status == DeviceStatus.Revoked
                ? "The endorsement key is of a device that is revoked."
                : "The endorsement key is of an enrolled device already: an operator must grant its re-enrolment, or remove it, first.");
    }

    /// <summary>Whether a device may be replaced, now and by an operator's word, with an enrolment with this endorsement key.</summary>
    public static bool Allows(DeviceRecord device, string endorsementKeyId, DateTimeOffset now) => FindFaultOfNode(device, endorsementKeyId, now) is null;

    private static string? FindFaultOfNode(DeviceRecord? device, string endorsementKeyId, DateTimeOffset now) => device switch
    {
        null => null,
        { Status: not (DeviceStatus.Active or DeviceStatus.Retired) } => "The node's device is revoked: nothing is enrolled under this name any more. Enrol another machine under another name.",
        { EnrollmentGrant: not { } } => "The node has a device already: an operator must grant its re-enrolment or replacement, or remove it, first.",
        { EnrollmentGrant: { } grant } when grant.ExpiresAt <= now =>
            "The node has a device already, and an operator's grant that it is enrolled anew has expired: it must be given again.",
        { EnrollmentGrant.Kind: EnrollmentGrantKind.AnyEndorsementKey } => null,
        { EnrollmentGrant.Kind: EnrollmentGrantKind.SameEndorsementKey } => device.EndorsementKeyId == endorsementKeyId
            ? null
            : "The node has a device with another endorsement key, and an operator has granted that it is enrolled anew with the same one: its replacement must be granted first.",
        _ => "The node has a device already, and an operator's grant that it is enrolled anew is of a kind that is not known here.",
    };
}
