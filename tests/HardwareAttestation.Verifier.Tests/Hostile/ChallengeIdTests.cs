using HardwareAttestation.Protocol;

namespace HardwareAttestation.Verifier.Tests.Hostile;

/// <summary>Ids of challenges as somebody sends them, over a store that cannot bear all of them, as a database cannot.</summary>
public sealed class ChallengeIdTests
{
    [Theory]
    [InlineData("\0")]
    [InlineData("AAAAAAAAAAAAAAAAAAAAA\0")]
    [InlineData("\ud800")]
    [InlineData("' OR 1=1 --")]
    [InlineData("../x")]
    [InlineData("*")]
    [InlineData(" ")]
    public async Task An_id_that_no_challenge_can_have_is_refused_without_asking_the_store(string challengeId)
    {
        using TestAuthority root = TestAuthority.CreateRoot();
        AttestationVerifierOptions options = new();
        options.TrustAnchors.Add(root.Certificate);
        DelicateStore store = new();
        AttestationVerifier verifier = new(options, challenges: store);

        (await verifier.CompleteEnrollmentAsync(new CredentialResponse { ChallengeId = challengeId, Proof = new byte[32] }))
            .Verdict.ShouldBeRefusedBy(CheckIds.ChallengeKnown);
        (await verifier.VerifyAsync(new AttestationEvidence { ChallengeId = challengeId, Signature = new byte[64] }))
            .Verdict.ShouldBeRefusedBy(CheckIds.ChallengeKnown);
        store.Asked.Should().Be(0);
    }

    private sealed class DelicateStore : IChallengeStore
    {
        public int Asked { get; private set; }

        public Task<bool> TryAddAsync(PendingChallenge challenge, CancellationToken cancellationToken = default) => Task.FromResult(true);

        public Task<PendingChallenge?> TakeAsync(string challengeId, CancellationToken cancellationToken = default)
        {
            Asked++;
            throw new InvalidOperationException("invalid byte sequence for encoding \"UTF8\"");
        }
    }
}
