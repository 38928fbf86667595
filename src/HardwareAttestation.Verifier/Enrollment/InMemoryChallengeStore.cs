namespace HardwareAttestation.Verifier;

/// <summary>Remembers challenges as long as the process lives: for a server with a single instance.</summary>
/// <remarks>
/// Memory is bounded by caps. A node, or an endorsement key that is to be enrolled, that has its share of challenges loses its oldest one for a new one, so that nobody
/// who asks for challenges in a node's name can keep the node itself from getting one. When the store is full of challenges that have not expired, new ones are refused.
/// Enrolments, which strangers can begin, fill half of it at most: enrolled nodes are challenged all the same.
/// </remarks>
public sealed class InMemoryChallengeStore : IChallengeStore
{
    /// <summary>How many challenges are remembered at most, unless said otherwise.</summary>
    public const int DefaultCapacity = 100_000;

    /// <summary>How many challenges of one node and purpose are remembered at most.</summary>
    public const int CapacityPerNode = 8;

    /// <summary>How many enrolment challenges of one endorsement key are remembered at most.</summary>
    public const int CapacityPerEndorsementKey = 8;

    private readonly Lock _lock = new();
    private readonly Dictionary<string, PendingChallenge> _byId = new(StringComparer.Ordinal);
    private readonly ChallengeShares<(string NodeId, ChallengePurpose Purpose)> _byNode = new(CapacityPerNode);
    private readonly ChallengeShares<string> _byEndorsementKey = new(CapacityPerEndorsementKey);
    private readonly SortedSet<PendingChallenge> _byExpiry = new(Comparer<PendingChallenge>.Create(CompareExpiry));
    private readonly TimeProvider _timeProvider;
    private readonly int _capacity;
    private readonly int _enrollmentCapacity;
    private int _enrollments;

    /// <summary>Initializes the store.</summary>
    /// <param name="capacity">How many challenges are remembered at most.</param>
    /// <param name="timeProvider">The clock; null for the system's.</param>
    public InMemoryChallengeStore(int capacity = DefaultCapacity, TimeProvider? timeProvider = null)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(capacity);
        _capacity = capacity;
        _enrollmentCapacity = Math.Max(capacity / 2, 1);
        _timeProvider = timeProvider ?? TimeProvider.System;
    }

    /// <inheritdoc/>
    public Task<bool> TryAddAsync(PendingChallenge challenge, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(challenge);
        lock (_lock)
        {
            ForgetExpired();
            if (_byNode.FindSurplus((challenge.NodeId, challenge.Purpose)) is { } surplusOfNode)
            {
                Forget(surplusOfNode);
            }

            if (challenge.EndorsementKeyId is { } endorsementKeyId && _byEndorsementKey.FindSurplus(endorsementKeyId) is { } surplusOfKey)
            {
                Forget(surplusOfKey);
            }

            bool isEnrollment = challenge.Purpose == ChallengePurpose.Enrollment;
            if (_byId.Count >= _capacity
                || (isEnrollment && _enrollments >= _enrollmentCapacity)
                || !_byId.TryAdd(challenge.ChallengeId, challenge))
            {
                return Task.FromResult(false);
            }

            _enrollments += isEnrollment ? 1 : 0;
            _byNode.Add((challenge.NodeId, challenge.Purpose), challenge);
            if (challenge.EndorsementKeyId is { } ofKey)
            {
                _byEndorsementKey.Add(ofKey, challenge);
            }

            _byExpiry.Add(challenge);
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
    }
}
