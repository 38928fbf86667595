namespace HardwareAttestation.Verifier.Testing;

/// <summary>
/// What any <see cref="IChallengeStore"/> must do, to run in the tests of whoever writes one. Needs no test framework; times are those of the system's clock unless another one is named.
/// </summary>
public static class ChallengeStoreContract
{
    private const int Rounds = 10;

    /// <summary>Gives the rules, to run each by itself.</summary>
    /// <param name="timeProvider">The clock that the store has; null for the system's.</param>
    /// <returns>The rules.</returns>
    public static IReadOnlyList<StoreRule<IChallengeStore>> GetRules(TimeProvider? timeProvider = null)
    {
        TimeProvider time = timeProvider ?? TimeProvider.System;
        return
        [
            new("A challenge is given as it was added", (store, expect) => GivesWhatWasAddedAsync(store, expect, time)),
            new("A challenge is taken once", (store, expect) => TakesOnceAsync(store, expect, time)),
            new("An id that was not issued gives nothing and takes nothing", (store, expect) => KnowsIdsAsync(store, expect, time)),
            new("An id that is there already is refused and stays as it is", (store, expect) => RefusesDoubleIdsAsync(store, expect, time)),
            new("Of many who take a challenge at once, exactly one gets it", (store, expect) => TakesOnceAtOnceAsync(store, expect, time)),
            new("Of many who add one id at once, exactly one does", (store, expect) => AddsOnceAtOnceAsync(store, expect, time)),
            new("Challenges that are added at once are all there", (store, expect) => LosesNothingAtOnceAsync(store, expect, time)),
        ];
    }

    /// <summary>Runs all rules.</summary>
    /// <typeparam name="TStore">The kind of store.</typeparam>
    /// <param name="createEmptyStore">Makes a store without content; called for each rule. What it makes is disposed of, if it can be.</param>
    /// <param name="timeProvider">The clock that the store has; null for the system's.</param>
    /// <returns>When the store has kept every rule.</returns>
    /// <exception cref="StoreContractException">It has not kept one; the message says which, and what it did instead.</exception>
    public static Task VerifyAsync<TStore>(Func<Task<TStore>> createEmptyStore, TimeProvider? timeProvider = null)
        where TStore : class, IChallengeStore => StoreRule<IChallengeStore>.VerifyAllAsync(GetRules(timeProvider), createEmptyStore);

    private static async Task GivesWhatWasAddedAsync(IChallengeStore store, Expectation expect, TimeProvider time)
    {
        PendingChallenge boot = CreateChallenge(time, "boot");
        PendingChallenge enrollment = new()
        {
            ChallengeId = "AZaz09-_enrolment",
            Purpose = ChallengePurpose.Enrollment,
            NodeId = "rack1:node-7.example_A",
            EndorsementKeyId = "key",
            Source = "2001:db8::7",
            ExpiresAt = boot.ExpiresAt,
            State = new byte[] { 0, 1, 0xFF },
        };
        foreach (PendingChallenge challenge in (PendingChallenge[])[boot, enrollment])
        {
            expect.That(await store.TryAddAsync(challenge).ConfigureAwait(false), "a challenge was not added to an empty store.");
        }

        foreach (PendingChallenge challenge in (PendingChallenge[])[boot, enrollment])
        {
            PendingChallenge? taken = await store.TakeAsync(challenge.ChallengeId).ConfigureAwait(false);
            expect.That(taken is not null, "a challenge that was added was not found.");
            expect.Equal(challenge.ChallengeId, taken!.ChallengeId, nameof(PendingChallenge.ChallengeId));
            expect.Equal(challenge.Purpose, taken.Purpose, nameof(PendingChallenge.Purpose));
            expect.Equal(challenge.NodeId, taken.NodeId, nameof(PendingChallenge.NodeId));
            expect.Equal(challenge.EndorsementKeyId, taken.EndorsementKeyId, nameof(PendingChallenge.EndorsementKeyId));
            expect.Equal(challenge.Source, taken.Source, nameof(PendingChallenge.Source));
            expect.Equal(challenge.ExpiresAt, taken.ExpiresAt, nameof(PendingChallenge.ExpiresAt));
            expect.Equal(challenge.State, taken.State, nameof(PendingChallenge.State));
        }
    }

    private static async Task TakesOnceAsync(IChallengeStore store, Expectation expect, TimeProvider time)
    {
        await store.TryAddAsync(CreateChallenge(time, "one")).ConfigureAwait(false);
        expect.That(await store.TakeAsync("one").ConfigureAwait(false) is not null, "a challenge that was added was not found.");
        expect.That(await store.TakeAsync("one").ConfigureAwait(false) is null, "a challenge was given twice.");
    }

    private static async Task KnowsIdsAsync(IChallengeStore store, Expectation expect, TimeProvider time)
    {
        await store.TryAddAsync(CreateChallenge(time, "one")).ConfigureAwait(false);
        foreach (string id in (string[])["two", "ONE", "on", "one-", "_", new string('o', 64)])
        {
            expect.That(await store.TakeAsync(id).ConfigureAwait(false) is null, $"a challenge was given for the id '{id}', which was not issued.");
        }

        expect.That(await store.TakeAsync("one").ConfigureAwait(false) is not null, "asking for other ids took a challenge.");
    }

    private static async Task RefusesDoubleIdsAsync(IChallengeStore store, Expectation expect, TimeProvider time)
    {
        await store.TryAddAsync(CreateChallenge(time, "one", "first")).ConfigureAwait(false);
        expect.That(!await store.TryAddAsync(CreateChallenge(time, "one", "second")).ConfigureAwait(false), "an id was added twice.");
        expect.Equal("first", (await store.TakeAsync("one").ConfigureAwait(false))?.NodeId, nameof(PendingChallenge.NodeId));
    }

    private static async Task TakesOnceAtOnceAsync(IChallengeStore store, Expectation expect, TimeProvider time)
    {
        for (int round = 0; round < Rounds; round++)
        {
            string id = $"round-{round}";
            await store.TryAddAsync(CreateChallenge(time, id)).ConfigureAwait(false);
            PendingChallenge?[] taken = await Expectation.AtOnceAsync(_ => store.TakeAsync(id)).ConfigureAwait(false);
            int winners = taken.Count(challenge => challenge is not null);
            expect.That(winners == 1, $"{winners} of {taken.Length} got it.");
        }
    }

    private static async Task AddsOnceAtOnceAsync(IChallengeStore store, Expectation expect, TimeProvider time)
    {
        for (int round = 0; round < Rounds; round++)
        {
            string id = $"round-{round}";
            bool[] added = await Expectation.AtOnceAsync(caller => store.TryAddAsync(CreateChallenge(time, id, $"node{caller}"))).ConfigureAwait(false);
            int winners = added.Count(done => done);
            expect.That(winners == 1, $"{winners} of {added.Length} did.");
        }
    }

    private static async Task LosesNothingAtOnceAsync(IChallengeStore store, Expectation expect, TimeProvider time)
    {
        bool[] added = await Expectation.AtOnceAsync(
            caller => store.TryAddAsync(CreateChallenge(time, $"c{caller}", $"node{caller}"))).ConfigureAwait(false);
        PendingChallenge?[] taken = await Expectation.AtOnceAsync(caller => store.TakeAsync($"c{caller}")).ConfigureAwait(false);
        for (int caller = 0; caller < added.Length; caller++)
        {
            expect.That(added[caller], "a challenge was not added.");
            expect.Equal($"node{caller}", taken[caller]?.NodeId, nameof(PendingChallenge.NodeId));
        }
    }

    // Whole seconds, since databases keep times less exactly than .NET does.
    private static PendingChallenge CreateChallenge(TimeProvider time, string id, string node = "node") => new()
    {
        ChallengeId = id,
        Purpose = ChallengePurpose.Attestation,
        NodeId = node,
        ExpiresAt = DateTimeOffset.FromUnixTimeSeconds(time.GetUtcNow().ToUnixTimeSeconds()) + TimeSpan.FromHours(1),
        State = new byte[] { 1, 2, 3 },
    };
}
