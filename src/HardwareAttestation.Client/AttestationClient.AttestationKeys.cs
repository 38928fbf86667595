using System.Runtime.CompilerServices;
using HardwareAttestation.Client.Sessions;
using HardwareAttestation.Structures;

namespace HardwareAttestation.Client;

/// <content>Creating and loading attestation keys.</content>
public sealed partial class AttestationClient
{
    /// <summary>Creates an attestation key (TPM2_Create) and loads it.</summary>
    /// <param name="endorsementKey">The endorsement key that credentials for the key will be made for; its parent, unless the options say otherwise.</param>
    /// <param name="options">The kind of key, its parent, its authorisation value; null for a P-256 key under the endorsement key, without a value.</param>
    /// <param name="cancellationToken">Cancels.</param>
    /// <returns>The key, loaded. Save its <see cref="AttestationKey.Blob"/> before anything relies on it.</returns>
    /// <exception cref="ArgumentException">The authorisation value is longer than a digest of the key's hash algorithm.</exception>
    /// <exception cref="EndorsementKeyException">The TPM no longer has this endorsement key, or its numbers are not those of a key.</exception>
    /// <exception cref="TpmCommandException">The TPM refused.</exception>
    /// <exception cref="TpmDeviceException">The TPM could not be reached.</exception>
    public Task<AttestationKey> CreateAttestationKeyAsync(
        EndorsementKey endorsementKey, TpmKeyOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(endorsementKey);
        options ??= new TpmKeyOptions();
        TpmtPublic template = options.Algorithm.Template;
        ThrowIfTooLong(options.AuthValue, template, nameof(options));
        return RunAsync<CreateOperation, AttestationKey>(new(this, endorsementKey, options, template), cancellationToken);
    }

    /// <summary>Loads an attestation key from its blob, as after a reboot: from its persistent handle if it is kept at one, or else by TPM2_Load.</summary>
    /// <inheritdoc cref="LoadAttestationKeyAsync(TpmKeyBlob, ReadOnlyMemory{byte}, CancellationToken)"/>
    public Task<AttestationKey> LoadAttestationKeyAsync(TpmKeyBlob blob, CancellationToken cancellationToken = default) =>
        LoadAttestationKeyAsync(blob, default, cancellationToken);

    /// <summary>Loads an attestation key that was given an authorisation value.</summary>
    /// <param name="blob">The blob.</param>
    /// <param name="authValue">The key's authorisation value; copied.</param>
    /// <param name="cancellationToken">Cancels.</param>
    /// <returns>The key, loaded.</returns>
    /// <exception cref="ArgumentException">The authorisation value is longer than a digest of the key's hash algorithm.</exception>
    /// <exception cref="TpmKeyException">
    /// The blob is of an application's key or of another TPM, or the hierarchy of the key's parent was cleared or reset since; the message says which.
    /// </exception>
    /// <exception cref="EndorsementKeyException">The numbers of the endorsement key that the TPM gives are not those of a key.</exception>
    /// <exception cref="TpmCommandException">The TPM refused.</exception>
    /// <exception cref="TpmDeviceException">The TPM could not be reached.</exception>
    public Task<AttestationKey> LoadAttestationKeyAsync(
        TpmKeyBlob blob, ReadOnlyMemory<byte> authValue, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(blob);
        if (!IsRestricted(blob))
        {
            throw new TpmKeyException($"The blob is of an application's key, which attests nothing: load it with {nameof(LoadApplicationKeyAsync)}.");
        }

        ThrowIfTooLong(authValue, blob.Public, nameof(authValue));
        return RunAsync<LoadOperation, AttestationKey>(new(this, blob, authValue), cancellationToken);
    }

    /// <summary>Loads an attestation key that another tool made in this TPM, from its public and private areas, and gives it a blob.</summary>
    /// <param name="endorsementKey">The endorsement key that credentials for the key will be made for.</param>
    /// <param name="publicArea">The key's public area.</param>
    /// <param name="privateArea">The content of the key's TPM2B_PRIVATE, without its size.</param>
    /// <param name="parent">
    /// The key's parent: <paramref name="endorsementKey"/>, or the storage root key of this TPM, for which also the one is tried that key files mean which name the owner
    /// hierarchy.
    /// </param>
    /// <param name="authValue">The key's authorisation value, if it was given one; copied.</param>
    /// <param name="cancellationToken">Cancels.</param>
    /// <returns>The key, loaded. Save its <see cref="AttestationKey.Blob"/> before anything relies on it.</returns>
    /// <exception cref="ArgumentException">The key is not for signing, or the authorisation value is longer than a digest of the key's hash algorithm.</exception>
    /// <exception cref="EndorsementKeyException">The TPM no longer has this endorsement key, or its numbers are not those of a key.</exception>
    /// <exception cref="TpmKeyException">The key is not restricted, as an attestation key is, or it is not under this parent of this TPM.</exception>
    /// <exception cref="TpmFormatException">The key's Name cannot be computed here.</exception>
    /// <exception cref="TpmCommandException">The TPM refused.</exception>
    /// <exception cref="TpmDeviceException">The TPM could not be reached.</exception>
    public Task<AttestationKey> AdoptAttestationKeyAsync(
        EndorsementKey endorsementKey,
        TpmtPublic publicArea,
        ReadOnlyMemory<byte> privateArea,
        TpmKeyParent parent = TpmKeyParent.EndorsementKey,
        ReadOnlyMemory<byte> authValue = default,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(endorsementKey);
        ArgumentNullException.ThrowIfNull(publicArea);
        ThrowIfTooLong(authValue, publicArea, nameof(authValue));
        TpmKeyBlob child = new(endorsementKey.Template, endorsementKey.Name, publicArea, privateArea.Span);
        if (!IsRestricted(child))
        {
            throw new TpmKeyException("The key is not restricted: what it signs need not come from the TPM, so it attests nothing.");
        }

        return RunAsync(
            async (channel, cancel) =>
            {
                CreatedKey adopted = await _keys.AdoptAsync(endorsementKey, child, parent, cancel).ConfigureAwait(false);
                AttestationKey key = new(this, Add(adopted.Handle, adopted.Blob, authValue));
                ClientLog.KeyLoaded(Logger, key.Name, channel.DeviceName);
                return key;
            },
            cancellationToken);
    }

    /// <summary>
    /// Gives the attestation key of a name: loads it if the store has its blob, or else creates it and has the store keep it. One call is all that an agent needs at its start.
    /// </summary>
    /// <remarks>
    /// A key is kept before it is given out, so that a power cut leaves no key or one that can be used. Where two processes create a key of one name at the same time, both are
    /// given the one that was kept first.
    /// </remarks>
    /// <param name="store">Where blobs are kept.</param>
    /// <param name="name">The key's name in the store, e.g. that of the service that uses it.</param>
    /// <param name="endorsementKey">The endorsement key for a key that is created; null for the one that <see cref="GetEndorsementKeyAsync"/> finds.</param>
    /// <param name="options">How a key is created; its authorisation value is also the one that a key is loaded with.</param>
    /// <param name="cancellationToken">Cancels.</param>
    /// <returns>The key, loaded.</returns>
    /// <exception cref="ArgumentException">The name is none that the store takes, or the authorisation value is too long.</exception>
    /// <exception cref="TpmKeyException">The store's blob is damaged, of another TPM, or lost its parent; the message says which. It stays as it is.</exception>
    /// <exception cref="EndorsementKeyException">The endorsement key cannot be used as it is.</exception>
    /// <exception cref="TpmCommandException">The TPM refused.</exception>
    /// <exception cref="TpmDeviceException">The TPM could not be reached.</exception>
    public async Task<AttestationKey> GetOrCreateAttestationKeyAsync(
        ITpmKeyStore store,
        string name,
        EndorsementKey? endorsementKey = null,
        TpmKeyOptions? options = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(store);
        options ??= new TpmKeyOptions();
        return await LoadFromAsync(store, name, options, cancellationToken).ConfigureAwait(false)
            ?? await CreateInAsync(store, name, endorsementKey, options, cancellationToken).ConfigureAwait(false)
            ?? await LoadFromAsync(store, name, options, cancellationToken).ConfigureAwait(false)
            ?? throw new TpmKeyException($"The store has an attestation key {name} when one is added, and none when it is loaded.");
    }

    private async Task<AttestationKey?> LoadFromAsync(
        ITpmKeyStore store, string name, TpmKeyOptions options, CancellationToken cancellationToken)
    {
        if (await store.LoadAsync(name, cancellationToken).ConfigureAwait(false) is not { } blob)
        {
            return null;
        }

        try
        {
            return await LoadAttestationKeyAsync(blob, options.AuthValue, cancellationToken).ConfigureAwait(false);
        }
        catch (TpmKeyException exception)
        {
            throw new TpmKeyException($"Key {name} of the store: {exception.Message}", exception);
        }
    }

    // Null where another process was first.
    private async Task<AttestationKey?> CreateInAsync(
        ITpmKeyStore store, string name, EndorsementKey? endorsementKey, TpmKeyOptions options, CancellationToken cancellationToken)
    {
        endorsementKey ??= await GetEndorsementKeyAsync(null, cancellationToken).ConfigureAwait(false);
        AttestationKey key = await CreateAttestationKeyAsync(endorsementKey, options, cancellationToken).ConfigureAwait(false);
        bool kept = false;
        try
        {
            kept = await store.TryAddAsync(name, key.Blob, cancellationToken).ConfigureAwait(false);
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

    private readonly struct LoadOperation(AttestationClient client, TpmKeyBlob blob, ReadOnlyMemory<byte> authValue) : IClientOperation<AttestationKey>
    {
        [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
        public async ValueTask<AttestationKey> RunAsync(TpmChannel channel, CancellationToken cancellationToken)
        {
            AttestationKey key = new(client, client.Add(await client._keys.LoadAsync(blob, cancellationToken).ConfigureAwait(false), blob, authValue));
            ClientLog.KeyLoaded(client.Logger, key.Name, channel.DeviceName);
            return key;
        }
    }

    private readonly struct CreateOperation(AttestationClient client, EndorsementKey endorsementKey, TpmKeyOptions options, TpmtPublic template)
        : IClientOperation<AttestationKey>
    {
        [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
        public async ValueTask<AttestationKey> RunAsync(TpmChannel channel, CancellationToken cancellationToken)
        {
            CreatedKey created = await client._keys.CreateAsync(endorsementKey, options, template, cancellationToken).ConfigureAwait(false);
            AttestationKey key = new(client, client.Add(created.Handle, created.Blob, options.AuthValue));
            ClientLog.AttestationKeyCreated(client.Logger, key.Name, options.Algorithm.Name, channel.DeviceName);
            return key;
        }
    }
}
