namespace HardwareAttestation.Verifier;

/// <summary>Remembers challenges as long as the process lives: for a server with a single instance.</summary>
/// <remarks>
/// <para>Memory is bounded by caps. A boot challenge takes about 600 bytes; an enrolment challenge 3 to 5 KB, and 30 KB at the very most, with the largest certificate. When the store
/// is full of challenges that have not expired, new ones are refused. Enrolments, which strangers can begin, fill half of it at most: enrolled nodes are challenged all the same.</para>
/// <para>A node, or an endorsement key that is to be enrolled, that has its share of challenges loses one for a new one, so that nobody who asks for challenges in a node's name
/// can keep the node itself from getting one. That is the oldest one from the same source, or else from the source that has most of them: one source that floods a node's name pushes out its own.
/// It takes as many sources as a node has challenges to push out the node's.</para>
/// <para>A source that has its share is refused more, and pushes out nothing. Requests whose source is not known count as one source without a share of its own.</para>
/// </remarks>
public sealed class InMemoryChallengeStore : IChallengeStore
{
    private readonly Lock _lock = new();
    private readonly Dictionary<string, PendingChallenge> _byId = new(StringComparer.Ordinal);
    private readonly ChallengeShares<(string NodeId, ChallengePurpose Purpose)> _byNode = new(CapacityPerNode);
    private readonly ChallengeShares<string> _byEndorsementKey = new(CapacityPerEndorsementKey);
    private readonly Dictionary<string, int> _countBySource = new(StringComparer.Ordinal);
    private readonly SortedSet<PendingChallenge> _byExpiry = new(Comparer<PendingChallenge>.Create(CompareExpiry));
    private readonly TimeProvider _timeProvider;
    private readonly int _capacity;
    private readonly int _enrollmentCapacity;
    private readonly int _capacityPerSource;
    private int _enrollments;

    /// <summary>Initializes the store with the usual capacities.</summary>
    /// <param name="timeProvider">The clock; null for the system's.</param>
    public InMemoryChallengeStore(TimeProvider? timeProvider = null)
        : this(DefaultCapacity, DefaultCapacityPerSource, timeProvider)
    {
    }

    /// <summary>Initializes the store.</summary>
    /// <param name="capacity">How many challenges are remembered at most.</param>
    /// <param name="capacityPerSource">How many challenges of one source are remembered at most. Many machines may be behind one network address.</param>
    /// <param name="timeProvider">The clock; null for the system's.</param>
    public InMemoryChallengeStore(int capacity, int capacityPerSource, TimeProvider? timeProvider = null)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(capacity);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(capacityPerSource);
        _capacityPerSource = capacityPerSource;
        _capacity = capacity;
        _enrollmentCapacity = Math.Max(capacity / 2, 1);
        _timeProvider = timeProvider ?? TimeProvider.System;
    }

    /// <summary>How many challenges are remembered at most, unless said otherwise: 100,000.</summary>
    public static int DefaultCapacity => 100_000;

    /// <summary>How many challenges of one node and purpose are remembered at most: 8.</summary>
    public static int CapacityPerNode => 8;

    /// <summary>How many enrolment challenges of one endorsement key are remembered at most: 8.</summary>
    public static int CapacityPerEndorsementKey => 8;

    /// <summary>How many challenges of one source are remembered at most, unless said otherwise: 1000.</summary>
    public static int DefaultCapacityPerSource => 1000;

    /// <summary>Whether a verifier or a container took the store because it was given none.</summary>
    internal bool IsDefault { get; init; }

    /// <inheritdoc/>
    public Task<bool> TryAddAsync(PendingChallenge challenge, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(challenge);
        lock (_lock)
        {
            ForgetExpired();
            PendingChallenge[] surplus = FindSurplus(challenge);
            if (_byId.ContainsKey(challenge.ChallengeId) || !HasRoom(challenge, surplus))
            {
                return Task.FromResult(false);
            }

            foreach (PendingChallenge leaving in surplus)
            {
                Forget(leaving);
            }

            Remember(challenge);
            return Task.FromResult(true);
        }
    }

    /// <inheritdoc/>
    public Task<PendingChallenge?> TakeAsync(string challengeId, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(challengeId);
        lock (_lock)
        {
            ForgetExpired();
            if (_byId.TryGetValue(challengeId, out PendingChallenge? challenge))
            {
                Forget(challenge);
            }

            return Task.FromResult(challenge);
        }
    }

    private static int CompareExpiry(PendingChallenge left, PendingChallenge right)
    {
        int byTime = left.ExpiresAt.CompareTo(right.ExpiresAt);
        return byTime != 0 ? byTime : string.CompareOrdinal(left.ChallengeId, right.ChallengeId);
    }

    private PendingChallenge[] FindSurplus(PendingChallenge challenge)
    {
        PendingChallenge? ofNode = _byNode.FindSurplus((challenge.NodeId, challenge.Purpose), challenge.Source);
        PendingChallenge? ofKey = challenge.EndorsementKeyId is { } endorsementKeyId
            ? _byEndorsementKey.FindSurplus(endorsementKeyId, challenge.Source)
            : null;
        return (ofNode, ofKey) switch
        {
            (null, null) => [],
            (not null, null) => [ofNode],
            (null, not null) => [ofKey],
            _ => ReferenceEquals(ofNode, ofKey) ? [ofNode] : [ofNode, ofKey],
        };
    }

    // Asked before anything is forgotten: who is refused pushes out nobody.
    private bool HasRoom(PendingChallenge challenge, PendingChallenge[] surplus)
    {
        if (_byId.Count - surplus.Length >= _capacity)
        {
            return false;
        }

        if (challenge.Purpose == ChallengePurpose.Enrollment
            && _enrollments - surplus.Count(leaving => leaving.Purpose == ChallengePurpose.Enrollment) >= _enrollmentCapacity)
        {
            return false;
        }

        return challenge.Source is not { } source
            || _countBySource.GetValueOrDefault(source) - surplus.Count(leaving => leaving.Source == source) < _capacityPerSource;
    }

    private void Remember(PendingChallenge challenge)
    {
        _byId.Add(challenge.ChallengeId, challenge);
        _byExpiry.Add(challenge);
        _enrollments += challenge.Purpose == ChallengePurpose.Enrollment ? 1 : 0;
        _byNode.Add((challenge.NodeId, challenge.Purpose), challenge);
        if (challenge.EndorsementKeyId is { } endorsementKeyId)
        {
            _byEndorsementKey.Add(endorsementKeyId, challenge);
        }

        if (challenge.Source is { } source)
        {
            _countBySource[source] = _countBySource.GetValueOrDefault(source) + 1;
        }
    }

    private void ForgetExpired()
    {
        DateTimeOffset now = _timeProvider.GetUtcNow();
        while (_byExpiry.Min is { } oldest && oldest.ExpiresAt <= now)
        {
            Forget(oldest);
        }
    }

    private void Forget(PendingChallenge challenge)
    {
        _byId.Remove(challenge.ChallengeId);
        _byExpiry.Remove(challenge);
        _enrollments -= challenge.Purpose == ChallengePurpose.Enrollment ? 1 : 0;
        _byNode.Remove((challenge.NodeId, challenge.Purpose), challenge);
        if (challenge.EndorsementKeyId is { } endorsementKeyId)
        {
            _byEndorsementKey.Remove(endorsementKeyId, challenge);
        }

        if (challenge.Source is { } source && --_countBySource[source] == 0)
        {
            _countBySource.Remove(source);
        }
    }
}
