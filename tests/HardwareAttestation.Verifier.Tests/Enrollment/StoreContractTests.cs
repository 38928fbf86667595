using System.Collections.Concurrent;
using System.Reflection;
using HardwareAttestation.Verifier.Testing;

namespace HardwareAttestation.Verifier.Tests.Enrollment;

/// <summary>The contracts of the stores notice stores that break them: one that is broken on purpose for each rule, and for each property that can be forgotten.</summary>
public sealed class StoreContractTests
{
    // The rule, the fault, and the store.
    private static readonly (string Rule, string Fault, Action<BrokenDeviceStore> Break)[] DeviceFaults =
    [
        ("Names are told apart by case", "lower case", store => store.Find = node => store.Inner.FindAsync(node.ToLowerInvariant())),
        ("A node that has a device is taken, and stays as it is", "the last one wins", store => store.Add = async (device, _) =>
        {
            await store.Inner.RemoveAsync(device.NodeId);
            return await store.AddAnywayAsync(device);
        }),
        ("An endorsement key of another node is taken, and stays as it is", "the last one wins", store => store.Add = async (device, _) =>
        {
            if (await store.Inner.FindByEndorsementKeyAsync(device.EndorsementKeyId) is { } owner && owner.NodeId != device.NodeId)
            {
                await store.Inner.RemoveAsync(owner.NodeId);
            }

            return await store.AddAnywayAsync(device);
        }),
        ("An update changes every property that may change", "nothing is stored", store => store.Update = _ => Task.FromResult(true)),
        ("An update replaces only the record of the revision before", "any revision", store => store.Update = async device =>
            await store.Inner.FindAsync(device.NodeId) is { } stored && await store.Inner.TryUpdateAsync(device.At(stored.Revision + 1))),
        ("An update replaces no record of another enrolment", "any enrolment", store => store.Update = async device =>
            await store.Inner.FindAsync(device.NodeId) is { } stored
            && stored.Revision + 1 == device.Revision
            && stored.EndorsementKeyId == device.EndorsementKeyId
            && await store.UpdateAnywayAsync(device)),
        ("An update neither adds a device nor changes its endorsement key", "adds", store => store.Update = async device =>
            await store.Inner.TryUpdateAsync(device) || await store.AddAnywayAsync(device) == AddDeviceOutcome.Added),
        ("An update neither adds a device nor changes its endorsement key", "changes the key", store => store.Update = store.UpdateAnywayAsync),
        ("Of many who add a device for one node at once, exactly one does", "looks, then acts", store => store.Add = async (device, _) =>
        {
            bool free = await store.Inner.FindAsync(device.NodeId) is null;
            return await store.Others.MeetAsync(device.NodeId, async () =>
            {
                if (free)
                {
                    await store.Inner.RemoveAsync(device.NodeId);
                    await store.AddAnywayAsync(device);
                }

                return free ? AddDeviceOutcome.Added : AddDeviceOutcome.NodeTaken;
            });
        }),
        ("Of many who add a device with one endorsement key at once, exactly one does", "looks, then acts", store => store.Add = async (device, _) =>
        {
            bool free = await store.Inner.FindByEndorsementKeyAsync(device.EndorsementKeyId) is null;
            await store.Others.MeetAsync(device.EndorsementKeyId);
            await store.AddAnywayAsync(device);
            return free ? AddDeviceOutcome.Added : AddDeviceOutcome.EndorsementKeyTaken;
        }),
        ("Of many who update a device at once, exactly one does", "looks, then acts", store => store.Update = async device =>
        {
            bool current = (await store.Inner.FindAsync(device.NodeId))!.Revision + 1 == device.Revision;
            return await store.Others.MeetAsync($"{device.NodeId} {device.Revision}", async () => current && await store.UpdateAnywayAsync(device));
        }),
        ("Devices are listed once each, in the ordinal order of their nodes", "order of a language", store => store.List = after =>
            store.Inner.ListAsync(after).OrderBy(device => device.NodeId, StringComparer.OrdinalIgnoreCase)),
        ("Devices are listed once each, in the ordinal order of their nodes", "one page", store => store.List = after => store.Inner.ListAsync(after).Take(100)),
        ("Devices are listed once each, in the ordinal order of their nodes", "pages that overlap", store => store.List = after =>
            store.Inner.ListAsync(after).SelectMany(device => Enumerable.Repeat(device, device.NodeId == "many99" ? 2 : 1))),
        ("A listing goes on after a node, whether it has a device or not", "from that node", store => store.List = after =>
            store.Inner.ListAsync().Where(device => after is null || string.CompareOrdinal(device.NodeId, after) >= 0)),
        ("A listing goes on after a node, whether it has a device or not", "from the device", store => store.List = after =>
            store.Inner.ListAsync().SkipWhile(device => after is not null && device.NodeId != after).Skip(after is null ? 0 : 1)),
        ("Removing a device frees its node and its endorsement key", "says yes", store => store.Remove = async device =>
        {
            await store.Inner.TryRemoveAsync(device);
            return true;
        }),
        ("A device that was changed or enrolled anew since it was read is not removed", "any revision", store => store.Remove = async device =>
            await store.Inner.FindAsync(device.NodeId) is { } stored
            && stored.EnrollmentId == device.EnrollmentId
            && await store.Inner.TryRemoveAsync(stored)),
        ("A device that was changed or enrolled anew since it was read is not removed", "any enrolment", store => store.Remove = async device =>
            await store.Inner.FindAsync(device.NodeId) is { } stored && stored.Revision == device.Revision && await store.Inner.TryRemoveAsync(stored)),
        ("Of an update and a removal at once, exactly one is done", "looks, then acts", store =>
        {
            store.Update = async device =>
            {
                await store.Others.MeetAsync($"{device.NodeId} looked");
                bool updated = await store.Inner.TryUpdateAsync(device);
                await store.Others.MeetAsync($"{device.NodeId} updated");
                return updated;
            };
            store.Remove = async device =>
            {
                bool current = await store.Inner.FindAsync(device.NodeId) is { } stored && stored.Revision == device.Revision;
                await store.Others.MeetAsync($"{device.NodeId} looked");
                return await store.Others.MeetAsync($"{device.NodeId} updated", async () => current && await store.Inner.RemoveAsync(device.NodeId));
            };
        }),
        ("A removal mark stays as it is while nothing is removed", "a counter of calls", store =>
        {
            long calls = 0;
            store.Mark = (_, _) => Task.FromResult(Interlocked.Increment(ref calls));
            store.Add = async (device, mark) => mark == Interlocked.Read(ref calls) ? await store.AddAnywayAsync(device) : AddDeviceOutcome.RemovedMeanwhile;
        }),
        ("A device is not added with a removal mark from before its node's device was removed", "marks of keys", store => UseMark(
            store, (_, key) => store.Inner.GetRemovalMarkAsync("same", key))),
        ("A device is not added with a removal mark from before the device with its endorsement key was removed", "marks of nodes", store => UseMark(
            store, (node, _) => store.Inner.GetRemovalMarkAsync(node, "same"))),
        ("A device is not added with a removal mark from before its endorsement key was replaced", "marks of removals", store =>
        {
            long removals = 0;
            UseMark(store, (_, _) => Task.FromResult(Interlocked.Read(ref removals)));
            store.Remove = async device =>
            {
                bool removed = await store.Inner.TryRemoveAsync(device);
                removals += removed ? 1 : 0;
                return removed;
            };
        }),
        ("A replacement takes the place of the device that was read", "nothing is stored", store =>
            store.Replace = (_, _, _) => Task.FromResult(ReplaceDeviceOutcome.Replaced)),
        ("A replacement of a device that was changed or removed is refused", "any revision", store => store.Replace = async (current, replacement, _) =>
            await store.Inner.FindAsync(current.NodeId) is { } stored ? await store.ReplaceAnywayAsync(stored, replacement) : ReplaceDeviceOutcome.Changed),
        ("A replacement of a device that was changed or removed is refused", "any enrolment", store => store.Replace = async (current, replacement, _) =>
            await store.Inner.FindAsync(current.NodeId) is { } stored && stored.Revision == current.Revision
                ? await store.ReplaceAnywayAsync(stored, replacement)
                : ReplaceDeviceOutcome.Changed),
        ("A replacement with another node's endorsement key is refused", "takes it away", store => store.Replace = async (current, replacement, _) =>
        {
            if (await store.Inner.FindByEndorsementKeyAsync(replacement.EndorsementKeyId) is { } owner && owner.NodeId != current.NodeId)
            {
                await store.Inner.RemoveAsync(owner.NodeId);
            }

            return await store.ReplaceAnywayAsync(current, replacement);
        }),
        ("A device is not replaced with a removal mark from before the device with the new endorsement key was removed", "any mark", store =>
            store.Replace = (current, replacement, _) => store.ReplaceAnywayAsync(current, replacement)),
        ("Of many who replace a device at once, exactly one does", "looks, then acts", store => store.Replace = async (current, replacement, _) =>
        {
            bool isCurrent = (await store.Inner.FindAsync(current.NodeId))!.Revision == current.Revision;
            return await store.Others.MeetAsync($"{current.NodeId} {current.Revision}", async () => isCurrent
                ? await store.ReplaceAnywayAsync((await store.Inner.FindAsync(current.NodeId))!, replacement)
                : ReplaceDeviceOutcome.Changed);
        }),
        ("Of many who replace devices with one endorsement key at once, exactly one does", "looks, then acts", store => store.Replace =
            async (current, replacement, _) =>
            {
                bool free = await store.Inner.FindByEndorsementKeyAsync(replacement.EndorsementKeyId) is null;
                await store.Others.MeetAsync(replacement.EndorsementKeyId);
                await store.ReplaceAnywayAsync(current, replacement);
                return free ? ReplaceDeviceOutcome.Replaced : ReplaceDeviceOutcome.EndorsementKeyTaken;
            }),
        ("Of an update and a replacement at once, exactly one is done", "looks, then acts", store =>
        {
            store.Update = async device =>
            {
                bool current = await store.Inner.FindAsync(device.NodeId) is { } stored
                    && stored.Revision + 1 == device.Revision && stored.EnrollmentId == device.EnrollmentId;
                await store.Others.MeetAsync($"{device.NodeId} looked");
                return await store.Others.MeetAsync($"{device.NodeId} replaced", async () => current && await store.UpdateAnywayAsync(device));
            };
            store.Replace = async (current, replacement, _) =>
            {
                await store.Others.MeetAsync($"{current.NodeId} looked");
                ReplaceDeviceOutcome outcome = await store.Inner.ReplaceAsync(current, replacement);
                await store.Others.MeetAsync($"{current.NodeId} replaced");
                return outcome;
            };
        }),
    ];

    private static readonly (string Rule, string Fault, Action<BrokenChallengeStore> Break)[] ChallengeFaults =
    [
        ("A challenge is taken once", "is kept", store => store.Take = async id =>
        {
            PendingChallenge? challenge = await store.Inner.TakeAsync(id);
            return challenge is not null && await store.Inner.TryAddAsync(challenge) ? challenge : null;
        }),
        ("An id that was not issued gives nothing and takes nothing", "lower case", store => store.Take = id => store.Inner.TakeAsync(id.ToLowerInvariant())),
        ("An id that is there already is refused and stays as it is", "the last one wins", store => store.Add = async challenge =>
        {
            await store.Inner.TakeAsync(challenge.ChallengeId);
            return await store.Inner.TryAddAsync(challenge);
        }),
        ("Of many who take a challenge at once, exactly one gets it", "looks, then acts", store =>
        {
            ConcurrentDictionary<string, PendingChallenge> challenges = [];
            store.Add = challenge => Task.FromResult(challenges.TryAdd(challenge.ChallengeId, challenge));
            store.Take = async id =>
            {
                PendingChallenge? challenge = challenges.GetValueOrDefault(id);
                await store.Others.MeetAsync(id);
                challenges.TryRemove(id, out _);
                return challenge;
            };
        }),
        ("Of many who add one id at once, exactly one does", "looks, then acts", store =>
        {
            ConcurrentDictionary<string, PendingChallenge> challenges = [];
            store.Add = async challenge =>
            {
                bool free = !challenges.ContainsKey(challenge.ChallengeId);
                await store.Others.MeetAsync(challenge.ChallengeId);
                challenges[challenge.ChallengeId] = challenge;
                return free;
            };
        }),
        ("Challenges that are added at once are all there", "room for three", store =>
        {
            InMemoryChallengeStore small = new(3, InMemoryChallengeStore.DefaultCapacityPerSource);
            store.Add = challenge => small.TryAddAsync(challenge);
            store.Take = id => small.TakeAsync(id);
        }),
    ];

    public static TheoryData<string, string> FaultsOfDeviceStores => Rows(DeviceFaults.Select(row => (row.Rule, row.Fault)));

    public static TheoryData<string, string> FaultsOfChallengeStores => Rows(ChallengeFaults.Select(row => (row.Rule, row.Fault)));

    public static TheoryData<string> PropertiesOfDevices => [.. SettableProperties(typeof(DeviceRecord))];

    public static TheoryData<string> PropertiesOfChallenges => [.. SettableProperties(typeof(PendingChallenge))];

    [Theory]
    [MemberData(nameof(FaultsOfDeviceStores))]
    public async Task A_device_store_that_breaks_a_rule_is_noticed(string rule, string fault)
    {
        BrokenDeviceStore store = new();
        DeviceFaults.Single(row => row.Rule == rule && row.Fault == fault).Break(store);
        StoreRule<IDeviceStore> broken = DeviceStoreContract.GetRules().Single(candidate => candidate.Name == rule);

        (await broken.Awaiting(it => it.VerifyAsync(store)).Should().ThrowAsync<StoreContractException>()).Which.Rule.Should().Be(rule);
    }

    [Theory]
    [MemberData(nameof(FaultsOfChallengeStores))]
    public async Task A_challenge_store_that_breaks_a_rule_is_noticed(string rule, string fault)
    {
        BrokenChallengeStore store = new();
        ChallengeFaults.Single(row => row.Rule == rule && row.Fault == fault).Break(store);
        StoreRule<IChallengeStore> broken = ChallengeStoreContract.GetRules().Single(candidate => candidate.Name == rule);

        (await broken.Awaiting(it => it.VerifyAsync(store)).Should().ThrowAsync<StoreContractException>()).Which.Rule.Should().Be(rule);
    }

    [Theory]
    [MemberData(nameof(PropertiesOfDevices))]
    public async Task A_device_store_that_forgets_a_property_is_noticed(string property)
    {
        Func<Task> verify = () => DeviceStoreContract.VerifyAsync(() => Task.FromResult(Forgetful()));

        (await verify.Should().ThrowAsync<StoreContractException>()).Which.Message.Should().Contain(property);

        BrokenDeviceStore Forgetful()
        {
            BrokenDeviceStore store = new();
            store.Find = async node => Without(property, await store.Inner.FindAsync(node));
            return store;
        }
    }

    [Theory]
    [MemberData(nameof(PropertiesOfChallenges))]
    public async Task A_challenge_store_that_forgets_a_property_is_noticed(string property)
    {
        Func<Task> verify = () => ChallengeStoreContract.VerifyAsync(() => Task.FromResult(Forgetful()));

        (await verify.Should().ThrowAsync<StoreContractException>()).Which.Message.Should().Contain(property);

        BrokenChallengeStore Forgetful()
        {
            BrokenChallengeStore store = new();
            store.Take = async id => Without(property, await store.Inner.TakeAsync(id));
            return store;
        }
    }

    [Fact]
    public void Every_rule_has_a_store_that_breaks_it()
    {
        const string FoundAsAdded = "A device is found by its node and by its endorsement key, as it was added";
        const string GivenAsAdded = "A challenge is given as it was added";

        DeviceStoreContract.GetRules().Select(rule => rule.Name).Should().BeEquivalentTo(DeviceFaults.Select(row => row.Rule).Distinct().Append(FoundAsAdded));
        ChallengeStoreContract.GetRules().Select(rule => rule.Name).Should().BeEquivalentTo(ChallengeFaults.Select(row => row.Rule).Distinct().Append(GivenAsAdded));
    }

    [Fact]
    public async Task A_store_that_throws_breaks_the_rule()
    {
        BrokenChallengeStore store = new() { Add = _ => throw new InvalidOperationException("no connection") };
        StoreRule<IChallengeStore> rule = ChallengeStoreContract.GetRules()[0];

        (await rule.Awaiting(it => it.VerifyAsync(store)).Should().ThrowAsync<StoreContractException>())
            .WithMessage("*A challenge is given as it was added*no connection*").WithInnerException<InvalidOperationException>();
    }

    private static void UseMark(BrokenDeviceStore store, Func<string, string, Task<long>> mark)
    {
        store.Mark = mark;
        store.Add = async (device, given) => given == await mark(device.NodeId, device.EndorsementKeyId)
            ? await store.AddAnywayAsync(device)
            : AddDeviceOutcome.RemovedMeanwhile;
        store.Replace = (current, replacement, _) => store.ReplaceAnywayAsync(current, replacement);
    }

    private static TheoryData<string, string> Rows(IEnumerable<(string Rule, string Fault)> faults)
    {
        TheoryData<string, string> rows = new();
        foreach ((string rule, string fault) in faults)
        {
            rows.Add(rule, fault);
        }

        return rows;
    }

    private static IEnumerable<string> SettableProperties(Type type) => type.GetProperties().Where(property => property.CanWrite).Select(property => property.Name);

    private static T? Without<T>(string property, T? value)
        where T : class
    {
        if (value is null)
        {
            return null;
        }

        var copy = (T)System.Runtime.CompilerServices.RuntimeHelpers.GetUninitializedObject(typeof(T));
        foreach (PropertyInfo other in typeof(T).GetProperties().Where(other => other.CanWrite && other.Name != property))
        {
            other.SetValue(copy, other.GetValue(value));
        }

        return copy;
    }
}
