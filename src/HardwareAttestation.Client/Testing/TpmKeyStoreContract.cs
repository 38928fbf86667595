using HardwareAttestation.Structures;

namespace HardwareAttestation.Client.Testing;

/// <summary>What any <see cref="ITpmKeyStore"/> must do, to run in the tests of whoever writes one. Needs no test framework and no TPM.</summary>
/// <remarks>What it cannot see is whether a blob survives a power cut, and whether several processes can share the store: that is to be thought about.</remarks>
public static class TpmKeyStoreContract
{
    private const int Rounds = 10;
    private const int LongestName = 64;

    private static readonly string[] Names = ["a", "0", "-", "_", "rack-1_node.7", "a..b", "a.akblob", new('a', LongestName)];

    private static readonly string[] NoNames =
    [
        "", ".", "..", ".hidden", "../ak", "a/b", "a\\b", "/etc/passwd", "C:ak", "AK", "a k", "ak\0", "ak\n", "\u00E9", new('a', LongestName + 1),
    ];

    private static readonly ContractRule<ITpmKeyStore>[] Rules =
    [
        new("A blob is loaded as it was saved, and by no other name", LoadsAsync),
        new("A blob is replaced, and others stay", ReplacesAsync),
        new("A blob is added where there is none, and never in the place of another", AddsAsync),
        new("Of many who add a blob of one name at once, exactly one does", AddsOneAtOnceAsync),
        new("A blob that is replaced all the time is read whole at every moment", IsWholeAsync),
        new("A saving that is cancelled leaves the blob that was there", LeavesAsync),
        new("A blob is removed, and a second time there is none", RemovesAsync),
        new("Each name is listed once, until its blob is removed", ListsAsync),
        new("Every plain word is a name", TakesNamesAsync),
        new("What is no name is refused by every method", RefusesNamesAsync),
    ];

    /// <summary>Gives the rules, to run each by itself.</summary>
    /// <returns>The rules.</returns>
    public static IReadOnlyList<ContractRule<ITpmKeyStore>> GetRules() => Array.AsReadOnly(Rules);

    /// <summary>Runs all rules.</summary>
    /// <param name="createEmptyStore">Makes a store without content; called for each rule. What it makes is disposed of, if it can be.</param>
    /// <returns>When the store has kept every rule.</returns>
    /// <exception cref="ContractException">It has not kept one; the message says which, and what it did instead.</exception>
    public static Task VerifyAsync(Func<Task<ITpmKeyStore>> createEmptyStore) => ContractRule<ITpmKeyStore>.VerifyAllAsync(Rules, createEmptyStore);

    private static async Task LoadsAsync(ITpmKeyStore store, ContractExpectation expect)
    {
        expect.That(await store.LoadAsync("ak").ConfigureAwait(false) is null, "a store that should be empty is not.");
        TpmKeyBlob plain = Blob(1);
        TpmKeyBlob full = new(
            plain.EndorsementTemplate, plain.EndorsementName, plain.Public, plain.Private.Span, StorageKeyTemplates.Ecc, new TpmHandle(0x81008F00));
        foreach ((string name, TpmKeyBlob blob) in new[] { ("ak", plain), ("ak2", full) })
        {
            await store.SaveAsync(name, blob).ConfigureAwait(false);
            await HasAsync(store, name, blob, expect).ConfigureAwait(false);
        }

        foreach (string other in (string[])["a", "ak3", "ak.akblob"])
        {
            expect.That(await store.LoadAsync(other).ConfigureAwait(false) is null, $"there is a blob '{other}', and 'ak' and 'ak2' were saved.");
        }
    }

    private static async Task ReplacesAsync(ITpmKeyStore store, ContractExpectation expect)
    {
        await store.SaveAsync("one", Blob(1)).ConfigureAwait(false);
        await store.SaveAsync("two", Blob(2)).ConfigureAwait(false);
        await store.SaveAsync("one", Blob(3, privateSize: 10)).ConfigureAwait(false);
        await HasAsync(store, "one", Blob(3, privateSize: 10), expect).ConfigureAwait(false);
        await HasAsync(store, "two", Blob(2), expect).ConfigureAwait(false);
    }

    private static async Task AddsAsync(ITpmKeyStore store, ContractExpectation expect)
    {
        expect.That(await store.TryAddAsync("ak", Blob(1)).ConfigureAwait(false), "a blob was not added where there is none.");
        await HasAsync(store, "ak", Blob(1), expect).ConfigureAwait(false);
        expect.That(!await store.TryAddAsync("ak", Blob(2)).ConfigureAwait(false), "a blob was added where there is one.");
        await HasAsync(store, "ak", Blob(1), expect).ConfigureAwait(false);
    }

    private static async Task AddsOneAtOnceAsync(ITpmKeyStore store, ContractExpectation expect)
    {
        for (int round = 0; round < Rounds; round++)
        {
            string name = $"ak{round}";
            bool[] added = await ContractExpectation.AtOnceAsync(caller => store.TryAddAsync(name, Blob((byte)caller))).ConfigureAwait(false);
            expect.That(added.Count(won => won) == 1, $"{added.Count(won => won)} of {added.Length} are told that they have added a blob.");
            await HasAsync(store, name, Blob((byte)Array.IndexOf(added, true)), expect).ConfigureAwait(false);
        }
    }

    private static async Task IsWholeAsync(ITpmKeyStore store, ContractExpectation expect)
    {
        byte[][] blobs = [.. Enumerable.Range(0, ContractExpectation.Callers / 2).Select(filling => Blob((byte)filling, 50 + (filling * 100)).ToArray())];
        await store.SaveAsync("ak", TpmKeyBlob.Parse(blobs[0])).ConfigureAwait(false);
        await ContractExpectation.AtOnceAsync(async caller =>
        {
            for (int round = 0; round < Rounds; round++)
            {
                if (caller < blobs.Length)
                {
                    await store.SaveAsync("ak", TpmKeyBlob.Parse(blobs[caller])).ConfigureAwait(false);
                }
                else
                {
                    byte[]? loaded = (await store.LoadAsync("ak").ConfigureAwait(false))?.ToArray();
                    expect.That(loaded is not null, "there was none for a moment.");
                    expect.That(Array.Exists(blobs, blob => blob.AsSpan().SequenceEqual(loaded)), "what was loaded is none of the blobs that were saved.");
                }
            }

            return true;
        }).ConfigureAwait(false);
    }

    private static async Task LeavesAsync(ITpmKeyStore store, ContractExpectation expect)
    {
        await store.SaveAsync("ak", Blob(1)).ConfigureAwait(false);
        bool isCancelled = false;
        try
        {
            await store.SaveAsync("ak", Blob(2), new CancellationToken(canceled: true)).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            isCancelled = true;
        }

        await HasAsync(store, "ak", Blob(isCancelled ? (byte)1 : (byte)2), expect).ConfigureAwait(false);
    }

    private static async Task RemovesAsync(ITpmKeyStore store, ContractExpectation expect)
    {
        expect.That(!await store.DeleteAsync("ak").ConfigureAwait(false), "it says that a blob was removed where there is none.");
        await store.SaveAsync("ak", Blob(1)).ConfigureAwait(false);
        await store.SaveAsync("other", Blob(2)).ConfigureAwait(false);
        expect.That(await store.DeleteAsync("ak").ConfigureAwait(false), "it says that there was none where a blob was removed.");
        expect.That(await store.LoadAsync("ak").ConfigureAwait(false) is null, "a blob that was removed is loaded.");
        expect.That(!await store.DeleteAsync("ak").ConfigureAwait(false), "it says that a blob was removed twice.");
        await HasAsync(store, "other", Blob(2), expect).ConfigureAwait(false);
        expect.That(await store.TryAddAsync("ak", Blob(3)).ConfigureAwait(false), "a blob was not added where one was removed.");
    }

    private static async Task ListsAsync(ITpmKeyStore store, ContractExpectation expect)
    {
        await ListsAsync(store, [], expect).ConfigureAwait(false);
        await store.SaveAsync("one", Blob(1)).ConfigureAwait(false);
        await store.TryAddAsync("two", Blob(2)).ConfigureAwait(false);
        await store.SaveAsync("one", Blob(3)).ConfigureAwait(false);
        await ListsAsync(store, ["one", "two"], expect).ConfigureAwait(false);
        await store.DeleteAsync("one").ConfigureAwait(false);
        await ListsAsync(store, ["two"], expect).ConfigureAwait(false);
    }

    private static async Task TakesNamesAsync(ITpmKeyStore store, ContractExpectation expect)
    {
        foreach ((byte filling, string name) in Names.Index().Select(pair => ((byte)pair.Index, pair.Item)))
        {
            await store.SaveAsync(name, Blob(filling)).ConfigureAwait(false);
        }

        foreach ((byte filling, string name) in Names.Index().Select(pair => ((byte)pair.Index, pair.Item)))
        {
            await HasAsync(store, name, Blob(filling), expect).ConfigureAwait(false);
        }

        await ListsAsync(store, Names, expect).ConfigureAwait(false);
    }

    private static async Task RefusesNamesAsync(ITpmKeyStore store, ContractExpectation expect)
    {
        foreach (string name in NoNames)
        {
            await expect.ThrowsAsync<ArgumentException>(() => store.LoadAsync(name), $"{nameof(store.LoadAsync)} of '{name}'").ConfigureAwait(false);
            await expect.ThrowsAsync<ArgumentException>(() => store.SaveAsync(name, Blob(1)), $"{nameof(store.SaveAsync)} of '{name}'").ConfigureAwait(false);
            await expect.ThrowsAsync<ArgumentException>(() => store.TryAddAsync(name, Blob(1)), $"{nameof(store.TryAddAsync)} of '{name}'").ConfigureAwait(false);
            await expect.ThrowsAsync<ArgumentException>(() => store.DeleteAsync(name), $"{nameof(store.DeleteAsync)} of '{name}'").ConfigureAwait(false);
        }

        await ListsAsync(store, [], expect).ConfigureAwait(false);
    }

    private static async Task HasAsync(ITpmKeyStore store, string name, TpmKeyBlob blob, ContractExpectation expect)
    {
        TpmKeyBlob? loaded = await store.LoadAsync(name).ConfigureAwait(false);
        expect.That(loaded is not null, $"there is no blob '{name}'.");
        expect.That(loaded!.ToArray().AsSpan().SequenceEqual(blob.ToArray()), $"blob '{name}' is not the one that it should be.");
    }

    private static async Task ListsAsync(ITpmKeyStore store, string[] names, ContractExpectation expect)
    {
        List<string> listed = [];
        await foreach (string name in store.ListAsync().ConfigureAwait(false))
        {
            listed.Add(name);
        }

        expect.That(
            listed.Order(StringComparer.Ordinal).SequenceEqual(names.Order(StringComparer.Ordinal)),
            $"it lists {Say(listed)}, and {Say(names)} was expected.");

        static string Say(IEnumerable<string> said) => $"[{string.Join(", ", said)}]";
    }

    /// <summary>A blob of a key that is in no TPM.</summary>
    private static TpmKeyBlob Blob(byte filling, int privateSize = 126)
    {
        const int CoordinateSize = 32;
        byte[] coordinate = new byte[CoordinateSize];
        byte[] privateArea = new byte[privateSize];
        coordinate.AsSpan().Fill(filling);
        privateArea.AsSpan().Fill(filling);
        TpmtPublic template = TpmKeyAlgorithm.P256.Template;
        TpmtPublic key = new(template.NameAlg, template.ObjectAttributes, [], template.Parameters, new TpmsEccPoint(coordinate, coordinate));
        return new TpmKeyBlob(EndorsementKeyTemplate.L2, EndorsementKeyTemplate.L2.PublicArea.ComputeName(), key, privateArea);
    }
}
