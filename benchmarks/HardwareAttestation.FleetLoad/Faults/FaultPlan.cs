using HardwareAttestation.FleetLoad.Stores;

namespace HardwareAttestation.FleetLoad.Faults;

/// <summary>What is to happen to servers and database while agents work.</summary>
internal sealed record FaultPlan
{
    public required StoreKind Store { get; init; }

    /// <summary>How long agents work. On a machine so slow that something of the plan has not happened by then, until it has.</summary>
    public required TimeSpan Duration { get; init; }

    /// <summary>Agents that work at a time. Each is another machine every few boots.</summary>
    public int Agents { get; init; } = 8;

    /// <summary>Servers over the one database.</summary>
    public int Servers { get; init; } = 1;

    /// <summary>Whether servers are killed at random moments.</summary>
    public bool KillServers { get; init; }

    /// <summary>Whether the database is stopped at random moments, in the midst of its work, and started again.</summary>
    public bool StopDatabase { get; init; }

    /// <summary>Whether the disk with the server's files is filled at random moments, and cleared again. Not to go with <see cref="KillServers"/>: see <see cref="SmallDisk"/>.</summary>
    public bool FillDisk { get; init; }

    /// <summary>Whether the servers' clock is set at random moments; see <see cref="MovingClock"/>.</summary>
    public bool MoveClock { get; init; }

    /// <summary>Decides the moments.</summary>
    public int Seed { get; init; } = 1;
}
