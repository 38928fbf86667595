namespace HardwareAttestation.Verifier;

/// <summary>The challenges of each of many owners, in the order in which they came. An owner without challenges takes no room.</summary>
internal sealed class ChallengeShares<TOwner>
    where TOwner : notnull
{
    private readonly Dictionary<TOwner, List<PendingChallenge>> _byOwner = [];
    private readonly int _share;

    /// <param name="share">How many challenges an owner has at most.</param>
    public ChallengeShares(int share) => _share = share;

    /// <summary>Gives the challenge that must go before the owner gets another one, or null.</summary>
    public PendingChallenge? FindSurplus(TOwner owner) =>
        _byOwner.TryGetValue(owner, out List<PendingChallenge>? challenges) && challenges.Count >= _share ? challenges[0] : null;

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
