using System.Text.Json;
using System.Text.Json.Serialization;
using Fleet.Server.Storage;
using HardwareAttestation.Protocol;
using HardwareAttestation.Verifier;

namespace Fleet.Server.Endpoints;

/// <summary>How many devices are in which state.</summary>
internal sealed record FleetStatus(
    DateTimeOffset AsOf, long Total, long Attested, long Overdue, long Refused, long Retired, long Revoked, double AttestationPeriodSeconds);

/// <summary>A device at a glance.</summary>
internal record Device(
    string NodeId,
    [property: JsonConverter(typeof(DeviceStateJsonConverter))] DeviceState State,
    string? StatusReason,
    DateTimeOffset EnrolledAt,
    DateTimeOffset? LastVerifiedAt,
    DateTimeOffset? LastRefusedAt,
    RefusedAttempts? RefusedAttempts,
    bool TrustedOnFirstUse,
    uint? ResetCount,
    uint? RestartCount)
{
    public static Device Of(DeviceView view) => new(
        view.Record.NodeId,
        view.State,
        view.Record.StatusReason,
        view.Record.EnrolledAt,
        view.Record.LastVerifiedAt,
        view.LastRefusedAt,
        view.Attempts,
        view.Record.IsTrustedOnFirstUse,
        view.Record.LastClockInfo?.ResetCount,
        view.Record.LastClockInfo?.RestartCount);
}

/// <summary>A device, its certificate and its keys.</summary>
internal sealed record DeviceDetails : Device
{
    public DeviceDetails(Device device, CertificateDescription? certificate, DeviceRecord record, string? attestationKeyName, IReadOnlyList<string> damage)
        : base(device)
    {
        Certificate = certificate;
        EndorsementKeyId = record.EndorsementKeyId;
        AttestationKeyName = attestationKeyName;
        Damage = damage;
        Grant = record.EnrollmentGrant is { } grant ? new Grant(grant.Kind, grant.ExpiresAt) : null;
    }

    public CertificateDescription? Certificate { get; }

    public string EndorsementKeyId { get; }

    /// <summary>The attestation key's Name (TPM 2.0 Library, Part 1, section 16), in hexadecimal; null if the key is damaged.</summary>
    public string? AttestationKeyName { get; }

    public Grant? Grant { get; }

    /// <summary>Which parts of the record cannot be read: <c>attestationPublic</c>, <c>endorsementPublic</c>, <c>endorsementCertificate</c>, <c>endorsementCertificateChain</c>.</summary>
    public IReadOnlyList<string> Damage { get; }
}

/// <summary>What an endorsement certificate says, and what is to be thought of it now.</summary>
internal sealed record CertificateDescription(
    string? Subject,
    IReadOnlyList<string> Chain,
    [property: JsonConverter(typeof(TrustClassJsonConverter))] EndorsementTrustClass TrustClass,
    string? Manufacturer,
    string? Model,
    string? FirmwareVersion,
    string? SerialNumber,
    DateTimeOffset? NotAfter,
    Verdict Verdict);

/// <summary>A permission to enrol a node anew.</summary>
internal sealed record Grant([property: JsonConverter(typeof(GrantKindJsonConverter))] EnrollmentGrantKind Kind, DateTimeOffset ExpiresAt);

/// <summary>A page of devices, and after which node the next one begins; null if there is none.</summary>
internal sealed record DeviceList(IReadOnlyList<Device> Devices, string? Next);

/// <summary>Boots of a device, latest first.</summary>
internal sealed record BootList(IReadOnlyList<Boot> Boots);

/// <summary>Refusals, latest first.</summary>
internal sealed record RefusalList(IReadOnlyList<Refusal> Refusals);

/// <summary>Why an operator decides so.</summary>
internal sealed record Decision(string? Reason = null);

/// <summary>For how long an operator permits something.</summary>
internal sealed record Permission(int Hours = 1);

/// <summary>Whether the server is well.</summary>
internal sealed record HealthStatus(string Status);

/// <summary><see cref="DeviceState"/> in JSON: a word.</summary>
internal sealed class DeviceStateJsonConverter() : JsonStringEnumConverter<DeviceState>(JsonNamingPolicy.CamelCase, allowIntegerValues: false);

/// <summary><see cref="EndorsementTrustClass"/> in JSON: a word.</summary>
internal sealed class TrustClassJsonConverter() : JsonStringEnumConverter<EndorsementTrustClass>(JsonNamingPolicy.CamelCase, allowIntegerValues: false);

/// <summary><see cref="EnrollmentGrantKind"/> in JSON: a word.</summary>
internal sealed class GrantKindJsonConverter() : JsonStringEnumConverter<EnrollmentGrantKind>(JsonNamingPolicy.CamelCase, allowIntegerValues: false);
