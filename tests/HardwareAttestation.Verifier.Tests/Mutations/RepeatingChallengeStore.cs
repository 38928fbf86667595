using System.Collections.Concurrent;

namespace HardwareAttestation.Verifier.Tests.Mutations;

/// <summary>
/// Gives a challenge again and again, which no real store does: so each change of an answer is judged for what it is, and not refused because the challenge was used up by the
/// change before.
/// </summary>
internal sealed class RepeatingChallengeStore : IChallengeStore
{
    private readonly ConcurrentDictionary<string, PendingChallenge> _challenges = new(StringComparer.Ordinal);

    public Task<bool> TryAddAsync(PendingChallenge challenge, CancellationToken cancellationToken = default) =>
        Task.FromResult(_challenges.TryAdd(challenge.ChallengeId, challenge));

    public Task<PendingChallenge?> TakeAsync(string challengeId, CancellationToken cancellationToken = default) =>
        Task.FromResult(_challenges.GetValueOrDefault(challengeId));
}
