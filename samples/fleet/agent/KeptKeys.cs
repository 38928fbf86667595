using System.Globalization;
using HardwareAttestation.Client;

namespace Fleet.Agent;

/// <summary>
/// Keeps the attestation key under one of two names: <c>new</c> until the server has verified an answer of it, <c>enrolled</c> ever after. So the agent knows after any
/// interruption whether its key is one that the server may have never seen. A blob whose place another one takes is kept as <c>NAME.replaced-TIME</c>, the latest few of each name.
/// </summary>
/// <param name="folder">The folder with the blobs.</param>
/// <param name="journal">Where to say what is done about the keys.</param>
/// <param name="time">The clock.</param>
internal sealed class KeptKeys(string folder, Journal journal, TimeProvider time)
{
    /// <summary>How many replaced blobs of one name are kept.</summary>
    public const int ReplacedKept = 3;

    private const string EnrolledName = "enrolled";
    private const string NewName = "new";

    private readonly FileTpmKeyStore _store = new(folder);

    /// <summary>
    /// Loads the enrolled key, or else the new one, which is created if there is none. Another key takes a key's place only where the TPM itself says that the blob is none of its own, or
    /// none any more: of a file that cannot be read and a TPM that does not answer nothing follows but another try. An enrolled key that this TPM does not take stays where it is until the server
    /// has verified the other: its disk may find its way back.
    /// </summary>
    /// <exception cref="TpmKeyException">A blob cannot be read or written, or is of no attestation key.</exception>
    /// <exception cref="HardwareAttestation.TpmCommandException">The TPM refused for another reason.</exception>
    /// <exception cref="HardwareAttestation.TpmDeviceException">The TPM could not be reached.</exception>
    public async Task<KeptKey> GetAsync(AttestationClient client, CancellationToken cancellationToken)
    {
        if (await TryLoadAsync(client, EnrolledName, cancellationToken) is { } enrolled)
        {
            return new KeptKey(enrolled, this, isEnrolled: true);
        }

        if (await TryLoadAsync(client, NewName, cancellationToken) is { } unfinished)
        {
            return new KeptKey(unfinished, this, isEnrolled: false);
        }

        await SetAsideAsync(NewName, cancellationToken);
        await _store.DeleteAsync(NewName, cancellationToken);
        return new KeptKey(await client.GetOrCreateAttestationKeyAsync(_store, NewName, cancellationToken: cancellationToken), this, isEnrolled: false);
    }

    /// <summary>Keeps a new key as the enrolled one. Interrupted, it leaves blobs under two names, which is harmless.</summary>
    /// <exception cref="TpmKeyException">A blob cannot be read or written.</exception>
    public async Task PromoteAsync(TpmKeyBlob blob, CancellationToken cancellationToken)
    {
        await SetAsideAsync(EnrolledName, cancellationToken, unless: blob);
        await _store.SaveAsync(EnrolledName, blob, cancellationToken);
        await _store.DeleteAsync(NewName, cancellationToken);
    }

    // Null if there is no blob, or the TPM does not take it.
    private async Task<AttestationKey?> TryLoadAsync(AttestationClient client, string name, CancellationToken cancellationToken)
    {
        if (await _store.LoadAsync(name, cancellationToken) is not { } blob)
        {
            return null;
        }

        try
        {
            return await client.LoadAttestationKeyAsync(blob, cancellationToken);
        }
        catch (TpmKeyException exception) when (exception.Fault is TpmKeyFault.OtherTpm or TpmKeyFault.Orphaned)
        {
            journal.Warning($"the {name} key cannot be used, so another is: {PlainText.Of(exception.Message)}");
            return null;
        }
    }

    private async Task SetAsideAsync(string name, CancellationToken cancellationToken, TpmKeyBlob? unless = null)
    {
        if (await _store.LoadAsync(name, cancellationToken) is not { } blob || IsSame(blob, unless))
        {
            return;
        }

        // An interrupted replacement has set it aside already.
        string[] kept = await ListReplacedAsync(name, cancellationToken);
        string aside = kept.LastOrDefault() ?? string.Empty;
        if (aside.Length == 0 || !IsSame(blob, await TryReadAsync(aside, cancellationToken)))
        {
            DateTimeOffset at = time.GetUtcNow();
            aside = ReplacedName(name, at);
            while (!await _store.TryAddAsync(aside, blob, cancellationToken))
            {
                at += TimeSpan.FromSeconds(1);
                aside = ReplacedName(name, at);
            }

            journal.Warning($"the {name} key that is replaced is kept as {aside}.");
        }

        // A clock that was set back makes the name of this one the oldest.
        foreach (string old in (await ListReplacedAsync(name, cancellationToken)).SkipLast(ReplacedKept).Where(old => old != aside))
        {
            await _store.DeleteAsync(old, cancellationToken);
        }
    }

    // A damaged one is another one.
    private async Task<TpmKeyBlob?> TryReadAsync(string name, CancellationToken cancellationToken)
    {
        try
        {
            return await _store.LoadAsync(name, cancellationToken);
        }
        catch (TpmKeyException exception) when (exception.Fault is TpmKeyFault.Damaged or TpmKeyFault.UnsupportedVersion)
        {
            return null;
        }
    }

    private static bool IsSame(TpmKeyBlob one, TpmKeyBlob? other) => other is not null && one.ToArray().AsSpan().SequenceEqual(other.ToArray());

    private static string ReplacedName(string name, DateTimeOffset at) =>
        string.Create(CultureInfo.InvariantCulture, $"{name}.replaced-{at.UtcDateTime:yyyyMMdd-HHmmss}");

    // Oldest first: the names sort by their times.
    private async Task<string[]> ListReplacedAsync(string name, CancellationToken cancellationToken) =>
    [
        .. (await _store.ListAsync(cancellationToken).Where(kept => kept.StartsWith($"{name}.replaced-", StringComparison.Ordinal)).ToListAsync(cancellationToken))
            .Order(StringComparer.Ordinal),
    ];
}

/// <summary>A key that is loaded, and whether the server has verified an answer of it.</summary>
internal sealed class KeptKey(AttestationKey key, KeptKeys keys, bool isEnrolled) : IAsyncDisposable
{
    public AttestationKey Key => key;

    public bool IsEnrolled => isEnrolled;

    /// <summary>Notes that the server has verified an answer of the key.</summary>
    /// <exception cref="TpmKeyException">It cannot be written.</exception>
    public Task KeepAsEnrolledAsync(CancellationToken cancellationToken) => isEnrolled ? Task.CompletedTask : keys.PromoteAsync(key.Blob, cancellationToken);

    public ValueTask DisposeAsync() => key.DisposeAsync();
}
