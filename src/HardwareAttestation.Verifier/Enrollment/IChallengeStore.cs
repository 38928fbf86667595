namespace HardwareAttestation.Verifier;

/// <summary>Remembers the challenges that were issued and not answered yet.</summary>
/// <remarks>
/// Contract: <see cref="TryAddAsync"/> and <see cref="TakeAsync"/> are atomic. However many callers, in however many instances of a server, ask for one challenge: at most one gets it, and after that
/// nobody does. An id that is there already is not added again. Challenges that have expired may be forgotten at any time; one that has not is forgotten only to keep a cap.
/// <see cref="Testing.ChallengeStoreContract"/> runs this over any store.
/// </remarks>
public interface IChallengeStore
{
    /// <summary>Remembers a challenge.</summary>
    /// <param name="challenge">The challenge.</param>
    /// <param name="cancellationToken">Cancels.</param>
    /// <returns>False if there is no room, or a challenge of that id is there already.</returns>
    Task<bool> TryAddAsync(PendingChallenge challenge, CancellationToken cancellationToken = default);

    /// <summary>Gives a challenge and forgets it.</summary>
    /// <param name="challengeId">The challenge's id as somebody sent it: 1 to 64 of <c>A-Z a-z 0-9 - _</c>. Upper and lower case differ.</param>
    /// <param name="cancellationToken">Cancels.</param>
    /// <returns>The challenge, or null if there is none of that id or it was taken before.</returns>
    Task<PendingChallenge?> TakeAsync(string challengeId, CancellationToken cancellationToken = default);
}
