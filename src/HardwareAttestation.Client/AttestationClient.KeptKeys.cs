namespace HardwareAttestation.Client;

/// <content>Keys that a store keeps.</content>
public sealed partial class AttestationClient
{
    /// <summary>
    /// Gives the attestation key of a name: loads it if the store has its blob, or else creates it and has the store keep it. One call is all that an agent needs at its start.
    /// </summary>
    /// <remarks>
    /// A key is kept before it is given out, so that a power cut leaves no key or one that can be used. Where two processes create a key of one name at the same time, both are
    /// given the one that was kept first. A blob that cannot be loaded is never replaced: whether to make a new key is told by <see cref="TpmKeyException.Fault"/>.
    /// </remarks>
    /// <param name="store">Where blobs are kept.</param>
    /// <param name="name">The key's name in the store, e.g. that of the service that uses it.</param>
    /// <param name="endorsementKey">The endorsement key for a key that is created; null for the one that <see cref="GetEndorsementKeyAsync"/> finds.</param>
    /// <param name="options">How a key is created; its authorisation value is also the one that a key is loaded with.</param>
    /// <param name="cancellationToken">Cancels.</param>
    /// <returns>The key, loaded.</returns>
    /// <exception cref="ArgumentException">The name is none that the store takes, or the authorisation value is too long.</exception>
    /// <exception cref="TpmKeyException">
    /// The store's blob cannot be read, is damaged, of another TPM or of another kind of key, or lost its parent; or a new one cannot be written. <see cref="TpmKeyException.Fault"/>
    /// says which. What is in the store stays as it is.
    /// </exception>
    /// <exception cref="EndorsementKeyException">The endorsement key cannot be used as it is.</exception>
    /// <exception cref="TpmCommandException">The TPM refused.</exception>
    /// <exception cref="TpmDeviceException">The TPM could not be reached.</exception>
    public Task<AttestationKey> GetOrCreateAttestationKeyAsync(
        ITpmKeyStore store,
        string name,
        EndorsementKey? endorsementKey = null,
        TpmKeyOptions? options = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(store);
        TpmKeyOptions chosen = options ?? new TpmKeyOptions();
        return GetOrCreateAsync(
            store,
            name,
            blob => LoadAttestationKeyAsync(blob, chosen.AuthValue, cancellationToken),
            async () => await CreateAttestationKeyAsync(
                endorsementKey ?? await GetEndorsementKeyAsync(null, cancellationToken).ConfigureAwait(false), chosen, cancellationToken).ConfigureAwait(false),
            key => key.Blob,
            cancellationToken);
    }

    /// <summary>
    /// Gives the application's key of a name: loads it if the store has its blob, or else creates it and has the store keep it.
    /// </summary>
    /// <remarks>
    /// A key is kept before it is given out, so that a power cut leaves no key or one that can be used. Where two processes create a key of one name at the same time, both are
    /// given the one that was kept first. A blob that cannot be loaded is never replaced: whether to make a new key is told by <see cref="TpmKeyException.Fault"/>.
    /// </remarks>
    /// <param name="store">Where blobs are kept.</param>
    /// <param name="name">The key's name in the store, e.g. that of the service that uses it.</param>
    /// <param name="endorsementKey">The endorsement key for a key that is created; null for the one that <see cref="GetEndorsementKeyAsync"/> finds.</param>
    /// <param name="options">How a key is created; its authorisation value is also the one that a key is loaded with.</param>
    /// <param name="cancellationToken">Cancels.</param>
    /// <returns>The key, loaded.</returns>
    /// <exception cref="ArgumentException">The name is none that the store takes, or the authorisation value is too long.</exception>
    /// <exception cref="TpmKeyException">
    /// The store's blob cannot be read, is damaged, of another TPM or of another kind of key, or lost its parent; or a new one cannot be written. <see cref="TpmKeyException.Fault"/>
    /// says which. What is in the store stays as it is.
    /// </exception>
    /// <exception cref="EndorsementKeyException">The endorsement key cannot be used as it is.</exception>
    /// <exception cref="TpmCommandException">The TPM refused.</exception>
    /// <exception cref="TpmDeviceException">The TPM could not be reached.</exception>
    public Task<ApplicationKey> GetOrCreateApplicationKeyAsync(
        ITpmKeyStore store,
        string name,
        EndorsementKey? endorsementKey = null,
        TpmKeyOptions? options = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(store);
        TpmKeyOptions chosen = options ?? new TpmKeyOptions();
        return GetOrCreateAsync(
            store,
            name,
            blob => LoadApplicationKeyAsync(blob, chosen.AuthValue, cancellationToken),
            async () => await CreateApplicationKeyAsync(
                endorsementKey ?? await GetEndorsementKeyAsync(null, cancellationToken).ConfigureAwait(false), chosen, cancellationToken).ConfigureAwait(false),
            key => key.Blob,
            cancellationToken);
    }

    private static async Task<TKey> GetOrCreateAsync<TKey>(
        ITpmKeyStore store,
        string name,
        Func<TpmKeyBlob, Task<TKey>> loadAsync,
        Func<Task<TKey>> createAsync,
        Func<TKey, TpmKeyBlob> blobOf,
        CancellationToken cancellationToken)
        where TKey : class, IAsyncDisposable =>
        await LoadFromAsync(store, name, loadAsync, cancellationToken).ConfigureAwait(false)
            ?? await CreateInAsync(store, name, createAsync, blobOf, cancellationToken).ConfigureAwait(false)
            ?? await LoadFromAsync(store, name, loadAsync, cancellationToken).ConfigureAwait(false)
            ?? throw new TpmKeyException($"The store has a key {name} when one is added, and none when it is loaded.", TpmKeyFault.Unreadable);

    private static async Task<TKey?> LoadFromAsync<TKey>(
        ITpmKeyStore store, string name, Func<TpmKeyBlob, Task<TKey>> loadAsync, CancellationToken cancellationToken)
        where TKey : class
    {
        if (await store.LoadAsync(name, cancellationToken).ConfigureAwait(false) is not { } blob)
        {
            return null;
        }

        try
        {
            return await loadAsync(blob).ConfigureAwait(false);
        }
        catch (TpmKeyException exception)
        {
            throw new TpmKeyException($"Key {name} of the store: {exception.Message}", exception.Fault, exception);
        }
    }

    // Null where another process was first.
    private static async Task<TKey?> CreateInAsync<TKey>(
        ITpmKeyStore store, string name, Func<Task<TKey>> createAsync, Func<TKey, TpmKeyBlob> blobOf, CancellationToken cancellationToken)
        where TKey : class, IAsyncDisposable
    {
        TKey key = await createAsync().ConfigureAwait(false);
        bool kept = false;
        try
        {
            kept = await store.TryAddAsync(name, blobOf(key), cancellationToken).ConfigureAwait(false);
            return kept ? key : null;
        }
        finally
        {
            if (!kept)
            {
                await key.DisposeAsync().ConfigureAwait(false);
            }
        }
    }
}
