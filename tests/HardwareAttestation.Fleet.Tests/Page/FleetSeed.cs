using System.Security.Cryptography;
using Fleet.Server.Storage;
using HardwareAttestation.Structures;
using HardwareAttestation.Verifier;

namespace HardwareAttestation.Fleet.Tests.Page;

/// <summary>Puts devices and their history into a storage, as if time had passed.</summary>
internal sealed class FleetSeed(IFleetStorage storage, DateTimeOffset now)
{
    public DateTimeOffset Now { get; } = now;

    public IFleetStorage Storage { get; } = storage;

    /// <summary>Adds a device that was trusted on first use.</summary>
    public async Task AddAsync(string node, TimeSpan? attestedAgo, DeviceStatus status = DeviceStatus.Active, string? reason = null, uint resetCount = 1)
    {
        DeviceRecord device = new()
        {
            NodeId = node,
            EnrollmentId = node + "-enrolment",
            EndorsementKeyId = Convert.ToHexStringLower(SHA256.HashData(System.Text.Encoding.ASCII.GetBytes(node))),
            EndorsementCertificate = ReadOnlyMemory<byte>.Empty,
            EndorsementPublic = AnyPublic(),
            AttestationPublic = AnyPublic(),
            EnrolledAt = Now - TimeSpan.FromDays(30),
            Status = status,
            StatusReason = reason,
            LastVerifiedAt = Now - attestedAgo,
            LastClockInfo = attestedAgo is null ? null : new TpmsClockInfo(1, resetCount, 0, Safe: true),
        };
        long mark = await Storage.Devices.GetRemovalMarkAsync(device.NodeId, device.EndorsementKeyId);
        (await Storage.Devices.TryAddAsync(device, mark)).Should().Be(AddDeviceOutcome.Added);
    }

    /// <summary>Adds a boot that was attested for a while, each hour.</summary>
    public async Task AddBootAsync(string node, string enrollmentId, uint resetCount, TimeSpan beganAgo, TimeSpan endedAgo)
    {
        for (TimeSpan ago = beganAgo; ago >= endedAgo; ago -= TimeSpan.FromHours(6))
        {
            await Storage.History.RecordAttestationAsync(new Attestation(node, enrollmentId, Now - ago, resetCount, 0));
        }
    }

    public Task RefuseAsync(string? node, string check, string detail, TimeSpan ago, string step = "evidence", string source = "192.0.2.7", bool signed = false) =>
        Storage.History.RecordRefusalAsync(new Refusal(node, step, check, detail, source, Now - ago, Now - ago, Signed: signed));

    /// <summary>A TPMT_PUBLIC (TPM 2.0 Library, part 2, 12.2.4) of a signing key on NIST P-256 that no TPM has.</summary>
    private static byte[] AnyPublic()
    {
        using ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        ECPoint point = key.ExportParameters(includePrivateParameters: false).Q;

        // Type, name algorithm, attributes and no policy; no symmetric algorithm, ECDSA with SHA-256, the curve, no key derivation; the point's coordinates.
        return
        [
            0x00, 0x23, 0x00, 0x0B, 0x00, 0x05, 0x00, 0x72, 0x00, 0x00,
            0x00, 0x10, 0x00, 0x18, 0x00, 0x0B, 0x00, 0x03, 0x00, 0x10,
            0x00, 0x20, .. point.X!, 0x00, 0x20, .. point.Y!,
        ];
    }
}
