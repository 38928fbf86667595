using HardwareAttestation.Verifier.Testing;

namespace HardwareAttestation.Verifier.Tests.Enrollment;

public sealed class InMemoryChallengeStoreTests
{
    private readonly ManualTimeProvider _time = new();

    public static TheoryData<string> Rules => [.. ChallengeStoreContract.GetRules().Select(rule => rule.Name)];

    [Theory]
    [MemberData(nameof(Rules))]
    public Task The_store_keeps_the_rule(string name) =>
        ChallengeStoreContract.GetRules(_time).Single(rule => rule.Name == name).VerifyAsync(CreateStore());

    [Fact]
    public Task A41_TheStoreKeepsTheWholeContract_AlsoForManyCallersAtOnce() =>
        ChallengeStoreContract.VerifyAsync(() => Task.FromResult<IChallengeStore>(CreateStore()), _time);

    [Fact]
    public async Task A_challenge_is_forgotten_when_it_expires()
    {
        IChallengeStore store = CreateStore();
        await store.TryAddAsync(Challenge("one", lifetime: TimeSpan.FromSeconds(10)));
        await store.TryAddAsync(Challenge("two", lifetime: TimeSpan.FromSeconds(10)));

        _time.Advance(TimeSpan.FromSeconds(10) - TimeSpan.FromTicks(1));
        (await store.TakeAsync("one")).Should().NotBeNull();
        _time.Advance(TimeSpan.FromTicks(1));
        (await store.TakeAsync("two")).Should().BeNull();
    }

    [Fact]
    public async Task A40_FullStore_RefusesNewChallengesAndKeepsTheOld()
    {
        InMemoryChallengeStore store = new(3, InMemoryChallengeStore.DefaultCapacityPerSource, _time);
        for (int i = 0; i < 3; i++)
        {
            (await store.TryAddAsync(Challenge($"c{i}", node: $"node{i}", lifetime: TimeSpan.FromSeconds(10 + i)))).Should().BeTrue();
        }

        (await store.TryAddAsync(Challenge("late", node: "late"))).Should().BeFalse();
        (await store.TakeAsync("late")).Should().BeNull();

        (await store.TakeAsync("c1")).Should().NotBeNull();
        (await store.TryAddAsync(Challenge("late", node: "late"))).Should().BeTrue("taking a challenge makes room");
        _time.Advance(TimeSpan.FromSeconds(10));
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
        InMemoryChallengeStore store = new(InMemoryChallengeStore.CapacityPerNode, InMemoryChallengeStore.DefaultCapacityPerSource, _time);
        for (int i = 0; i < 3 * InMemoryChallengeStore.CapacityPerNode; i++)
        {
            (await store.TryAddAsync(Challenge($"c{i}"))).Should().BeTrue();
        }
    }

    [Fact]
    public async Task A40_OneSourceThatFloodsANodesName_PushesOutItsOwn()
    {
        IChallengeStore store = CreateStore();
        await store.TryAddAsync(Challenge("own", source: "node's"));
        for (int i = 0; i < 3 * InMemoryChallengeStore.CapacityPerNode; i++)
        {
            (await store.TryAddAsync(Challenge($"flood{i}", source: "attacker's"))).Should().BeTrue();
        }

        (await store.TakeAsync("own")).Should().NotBeNull();
        (await store.TakeAsync("flood0")).Should().BeNull();
    }

    [Fact]
    public async Task A40_ANodeWhoseNameIsFlooded_GetsItsOwnChallengeAllTheSame()
    {
        IChallengeStore store = CreateStore();
        for (int i = 0; i < InMemoryChallengeStore.CapacityPerNode - 1; i++)
        {
            await store.TryAddAsync(Challenge($"flood{i}", source: "attacker's"));
        }

        await store.TryAddAsync(Challenge("unknown"));
        (await store.TryAddAsync(Challenge("own", source: "node's"))).Should().BeTrue();
        (await store.TryAddAsync(Challenge("again", source: "node's"))).Should().BeTrue();

        (await store.TakeAsync("flood0")).Should().BeNull("the source that has most loses its oldest");
        (await store.TakeAsync("unknown")).Should().NotBeNull();
        (await store.TakeAsync("own")).Should().BeNull("a source that has one loses its own first");
        (await store.TakeAsync("again")).Should().NotBeNull();
    }

    [Fact]
    public async Task A40_OneSourceThatFloodsAnEndorsementKey_PushesOutItsOwn()
    {
        IChallengeStore store = CreateStore();
        await store.TryAddAsync(Enrollment("own", "node", "node's"));
        for (int i = 0; i < 3 * InMemoryChallengeStore.CapacityPerEndorsementKey; i++)
        {
            (await store.TryAddAsync(Enrollment($"flood{i}", $"name{i}", "attacker's"))).Should().BeTrue();
        }

        (await store.TakeAsync("own")).Should().NotBeNull();

        static PendingChallenge Enrollment(string id, string node, string source) => new()
        {
            ChallengeId = id,
            Purpose = ChallengePurpose.Enrollment,
            NodeId = node,
            EndorsementKeyId = "key",
            Source = source,
            ExpiresAt = ManualTimeProvider.Start.AddMinutes(1),
            State = default,
        };
    }

    [Fact]
    public async Task A40_ASourceThatHasItsShare_IsRefusedAndPushesOutNobody()
    {
        int share = InMemoryChallengeStore.CapacityPerNode;
        InMemoryChallengeStore store = new(InMemoryChallengeStore.DefaultCapacity, share, _time);
        for (int i = 0; i < InMemoryChallengeStore.CapacityPerNode; i++)
        {
            await store.TryAddAsync(Challenge($"others{i}", node: "victim", source: $"source{i}"));
        }

        for (int i = 0; i < share; i++)
        {
            (await store.TryAddAsync(Challenge($"c{i}", node: $"node{i}", source: "attacker's"))).Should().BeTrue();
        }

        (await store.TryAddAsync(Challenge("more", node: "another", source: "attacker's"))).Should().BeFalse();
        (await store.TryAddAsync(Challenge("flood", node: "victim", source: "attacker's"))).Should().BeFalse();
        (await store.TryAddAsync(Challenge("somebody", node: "another", source: "somebody's"))).Should().BeTrue();
        (await store.TryAddAsync(Challenge("unknown", node: "another"))).Should().BeTrue();
        for (int i = 0; i < InMemoryChallengeStore.CapacityPerNode; i++)
        {
            (await store.TakeAsync($"others{i}")).Should().NotBeNull();
        }

        await store.TakeAsync("c0");
        (await store.TryAddAsync(Challenge("more", node: "another", source: "attacker's"))).Should().BeTrue("an answered challenge makes room");
        _time.Advance(TimeSpan.FromMinutes(1));
        (await store.TryAddAsync(Challenge("later", node: "another", source: "attacker's"))).Should().BeTrue("expiry makes room");
    }

    [Fact]
    public async Task Who_is_refused_for_want_of_room_pushes_out_nobody()
    {
        int half = InMemoryChallengeStore.CapacityPerNode;
        InMemoryChallengeStore store = new(2 * half, InMemoryChallengeStore.DefaultCapacityPerSource, _time);
        for (int i = 0; i < 2 * half; i++)
        {
            await store.TryAddAsync(Challenge($"c{i}", node: $"node{i / half}"));
        }

        (await store.TryAddAsync(Challenge("c0"))).Should().BeFalse();
        (await store.TryAddAsync(Challenge("c1", node: "node0"))).Should().BeFalse("the id is there");
        for (int i = 0; i < 2 * half; i++)
        {
            (await store.TakeAsync($"c{i}")).Should().NotBeNull();
        }
    }

    [Fact]
    public async Task A40_MemoryStaysBoundedOverManyChallenges()
    {
        const int Capacity = 100;
        InMemoryChallengeStore store = new(Capacity, InMemoryChallengeStore.DefaultCapacityPerSource, _time);
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
                _time.Advance(TimeSpan.FromSeconds(1));
            }
        }

        GC.Collect();
        challenges.Count(challenge => challenge.IsAlive).Should().BeLessThanOrEqualTo(Capacity);
        nodes.Count(node => node.IsAlive).Should().BeLessThanOrEqualTo(Capacity, "nodes without challenges are forgotten too");

        _time.Advance(TimeSpan.FromMinutes(1));
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
        Func<object> act = () => new InMemoryChallengeStore(capacity, InMemoryChallengeStore.DefaultCapacityPerSource);

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

    private InMemoryChallengeStore CreateStore() => new(timeProvider: _time);

    private PendingChallenge Challenge(
        string id,
        string node = "node",
        TimeSpan? lifetime = null,
        ChallengePurpose purpose = ChallengePurpose.Attestation,
        string? source = null) => new()
        {
            ChallengeId = id,
            Purpose = purpose,
            NodeId = node,
            Source = source,
            ExpiresAt = _time.GetUtcNow() + (lifetime ?? TimeSpan.FromMinutes(1)),
            State = default,
        };
}
