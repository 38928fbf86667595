using HardwareAttestation.Verifier;

namespace Fleet.Server.Storage;

/// <summary>The devices as operators look at them.</summary>
internal interface IFleetDirectory
{
    /// <summary>Counts the devices by state.</summary>
    /// <param name="overdueBefore">Devices that were not attested since are overdue.</param>
    /// <param name="cancellationToken">Cancels.</param>
    Task<FleetSummary> SummarizeAsync(DateTimeOffset overdueBefore, CancellationToken cancellationToken = default);

    /// <summary>A page of devices, in the order of their node ids.</summary>
    Task<IReadOnlyList<DeviceView>> ListAsync(DeviceQuery query, CancellationToken cancellationToken = default);

    /// <summary>One device, or null.</summary>
    Task<DeviceView?> FindAsync(string nodeId, DateTimeOffset overdueBefore, CancellationToken cancellationToken = default);
}

/// <summary>What an operator sees of a device at a glance. The first that holds, in this order: revoked, retired, refused, overdue, attested.</summary>
internal enum DeviceState
{
    /// <summary>It attested in time, and nothing that it signed was refused since.</summary>
    Attested,

    /// <summary>It did not attest in time, or not at all since it was enrolled.</summary>
    Overdue,

    /// <summary>Something that its enrolled key has signed was refused after it last attested. What anybody else has refused in its name does not make it so.</summary>
    Refused,

    /// <summary>It is out of service.</summary>
    Retired,

    /// <summary>It is out of service for good.</summary>
    Revoked,
}

/// <summary>How many devices are in which state.</summary>
internal sealed record FleetSummary(long Attested, long Overdue, long Refused, long Retired, long Revoked)
{
    public long Total => Attested + Overdue + Refused + Retired + Revoked;
}

/// <summary>Which devices to list.</summary>
/// <param name="OverdueBefore">Devices that were not attested since are overdue.</param>
/// <param name="State">Only these; null for all.</param>
/// <param name="Prefix">Only nodes whose id begins so; null for all.</param>
/// <param name="After">Only nodes after this one; null to begin.</param>
/// <param name="Limit">At most so many.</param>
internal sealed record DeviceQuery(DateTimeOffset OverdueBefore, DeviceState? State, string? Prefix, string? After, int Limit);

/// <summary>What was refused in a device's name since it was enrolled without its enrolled key having signed it, as far as it is kept.</summary>
/// <param name="Count">How often.</param>
/// <param name="LastAt">When it happened last.</param>
/// <param name="Source">The network address that the last came from.</param>
internal sealed record RefusedAttempts(long Count, DateTimeOffset LastAt, string Source);

/// <summary>A device, and what was refused in its name.</summary>
/// <param name="Record">What the verifier remembers of it.</param>
/// <param name="State">What an operator sees of it.</param>
/// <param name="LastRefusedAt">When something that it signed was last refused, or null.</param>
/// <param name="Attempts">What else was refused in its name; null if nothing was.</param>
/// <param name="Damage">Which parts of the record the storage could not read, and left empty.</param>
internal sealed record DeviceView(
    DeviceRecord Record, DeviceState State, DateTimeOffset? LastRefusedAt, RefusedAttempts? Attempts, IReadOnlyList<string> Damage);
