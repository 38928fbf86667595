using HardwareAttestation.Verifier;

namespace Fleet.Server.Storage;

/// <summary>How much a storage keeps.</summary>
internal sealed record StorageOptions
{
    /// <summary>For how long boots and refusals are kept after they were last seen.</summary>
    public TimeSpan HistoryAge { get; init; } = TimeSpan.FromDays(400);

    /// <summary>How many boots of one node are kept: the latest.</summary>
    public int BootsPerNode { get; init; } = 1000;

    /// <summary>How many refusals in one node's name are kept: the latest of those that it signed, and as many of all others.</summary>
    public int RefusalsPerNode { get; init; } = 50;

    /// <summary>How many of those others may be from one source.</summary>
    public int RefusalsPerNodeAndSource { get; init; } = 10;

    /// <summary>How many refusals are kept in all where no device has the name, which anybody can cause: the latest.</summary>
    public int RefusalsWithoutDevice { get; init; } = 10_000;

    /// <summary>The same refusal again within this time after it was last seen is one row that counts them.</summary>
    public TimeSpan SameRefusal { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>How many challenges are kept at most. Enrolments, which strangers can begin, fill half of it.</summary>
    public int Challenges { get; init; } = InMemoryChallengeStore.DefaultCapacity;

    /// <summary>How many challenges of one source are kept at most. Many machines may be behind one network address.</summary>
    public int ChallengesPerSource { get; init; } = InMemoryChallengeStore.DefaultCapacityPerSource;

    /// <summary>For how long an instance on PostgreSQL trusts its count of all challenges, to which it adds its own, before it counts anew.</summary>
    public TimeSpan CountLifetime { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>How many enrolment challenges are kept at most.</summary>
    public int EnrollmentChallenges => Math.Max(Challenges / 2, 1);
}
