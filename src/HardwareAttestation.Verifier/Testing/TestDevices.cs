using HardwareAttestation.Structures;

namespace HardwareAttestation.Verifier.Testing;

/// <summary>Devices for the rules of the contract.</summary>
internal static class TestDevices
{
    // Whole seconds, since databases keep times less exactly than .NET does.
    private static readonly DateTimeOffset Then = new(2026, 6, 1, 12, 0, 0, TimeSpan.Zero);

    public static DeviceRecord Create(string node, string endorsementKeyId, string enrollment = "enrolment", long revision = 0) => new()
    {
        NodeId = node,
        EnrollmentId = enrollment,
        EndorsementKeyId = endorsementKeyId,
        EndorsementCertificate = new byte[] { 0x30, 0 },
        EndorsementPublic = new byte[] { 1, 2 },
        AttestationPublic = new byte[] { 3, 4 },
        EnrolledAt = Then,
        Status = DeviceStatus.Active,
        Revision = revision,
    };

    /// <summary>A device with another value in every property than what it would have if it were forgotten.</summary>
    public static DeviceRecord CreateFull(string node, string endorsementKeyId, long revision = 0) => new()
    {
        NodeId = node,
        EnrollmentId = "enrolment",
        EndorsementKeyId = endorsementKeyId,
        EndorsementCertificate = new byte[] { 0x30, 1, 0 },
        EndorsementCertificateChain = [new byte[] { 0x30, 2, 0xFF, 0 }, Array.Empty<byte>(), new byte[] { 0x30, 0 }],
        TrustClass = EndorsementTrustClass.CloudVirtual,
        EndorsementPublic = new byte[] { 0, 1, 0xFF },
        AttestationPublic = new byte[] { 5, 6, 7 },
        StorageParentPublic = new byte[] { 8, 9 },
        EnrolledAt = Then.AddDays(1),
        Status = DeviceStatus.Retired,
        StatusReason = "Lagerplatz 7, \u00fc \"quoted\"",
        EnrollmentGrant = new EnrollmentGrant("grant", EnrollmentGrantKind.AnyEndorsementKey, Then.AddDays(3)),
        LastVerifiedAt = Then.AddDays(2),
        LastClockInfo = new TpmsClockInfo(0x1_0000_0001, 0xFFFF_FFFF, 3, true),
        Revision = revision,
    };

    public static async Task<AddDeviceOutcome> AddAsync(this IDeviceStore store, DeviceRecord device)
    {
        long mark = await store.GetRemovalMarkAsync(device.NodeId, device.EndorsementKeyId).ConfigureAwait(false);
        return await store.TryAddAsync(device, mark).ConfigureAwait(false);
    }

    public static async Task<ReplaceDeviceOutcome> ReplaceAsync(this IDeviceStore store, DeviceRecord current, DeviceRecord replacement)
    {
        long mark = await store.GetRemovalMarkAsync(replacement.NodeId, replacement.EndorsementKeyId).ConfigureAwait(false);
        return await store.TryReplaceAsync(current, replacement, mark).ConfigureAwait(false);
    }

    public static async Task<bool> RemoveAsync(this IDeviceStore store, string nodeId) =>
        await store.FindAsync(nodeId).ConfigureAwait(false) is { } device && await store.TryRemoveAsync(device).ConfigureAwait(false);

    public static void Same(this Expectation expect, DeviceRecord expected, DeviceRecord? actual)
    {
        expect.That(actual is not null, $"the device of node {expected.NodeId} was not found.");
        expect.Equal(expected.NodeId, actual!.NodeId, nameof(DeviceRecord.NodeId));
        expect.Equal(expected.EnrollmentId, actual.EnrollmentId, nameof(DeviceRecord.EnrollmentId));
        expect.Equal(expected.EndorsementKeyId, actual.EndorsementKeyId, nameof(DeviceRecord.EndorsementKeyId));
        expect.Equal(expected.EndorsementCertificate, actual.EndorsementCertificate, nameof(DeviceRecord.EndorsementCertificate));
        expect.Equal<int?>(
            expected.EndorsementCertificateChain.Count, actual.EndorsementCertificateChain?.Count, $"the length of {nameof(DeviceRecord.EndorsementCertificateChain)}");
        for (int i = 0; i < expected.EndorsementCertificateChain.Count; i++)
        {
            expect.Equal(
                expected.EndorsementCertificateChain[i], actual.EndorsementCertificateChain![i], $"{nameof(DeviceRecord.EndorsementCertificateChain)}[{i}]");
        }

        expect.Equal(expected.TrustClass, actual.TrustClass, nameof(DeviceRecord.TrustClass));
        expect.Equal(expected.EndorsementPublic, actual.EndorsementPublic, nameof(DeviceRecord.EndorsementPublic));
        expect.Equal(expected.AttestationPublic, actual.AttestationPublic, nameof(DeviceRecord.AttestationPublic));
        expect.Equal(expected.StorageParentPublic, actual.StorageParentPublic, nameof(DeviceRecord.StorageParentPublic));
        expect.Equal(expected.EnrolledAt, actual.EnrolledAt, nameof(DeviceRecord.EnrolledAt));
        expect.Equal(expected.Status, actual.Status, nameof(DeviceRecord.Status));
        expect.Equal(expected.StatusReason, actual.StatusReason, nameof(DeviceRecord.StatusReason));
        expect.Equal(expected.EnrollmentGrant, actual.EnrollmentGrant, nameof(DeviceRecord.EnrollmentGrant));
        expect.Equal(expected.LastVerifiedAt, actual.LastVerifiedAt, nameof(DeviceRecord.LastVerifiedAt));
        expect.Equal(expected.LastClockInfo, actual.LastClockInfo, nameof(DeviceRecord.LastClockInfo));
        expect.Equal(expected.Revision, actual.Revision, nameof(DeviceRecord.Revision));
    }

    /// <summary>A device whose node and endorsement key are free is added.</summary>
    public static async Task AddsAsync(this Expectation expect, IDeviceStore store, DeviceRecord device) => expect.Equal(
        AddDeviceOutcome.Added, await store.AddAsync(device).ConfigureAwait(false), $"the outcome of adding a device for {device.NodeId}, which is free,");

    /// <summary>A device is not added with a mark from before a removal, and with a new one it is.</summary>
    public static async Task IsNoticedAsync(this Expectation expect, IDeviceStore store, DeviceRecord device, long mark)
    {
        expect.Equal(
            AddDeviceOutcome.RemovedMeanwhile, await store.TryAddAsync(device, mark).ConfigureAwait(false), "the outcome of adding a device with an old mark");
        expect.That(await store.FindAsync(device.NodeId).ConfigureAwait(false) is null, "a device that was refused was added.");
        await expect.AddsAsync(store, device).ConfigureAwait(false);
    }
}
