using System.Buffers.Text;
using System.Security.Cryptography;
using HardwareAttestation.Protocol;

namespace HardwareAttestation.Verifier;

/// <summary>Hands out challenges and takes them back, once each.</summary>
internal sealed class ChallengeDesk(IChallengeStore challenges, TimeProvider timeProvider)
{
    private const int IdSize = 16;
    private const int LongestSource = 256;

    private static readonly FixedCheck Capacity = new(CheckIds.ChallengeCapacity, "There was room for a challenge.");
    private static readonly FixedCheck Known = new(CheckIds.ChallengeKnown, "The challenge was issued here and is answered for the first time.");
    private static readonly FixedCheck Fresh = new(CheckIds.ChallengeFresh, "The challenge has not expired.");

    /// <summary>An id that nobody can guess: of a challenge, of an enrolment.</summary>
    public static string NewId() => Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(IdSize));

    /// <exception cref="ArgumentException">The source is empty or too long.</exception>
    public static void CheckSource(string? source)
    {
        if (source is { Length: 0 or > LongestSource })
        {
            throw new ArgumentException($"A source has 1 to {LongestSource} characters; null stands for one that is not known.", nameof(source));
        }
    }

    public async Task<bool> AddAsync(PendingChallenge pending, FindingList findings, CancellationToken cancellationToken)
    {
        bool added = await challenges.TryAddAsync(pending, cancellationToken).ConfigureAwait(false);
        return findings.Check(
            Capacity,
            added,
            "Too many challenges are unanswered, in all or from this source: try again later.");
    }

    public async Task<PendingChallenge?> TakeAsync(
        int version, string? challengeId, ChallengePurpose purpose, FindingList findings, CancellationToken cancellationToken)
    {
        if (!MessageChecks.Version(version, findings) || !MessageChecks.ChallengeId(challengeId, findings))
        {
            return null;
        }

        PendingChallenge? pending = MessageChecks.CanBeIssued(challengeId!)
            ? await challenges.TakeAsync(challengeId!, cancellationToken).ConfigureAwait(false)
            : null;
        bool known = findings.Check(
            Known,
            pending?.Purpose == purpose,
            "The challenge is unknown: it was never issued for this, was answered before, or has expired.");
        bool fresh = known && findings.Check(
            Fresh,
            pending!.ExpiresAt > timeProvider.GetUtcNow(),
            "The challenge has expired: ask for a new one.");
        return fresh ? pending : null;
    }
}
