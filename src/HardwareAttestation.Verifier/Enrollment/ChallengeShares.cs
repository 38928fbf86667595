namespace HardwareAttestation.Verifier;

/// <summary>The challenges of each of many owners, in the order in which they came. An owner without challenges takes no room.</summary>
internal sealed class ChallengeShares<TOwner>
    where TOwner : notnull
{
    private readonly Dictionary<TOwner, List<PendingChallenge>> _byOwner = [];
    private readonly int _share;

    /// <param name="share">How many challenges an owner has at most.</param>
    public ChallengeShares(int share) => _share = share;

    /// <summary>
    /// Gives the challenge that must go before the owner gets another one, or null: the oldest one from the same source, or else from the source that has the most. So a source that asks
    /// again and again in somebody's name pushes out its own.
    /// </summary>
    public PendingChallenge? FindSurplus(TOwner owner, string? source)
    {
        if (!_byOwner.TryGetValue(owner, out List<PendingChallenge>? challenges) || challenges.Count < _share)
        {
            return null;
        }

        return challenges.Find(challenge => challenge.Source == source)
            ?? challenges.GroupBy(challenge => challenge.Source).MaxBy(group => group.Count())!.First();
    }

    public void Add(TOwner owner, PendingChallenge challenge)
    {
        if (!_byOwner.TryGetValue(owner, out List<PendingChallenge>? challenges))
        {
            _byOwner.Add(owner, challenges = []);
        }

        challenges.Add(challenge);
    }

    public void Remove(TOwner owner, PendingChallenge challenge)
    {
        List<PendingChallenge> challenges = _byOwner[owner];
        challenges.Remove(challenge);
        if (challenges.Count == 0)
        {
            _byOwner.Remove(owner);
        }
    }
}
