namespace HardwareAttestation.Verifier.Tests.Enrollment;

public sealed class InMemoryChallengeStoreTests : ChallengeStoreContract
{
    [Fact]
    public async Task A_challenge_is_forgotten_when_it_expires()
    {
        IChallengeStore store = CreateStore();
        await store.TryAddAsync(Challenge("one", lifetime: TimeSpan.FromSeconds(10)));
        await store.TryAddAsync(Challenge("two", lifetime: TimeSpan.FromSeconds(10)));

        Time.Advance(TimeSpan.FromSeconds(10) - TimeSpan.FromTicks(1));
        (await store.TakeAsync("one")).Should().NotBeNull();
        Time.Advance(TimeSpan.FromTicks(1));
        (await store.TakeAsync("two")).Should().BeNull();
    }

    [Fact]
    public async Task A40_FullStore_RefusesNewChallengesAndKeepsTheOld()
    {
        InMemoryChallengeStore store = new(capacity: 3, Time);
        for (int i = 0; i < 3; i++)
        {
            (await store.TryAddAsync(Challenge($"c{i}", node: $"node{i}", lifetime: TimeSpan.FromSeconds(10 + i)))).Should().BeTrue();
        }

        (await store.TryAddAsync(Challenge("late", node: "late"))).Should().BeFalse();
        (await store.TakeAsync("late")).Should().BeNull();

        (await store.TakeAsync("c1")).Should().NotBeNull();
        (await store.TryAddAsync(Challenge("late", node: "late"))).Should().BeTrue("taking a challenge makes room");
        Time.Advance(TimeSpan.FromSeconds(10));
        (await store.TryAddAsync(Challenge("later", node: "later"))).Should().BeTrue("expiry makes room");
        (await store.TakeAsync("c0")).Should().BeNull();
        (await store.TakeAsync("c2")).Should().NotBeNull();
    }

    [Fact]
    public async Task A40_FloodInOneNodesName_TakesThatNodesOldestAndNobodyElses()
    {
        IChallengeStore store = CreateStore();
        await store.TryAddAsync(Challenge("other", node: "other"));
        await store.TryAddAsync(Challenge("enrolment", purpose: ChallengePurpose.Enrollment));
        for (int i = 0; i <= InMemoryChallengeStore.CapacityPerNode; i++)
        {
            // The newer, the sooner it expires: the oldest is the one that was added first.
            (await store.TryAddAsync(Challenge($"c{i}", lifetime: TimeSpan.FromSeconds(100 - i)))).Should().BeTrue();
        }

        (await store.TakeAsync("c0")).Should().BeNull("the oldest made room");
        for (int i = 1; i <= InMemoryChallengeStore.CapacityPerNode; i++)
        {
            (await store.TakeAsync($"c{i}")).Should().NotBeNull();
        }

        (await store.TakeAsync("other")).Should().NotBeNull();
        (await store.TakeAsync("enrolment")).Should().NotBeNull("each purpose has its own share");
    }

    [Fact]
    public async Task A_node_with_its_share_gets_a_new_challenge_from_a_full_store()
    {
        InMemoryChallengeStore store = new(capacity: InMemoryChallengeStore.CapacityPerNode, Time);
        for (int i = 0; i < 3 * InMemoryChallengeStore.CapacityPerNode; i++)
        {
            (await store.TryAddAsync(Challenge($"c{i}"))).Should().BeTrue();
        }
    }

    [Fact]
    public async Task An_id_that_is_there_already_is_refused_and_stays_as_it_is()
    {
        IChallengeStore store = CreateStore();
        await store.TryAddAsync(Challenge("one", node: "first"));

        (await store.TryAddAsync(Challenge("one", node: "second"))).Should().BeFalse();
        (await store.TakeAsync("one"))!.NodeId.Should().Be("first");
    }

    [Fact]
    public async Task A40_MemoryStaysBoundedOverManyChallenges()
    {
        const int Capacity = 100;
        InMemoryChallengeStore store = new(Capacity, Time);
        List<WeakReference> challenges = [];
        List<WeakReference> nodes = [];
        for (int i = 0; i < 5000; i++)
        {
            await AddAsync(store, i, challenges, nodes);
            if (i % 3 == 0)
            {
                await store.TakeAsync($"c{i}");
            }

            if (i % 50 == 0)
            {
                Time.Advance(TimeSpan.FromSeconds(1));
            }
        }

        GC.Collect();
        challenges.Count(challenge => challenge.IsAlive).Should().BeLessThanOrEqualTo(Capacity);
        nodes.Count(node => node.IsAlive).Should().BeLessThanOrEqualTo(Capacity, "nodes without challenges are forgotten too");

        Time.Advance(TimeSpan.FromMinutes(1));
        await store.TakeAsync("none");
        GC.Collect();
        challenges.Count(challenge => challenge.IsAlive).Should().BeLessThanOrEqualTo(1, "expired challenges are forgotten");
        GC.KeepAlive(store);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    public void A_store_without_room_is_misuse(int capacity)
    {
        Func<object> act = () => new InMemoryChallengeStore(capacity);

        act.Should().Throw<ArgumentOutOfRangeException>().WithParameterName("capacity");
    }

    // By itself, so that no variable of the test keeps alive what it adds.
    private async Task AddAsync(InMemoryChallengeStore store, int i, List<WeakReference> challenges, List<WeakReference> nodes)
    {
        string node = $"node{i}";
        PendingChallenge challenge = Challenge($"c{i}", node, TimeSpan.FromSeconds(5));
        challenges.Add(new WeakReference(challenge));
        nodes.Add(new WeakReference(node));
        await store.TryAddAsync(challenge);
    }

    private protected override IChallengeStore CreateStore() => new InMemoryChallengeStore(timeProvider: Time);
}
