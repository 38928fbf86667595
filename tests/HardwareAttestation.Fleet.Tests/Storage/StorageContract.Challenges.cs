using Fleet.Server.Storage;
using HardwareAttestation.Verifier;

namespace HardwareAttestation.Fleet.Tests.Storage;

/// <summary>The caps of the challenges: those of the store in memory.</summary>
public abstract partial class StorageContract
{
    private static readonly int Share = InMemoryChallengeStore.CapacityPerNode;

    [Fact]
    public async Task A_challenge_is_forgotten_when_it_expires()
    {
        IChallengeStore store = (await OpenAsync()).Challenges;
        await store.TryAddAsync(Challenge("one"));
        await store.TryAddAsync(Challenge("two"));

        Clock.Now += TimeSpan.FromMinutes(1) - TimeSpan.FromTicks(1);
        (await store.TakeAsync("one")).Should().NotBeNull();
        Clock.Now += TimeSpan.FromTicks(1);
        (await store.TakeAsync("two")).Should().BeNull();
    }

    [Fact]
    public async Task A_full_store_refuses_new_challenges_and_keeps_the_old()
    {
        IChallengeStore store = (await OpenAsync(new StorageOptions { Challenges = 3 })).Challenges;
        for (int i = 0; i < 3; i++)
        {
            (await store.TryAddAsync(Challenge($"c{i}", node: $"node{i}", lifetime: TimeSpan.FromSeconds(10 + i)))).Should().BeTrue();
        }

        (await store.TryAddAsync(Challenge("late", node: "late"))).Should().BeFalse();
        (await store.TakeAsync("late")).Should().BeNull();

        (await store.TakeAsync("c1")).Should().NotBeNull();
        (await store.TryAddAsync(Challenge("late", node: "late"))).Should().BeTrue("taking a challenge makes room");
        Clock.Now += TimeSpan.FromSeconds(10);
        (await store.TryAddAsync(Challenge("later", node: "later"))).Should().BeTrue("expiry makes room");
        (await store.TakeAsync("c2")).Should().NotBeNull();
    }

    [Fact]
    public async Task Enrolments_fill_half_of_the_store_at_most()
    {
        IChallengeStore store = (await OpenAsync(new StorageOptions { Challenges = 4 })).Challenges;
        for (int i = 0; i < 4; i++)
        {
            (await store.TryAddAsync(Challenge($"e{i}", node: $"stranger{i}", key: $"key{i}"))).Should().Be(i < 2);
        }

        (await store.TryAddAsync(Challenge("boot", node: "enrolled"))).Should().BeTrue();
    }

    [Fact]
    public async Task A_flood_in_a_nodes_name_takes_that_nodes_oldest_and_nobody_elses()
    {
        IChallengeStore store = (await OpenAsync()).Challenges;
        await store.TryAddAsync(Challenge("other", node: "other"));
        await store.TryAddAsync(Challenge("enrolment", key: "key"));
        for (int i = 0; i <= Share; i++)
        {
            // The newer, the sooner it expires: the oldest is the one that was added first.
            (await store.TryAddAsync(Challenge($"c{i}", lifetime: TimeSpan.FromSeconds(100 - i)))).Should().BeTrue();
        }

        (await store.TakeAsync("c0")).Should().BeNull("the oldest made room");
        for (int i = 1; i <= Share; i++)
        {
            (await store.TakeAsync($"c{i}")).Should().NotBeNull();
        }

        (await store.TakeAsync("other")).Should().NotBeNull();
        (await store.TakeAsync("enrolment")).Should().NotBeNull("each purpose has its own share");
    }

    [Fact]
    public async Task A_node_with_its_share_gets_a_new_challenge_from_a_full_store()
    {
        IChallengeStore store = (await OpenAsync(new StorageOptions { Challenges = Share })).Challenges;
        for (int i = 0; i < 3 * Share; i++)
        {
            (await store.TryAddAsync(Challenge($"c{i}"))).Should().BeTrue();
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task One_source_that_floods_a_node_or_an_endorsement_key_pushes_out_its_own(bool isOfKey)
    {
        IChallengeStore store = (await OpenAsync()).Challenges;
        string? key = isOfKey ? "key" : null;
        await store.TryAddAsync(Challenge("own", source: "node's", key: key));
        for (int i = 0; i < 3 * Share; i++)
        {
            (await store.TryAddAsync(Challenge($"flood{i}", node: isOfKey ? $"name{i}" : "node", source: "attacker's", key: key))).Should().BeTrue();
        }

        (await store.TakeAsync("own")).Should().NotBeNull();
        (await store.TakeAsync("flood0")).Should().BeNull();
    }

    [Fact]
    public async Task A_node_whose_name_is_flooded_gets_its_own_challenge_all_the_same()
    {
        IChallengeStore store = (await OpenAsync()).Challenges;
        for (int i = 0; i < Share - 1; i++)
        {
            await store.TryAddAsync(Challenge($"flood{i}", source: "attacker's"));
        }

        await store.TryAddAsync(Challenge("unknown"));
        (await store.TryAddAsync(Challenge("own", source: "node's"))).Should().BeTrue();
        (await store.TryAddAsync(Challenge("again", source: "node's"))).Should().BeTrue();

        (await store.TakeAsync("flood0")).Should().BeNull("the source that has most loses its oldest");
        (await store.TakeAsync("flood1")).Should().NotBeNull();
        (await store.TakeAsync("unknown")).Should().NotBeNull();
        (await store.TakeAsync("own")).Should().BeNull("a source that has one loses its own first");
        (await store.TakeAsync("again")).Should().NotBeNull();
    }

    [Fact]
    public async Task A_source_that_has_its_share_is_refused_and_pushes_out_nobody()
    {
        IChallengeStore store = (await OpenAsync(new StorageOptions { ChallengesPerSource = Share })).Challenges;
        for (int i = 0; i < Share; i++)
        {
            await store.TryAddAsync(Challenge($"others{i}", node: "victim", source: $"source{i}"));
            (await store.TryAddAsync(Challenge($"c{i}", node: $"node{i}", source: "attacker's"))).Should().BeTrue();
        }

        (await store.TryAddAsync(Challenge("more", node: "another", source: "attacker's"))).Should().BeFalse();
        (await store.TryAddAsync(Challenge("flood", node: "victim", source: "attacker's"))).Should().BeFalse();
        (await store.TryAddAsync(Challenge("somebody", node: "another", source: "somebody's"))).Should().BeTrue();
        (await store.TryAddAsync(Challenge("unknown", node: "another"))).Should().BeTrue();
        for (int i = 0; i < Share; i++)
        {
            (await store.TakeAsync($"others{i}")).Should().NotBeNull();
        }

        await store.TakeAsync("c0");
        (await store.TryAddAsync(Challenge("more", node: "another", source: "attacker's"))).Should().BeTrue("an answered challenge makes room");
        Clock.Now += TimeSpan.FromMinutes(1);
        (await store.TryAddAsync(Challenge("later", node: "another", source: "attacker's"))).Should().BeTrue("expiry makes room");
    }

    [Fact]
    public async Task Who_is_refused_for_want_of_room_pushes_out_nobody()
    {
        IChallengeStore store = (await OpenAsync(new StorageOptions { Challenges = 2 * Share })).Challenges;
        for (int i = 0; i < 2 * Share; i++)
        {
            await store.TryAddAsync(Challenge($"c{i}", node: $"node{i / Share}"));
        }

        (await store.TryAddAsync(Challenge("c0"))).Should().BeFalse();
        (await store.TryAddAsync(Challenge("c1", node: "node0"))).Should().BeFalse("the id is there");
        for (int i = 0; i < 2 * Share; i++)
        {
            (await store.TakeAsync($"c{i}")).Should().NotBeNull();
        }
    }

    private protected PendingChallenge Challenge(string id, string node = "node", TimeSpan? lifetime = null, string? source = null, string? key = null) => new()
    {
        ChallengeId = id,
        Purpose = key is null ? ChallengePurpose.Attestation : ChallengePurpose.Enrollment,
        NodeId = node,
        EndorsementKeyId = key,
        Source = source,
        ExpiresAt = Clock.Now + (lifetime ?? TimeSpan.FromMinutes(1)),
        State = new byte[] { 1 },
    };
}
