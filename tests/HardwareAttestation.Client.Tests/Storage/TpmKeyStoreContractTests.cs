using System.Collections.Concurrent;
using HardwareAttestation.Client.Testing;
using HardwareAttestation.Client.Tests.Keys;

namespace HardwareAttestation.Client.Tests.Storage;

/// <summary>The contract of key stores is kept by ours, and notices stores that break it: one that is broken on purpose for each rule.</summary>
public sealed class TpmKeyStoreContractTests
{
    // As many as a rule has calls at once.
    private const int Callers = 16;

    private static readonly (string Rule, string Fault, Action<BrokenStore> Break)[] Faults =
    [
        ("A blob is loaded as it was saved, and by no other name", "forgets the handle", store => store.Load = async name =>
            await store.Inner.LoadAsync(name) is { } blob
                ? new TpmKeyBlob(blob.EndorsementTemplate, blob.EndorsementName, blob.Public, blob.Private.Span, blob.StorageParent)
                : null),
        ("A blob is loaded as it was saved, and by no other name", "an extension of its own", store => store.Load = name =>
            store.Inner.LoadAsync(name.Replace(".akblob", "", StringComparison.Ordinal))),
        ("A blob is replaced, and others stay", "the first one wins", store => store.Save = async (name, blob) => await store.Inner.TryAddAsync(name, blob)),
        ("A blob is added where there is none, and never in the place of another", "the last one wins", store => store.Add = async (name, blob) =>
        {
            await store.Inner.SaveAsync(name, blob);
            return true;
        }),
        ("Of many who add a blob of one name at once, exactly one does", "looks, then acts", store => store.Add = async (name, blob) =>
        {
            bool free = await store.Inner.LoadAsync(name) is null;
            await store.MeetAsync(name);
            await store.Inner.SaveAsync(name, blob);
            return free;
        }),
        ("A blob that is replaced all the time is read whole at every moment", "half of one", store => store.Load = async name =>
            await store.Inner.LoadAsync(name) is { } blob
                ? new TpmKeyBlob(blob.EndorsementTemplate, blob.EndorsementName, blob.Public, blob.Private.Span[..(blob.Private.Length / 2)])
                : null),
        ("A blob that is replaced all the time is read whole at every moment", "none", store => store.Load = _ => Task.FromResult<TpmKeyBlob?>(null)),
        ("A saving that is cancelled leaves the blob that was there", "removes first", store => store.CancelledSave = name => store.Inner.DeleteAsync(name)),
        ("A blob is removed, and a second time there is none", "always", store => store.Delete = async name => await store.Inner.DeleteAsync(name) || name == "ak"),
        ("A blob is removed, and a second time there is none", "never", store => store.Delete = _ => Task.FromResult(false)),
        ("Each name is listed once, until its blob is removed", "one is missing", store => store.List = () => store.Inner.ListAsync().Skip(1)),
        ("Each name is listed once, until its blob is removed", "twice", store => store.List = () => store.Inner.ListAsync().Concat(store.Inner.ListAsync())),
        ("Every plain word is a name", "no dots", store => store.Save = (name, blob) => store.Inner.SaveAsync(name.Replace("..", ".", StringComparison.Ordinal), blob)),
        ("What is no name is refused by every method", "any case", store => store.Load = name => store.Inner.LoadAsync(name.ToLowerInvariant())),
    ];

    public static TheoryData<string> Rules => new(TpmKeyStoreContract.GetRules().Select(rule => rule.Name));

    public static TheoryData<string, string> BrokenStores
    {
        get
        {
            TheoryData<string, string> rows = [];
            foreach ((string rule, string fault, _) in Faults)
            {
                rows.Add(rule, fault);
            }

            return rows;
        }
    }

    [Theory]
    [MemberData(nameof(Rules))]
    public async Task The_store_in_files_keeps_the_contract(string rule)
    {
        using TemporaryFolder folder = new();

        await TpmKeyStoreContract.GetRules().Single(candidate => candidate.Name == rule).VerifyAsync(new FileTpmKeyStore(folder.File("keys")));
    }

    [Fact]
    public async Task A_store_that_keeps_the_contract_passes()
    {
        int made = 0;

        await TpmKeyStoreContract.VerifyAsync(() =>
        {
            made++;
            return Task.FromResult<ITpmKeyStore>(new InMemoryTpmKeyStore());
        });

        made.Should().Be(TpmKeyStoreContract.GetRules().Count, "each rule has a store of its own");
    }

    [Theory]
    [MemberData(nameof(BrokenStores))]
    public async Task A_store_that_breaks_a_rule_is_noticed(string rule, string fault)
    {
        BrokenStore store = new();
        Faults.Single(row => row.Rule == rule && row.Fault == fault).Break(store);
        ContractRule<ITpmKeyStore> broken = TpmKeyStoreContract.GetRules().Single(candidate => candidate.Name == rule);

        (await broken.Awaiting(it => it.VerifyAsync(store)).Should().ThrowAsync<ContractException>()).Which.Rule.Should().Be(rule);
    }

    [Fact]
    public void Every_rule_has_a_store_that_breaks_it()
    {
        TpmKeyStoreContract.GetRules().Select(rule => rule.Name).Should().Equal(Faults.Select(row => row.Rule).Distinct());
    }

    [Fact]
    public async Task A_store_that_throws_breaks_the_rule()
    {
        BrokenStore store = new() { Load = _ => throw new InvalidOperationException("no connection") };

        (await TpmKeyStoreContract.GetRules()[0].Awaiting(it => it.VerifyAsync(store)).Should().ThrowAsync<ContractException>())
            .WithMessage("*A blob is loaded as it was saved*no connection*").WithInnerException<InvalidOperationException>();
    }

    [Fact]
    public async Task What_is_no_blob_is_not_listed_and_a_damaged_one_is()
    {
        using TemporaryFolder folder = new();
        FileTpmKeyStore store = new(folder.Path);
        await store.SaveAsync("ak", TestKeys.Blob());
        foreach (string file in (string[])["damaged.akblob", ".ak.0123.tmp", "AK.akblob", "notes.txt", "ak.akblob2"])
        {
            await File.WriteAllTextAsync(folder.File(file), "something else");
        }

        (await store.ListAsync().Order(StringComparer.Ordinal).ToListAsync()).Should().Equal("ak", "damaged");
        (await store.DeleteAsync("damaged")).Should().BeTrue();
        (await store.ListAsync().ToListAsync()).Should().Equal("ak");
    }

    private sealed class BrokenStore : ITpmKeyStore
    {
        private readonly ConcurrentDictionary<string, Meeting> _meetings = new(StringComparer.Ordinal);

        public InMemoryTpmKeyStore Inner { get; } = new();

        public Func<string, Task<TpmKeyBlob?>>? Load { get; set; }

        public Func<string, TpmKeyBlob, Task<bool>>? Add { get; set; }

        public Func<string, TpmKeyBlob, Task>? Save { get; set; }

        public Func<string, Task>? CancelledSave { get; set; }

        public Func<string, Task<bool>>? Delete { get; set; }

        public Func<IAsyncEnumerable<string>>? List { get; set; }

        /// <summary>Waits until everybody who is called at once is here.</summary>
        public Task MeetAsync(string name) => _meetings.GetOrAdd(name, _ => new Meeting()).ArriveAsync();

        public Task<TpmKeyBlob?> LoadAsync(string name, CancellationToken cancellationToken = default) => Load?.Invoke(name) ?? Inner.LoadAsync(name, cancellationToken);

        public Task<bool> TryAddAsync(string name, TpmKeyBlob blob, CancellationToken cancellationToken = default) =>
            Add?.Invoke(name, blob) ?? Inner.TryAddAsync(name, blob, cancellationToken);

        public async Task SaveAsync(string name, TpmKeyBlob blob, CancellationToken cancellationToken = default)
        {
            if (cancellationToken.IsCancellationRequested && CancelledSave is not null)
            {
                await CancelledSave(name);
                cancellationToken.ThrowIfCancellationRequested();
            }

            await (Save?.Invoke(name, blob) ?? Inner.SaveAsync(name, blob, cancellationToken));
        }

        public Task<bool> DeleteAsync(string name, CancellationToken cancellationToken = default) => Delete?.Invoke(name) ?? Inner.DeleteAsync(name, cancellationToken);

        public IAsyncEnumerable<string> ListAsync(CancellationToken cancellationToken = default) => List?.Invoke() ?? Inner.ListAsync(cancellationToken);

        private sealed class Meeting
        {
            private readonly TaskCompletionSource _all = new(TaskCreationOptions.RunContinuationsAsynchronously);
            private int _arrived;

            public Task ArriveAsync()
            {
                if (Interlocked.Increment(ref _arrived) == Callers)
                {
                    _all.SetResult();
                }

                return _all.Task;
            }
        }
    }
}
