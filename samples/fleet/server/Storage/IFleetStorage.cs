using HardwareAttestation.Verifier;

namespace Fleet.Server.Storage;

/// <summary>Everything that the server remembers, in one database. Any number of servers may share it; nothing is kept in the process.</summary>
internal interface IFleetStorage : IAsyncDisposable
{
    /// <summary>What the storage is, for logs: its kind and where it is, without secrets.</summary>
    string Description { get; }

    /// <summary>The enrolled machines, for the verifier.</summary>
    IDeviceStore Devices { get; }

    /// <summary>The challenges that wait for an answer, for the verifier.</summary>
    IChallengeStore Challenges { get; }

    /// <summary>What became of the machines' attempts, for operators.</summary>
    IFleetHistory History { get; }

    /// <summary>The devices as operators look at them.</summary>
    IFleetDirectory Directory { get; }

    /// <summary>Finds the node that whoever answers a challenge will be enrolled as, and leaves the challenge as it is.</summary>
    /// <returns>Null if there is no such challenge, or it is of no enrolment.</returns>
    /// <exception cref="StorageException">The database failed.</exception>
    Task<string?> FindEnrollingNodeAsync(string challengeId, CancellationToken cancellationToken = default);

    /// <summary>Creates the tables, or brings those of an older version up to date. Several servers may do so at once.</summary>
    /// <exception cref="StorageException">The database cannot be reached or written, or is of a newer version than this server knows.</exception>
    Task MigrateAsync(CancellationToken cancellationToken = default);

    /// <summary>Looks whether the database answers and can be written: what a load balancer wants to know.</summary>
    /// <exception cref="StorageException">It does not.</exception>
    Task ProbeAsync(CancellationToken cancellationToken = default);

    /// <summary>Marks the devices that have become overdue, by which <see cref="IFleetDirectory.ListAsync"/> finds them. To be done every minute: so long may one be missing in the list of the overdue.</summary>
    /// <param name="overdueBefore">Devices that were not attested since are overdue.</param>
    /// <param name="cancellationToken">Cancels.</param>
    /// <exception cref="StorageException">The database failed.</exception>
    Task MarkOverdueAsync(DateTimeOffset overdueBefore, CancellationToken cancellationToken = default);

    /// <summary>Forgets challenges that have expired and history that is older than it is kept.</summary>
    /// <returns>How many rows are gone.</returns>
    Task<int> CleanUpAsync(DateTimeOffset now, CancellationToken cancellationToken = default);
}
