using Fleet.Server.Storage;
using HardwareAttestation.Structures;
using HardwareAttestation.Verifier;

namespace HardwareAttestation.Fleet.Tests.Storage;

/// <summary>What the tests of storages store.</summary>
internal static class Samples
{
    public static readonly DateTimeOffset Then = new(2026, 6, 1, 12, 0, 0, TimeSpan.Zero);

    public static DeviceRecord Device(
        string node, DeviceStatus status = DeviceStatus.Active, DateTimeOffset? lastVerifiedAt = null, string? key = null, long revision = 0) => new()
        {
            NodeId = node,
            EnrollmentId = "enrolment",
            EndorsementKeyId = key ?? $"key of {node}",
            EndorsementCertificate = new byte[] { 0x30, 0 },
            EndorsementPublic = new byte[] { 1, 2 },
            AttestationPublic = new byte[] { 3, 4 },
            EnrolledAt = Then,
            Status = status,
            LastVerifiedAt = lastVerifiedAt,
            LastClockInfo = lastVerifiedAt is null ? null : new TpmsClockInfo(1000, 7, 2, true),
            Revision = revision,
        };

    public static async Task<AddDeviceOutcome> AddAsync(this IDeviceStore store, DeviceRecord device) =>
        await store.TryAddAsync(device, await store.GetRemovalMarkAsync(device.NodeId, device.EndorsementKeyId));

    public static Refusal Refusal(string? node = "node", DateTimeOffset? at = null, string check = "quote.signature", string source = "192.0.2.7", bool signed = false) => new(
        node, "evidence", check, "The signature is not the attestation key's.", source, at ?? Then, at ?? Then, Signed: signed);

    public static Attestation Attestation(string node = "node", DateTimeOffset? at = null, uint resetCount = 7, uint restartCount = 2) => new(
        node, "enrolment", at ?? Then, resetCount, restartCount);
}
