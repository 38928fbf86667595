namespace HardwareAttestation.Verifier.Tests.Enrollment;

/// <summary>What any <see cref="IChallengeStore"/> must do: derive from this to run it over another one.</summary>
public abstract class ChallengeStoreContract
{
    private protected ManualTimeProvider Time { get; } = new();

    [Fact]
    public async Task A_challenge_is_given_as_it_was_added()
    {
        IChallengeStore store = CreateStore();
        PendingChallenge challenge = Challenge("one", state: [1, 2, 3]);
        (await store.TryAddAsync(challenge)).Should().BeTrue();

        PendingChallenge? taken = await store.TakeAsync("one");

        taken.Should().NotBeNull();
        taken!.ChallengeId.Should().Be("one");
        taken.Purpose.Should().Be(challenge.Purpose);
        taken.NodeId.Should().Be(challenge.NodeId);
        taken.ExpiresAt.Should().Be(challenge.ExpiresAt);
        taken.State.ToArray().Should().Equal(1, 2, 3);
    }

    [Fact]
    public async Task A_challenge_is_taken_once()
    {
        IChallengeStore store = CreateStore();
        await store.TryAddAsync(Challenge("one"));

        (await store.TakeAsync("one")).Should().NotBeNull();
        (await store.TakeAsync("one")).Should().BeNull();
    }

    [Theory]
    [InlineData("")]
    [InlineData("two")]
    [InlineData("ONE")]
    [InlineData("one ")]
    [InlineData("one\0")]
    [InlineData("*")]
    [InlineData("' OR 1=1 --")]
    public async Task An_id_that_was_not_issued_gives_nothing_and_takes_nothing(string challengeId)
    {
        IChallengeStore store = CreateStore();
        await store.TryAddAsync(Challenge("one"));

        (await store.TakeAsync(challengeId)).Should().BeNull();
        (await store.TakeAsync("one")).Should().NotBeNull();
    }

    [Fact]
    public async Task A41_ManyCallersAtOnce_ExactlyOneGetsTheChallenge()
    {
        const int Callers = 64;
        IChallengeStore store = CreateStore();
        for (int round = 0; round < 20; round++)
        {
            string id = $"round-{round}";
            await store.TryAddAsync(Challenge(id));
            using Barrier barrier = new(Callers);
            Task<PendingChallenge?>[] takers = [.. Enumerable.Range(0, Callers).Select(_ => Task.Factory.StartNew(
                () =>
                {
                    barrier.SignalAndWait();
                    return store.TakeAsync(id);
                },
                CancellationToken.None,
                TaskCreationOptions.LongRunning,
                TaskScheduler.Default).Unwrap())];

            PendingChallenge?[] taken = await Task.WhenAll(takers);

            taken.Count(challenge => challenge is not null).Should().Be(1);
        }
    }

    [Fact]
    public async Task Callers_that_add_at_once_all_find_their_challenges()
    {
        IChallengeStore store = CreateStore();
        bool[] added = await Task.WhenAll(Enumerable.Range(0, 64).Select(i => Task.Run(() => store.TryAddAsync(Challenge($"c{i}", node: $"node{i}")))));
        PendingChallenge?[] taken = await Task.WhenAll(Enumerable.Range(0, 64).Select(i => Task.Run(() => store.TakeAsync($"c{i}"))));

        added.Should().OnlyContain(done => done);
        taken.Select(challenge => challenge!.NodeId).Should().Equal(Enumerable.Range(0, 64).Select(i => $"node{i}"));
    }

    private protected abstract IChallengeStore CreateStore();

    private protected PendingChallenge Challenge(
        string id, string node = "node", TimeSpan? lifetime = null, ChallengePurpose purpose = ChallengePurpose.Attestation, byte[]? state = null) => new()
        {
            ChallengeId = id,
            Purpose = purpose,
            NodeId = node,
            ExpiresAt = Time.GetUtcNow() + (lifetime ?? TimeSpan.FromMinutes(1)),
            State = state ?? [],
        };
}
