using System.Runtime.CompilerServices;
using HardwareAttestation.Client.Commands;
using HardwareAttestation.Client.Sessions;
using HardwareAttestation.Structures;

namespace HardwareAttestation.Client;

/// <summary>Creates signing keys and loads them from their blobs. Who calls holds the client's gate.</summary>
internal sealed class KeyFactory
{
    private readonly TpmChannel _channel;
    private readonly Authorizer _authorizer;
    private readonly EndorsementKeyFinder _endorsementKeys;
    private readonly StorageRootKeyFinder _storageRootKeys;

    public KeyFactory(TpmChannel channel, Authorizer authorizer, EndorsementKeyFinder endorsementKeys)
    {
        _channel = channel;
        _authorizer = authorizer;
        _endorsementKeys = endorsementKeys;
        _storageRootKeys = new StorageRootKeyFinder(channel, authorizer);
    }

    /// <summary>Creates a key from a template (TPM2_Create), and loads it.</summary>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public async ValueTask<CreatedKey> CreateAsync(
        EndorsementKey endorsementKey, TpmKeyOptions options, TpmtPublic template, CancellationToken cancellationToken)
    {
        UsableKey key = await UseAsync(endorsementKey, cancellationToken).ConfigureAwait(false);
        EndorsementSession session = await EndorsementSession.StartAsync(_channel, _authorizer, key, cancellationToken).ConfigureAwait(false);
        await using (session.ConfigureAwait(false))
        {
            return options.Parent == TpmKeyParent.EndorsementKey
                ? await CreateUnderEndorsementKeyAsync(session, endorsementKey, options, template, cancellationToken).ConfigureAwait(false)
                : await CreateUnderStorageRootKeyAsync(session, endorsementKey, options, template, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Loads a key: from its persistent handle if it is there, or else from its private part (TPM2_Load).</summary>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public async ValueTask<KeyHandle> LoadAsync(TpmKeyBlob blob, CancellationToken cancellationToken)
    {
        if (blob.PersistentHandle is { } handle)
        {
            int failuresBefore = _channel.Failures;
            if (await PublicAreaReader.IsAtAsync(_channel, handle, blob.Public, cancellationToken).ConfigureAwait(false))
            {
                return new KeyHandle(handle, blob.Public, failuresBefore);
            }
        }

        UsableKey parent = await UseParentAsync(blob, cancellationToken).ConfigureAwait(false);
        return blob.StorageParent is null
            ? await LoadUnderEndorsementKeyAsync(blob, parent, cancellationToken).ConfigureAwait(false)
            : await LoadUnderStorageRootKeyAsync(blob, parent, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Brings the parent of a key to where a command can use it. Whoever asks disposes of it.</summary>
    /// <exception cref="TpmKeyException">The TPM does not have it.</exception>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public async ValueTask<UsableKey> UseParentAsync(TpmKeyBlob blob, CancellationToken cancellationToken)
    {
        if (blob.StorageParent is not { } storageParent)
        {
            return await UseEndorsementKeyAsync(blob, cancellationToken).ConfigureAwait(false);
        }

        if (await _storageRootKeys.UseAsync(storageParent, cancellationToken).ConfigureAwait(false) is { } parent)
        {
            return parent;
        }

        // Whether it is another machine, or this one after a TPM2_Clear, its endorsement key tells.
        UsableKey endorsementKey = await UseEndorsementKeyAsync(blob, cancellationToken).ConfigureAwait(false);
        await endorsementKey.DisposeAsync().ConfigureAwait(false);
        throw new TpmKeyException(
            $"The key belongs under a storage root key that TPM device {_channel.DeviceName} no longer has, though the endorsement key is the same: "
            + "the TPM was cleared, or its storage root key replaced, and the key is lost. Remove its blob, and enrol the machine again.",
            TpmKeyFault.Orphaned);
    }

    /// <summary>Brings the endorsement key that credentials for a key are made for to where a command can use it. Whoever asks disposes of it.</summary>
    /// <exception cref="TpmKeyException">The TPM does not have it.</exception>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public async ValueTask<UsableKey> UseEndorsementKeyAsync(TpmKeyBlob blob, CancellationToken cancellationToken) =>
        await _endorsementKeys.UseAsync(blob.EndorsementTemplate, blob.EndorsementName, cancellationToken).ConfigureAwait(false)
            ?? throw new TpmKeyException(
                $"The key belongs under another {blob.EndorsementTemplate} endorsement key than the one of TPM device {_channel.DeviceName}. "
                + "The blob is of another machine, or this TPM's endorsement seed was changed: remove the blob, and enrol the machine again.",
                TpmKeyFault.OtherTpm);

    /// <summary>Loads a key that another tool made, of which the blob says only the endorsement key.</summary>
    public async Task<CreatedKey> AdoptAsync(EndorsementKey endorsementKey, TpmKeyBlob blob, TpmKeyParent parent, CancellationToken cancellationToken)
    {
        if (parent == TpmKeyParent.EndorsementKey)
        {
            return new(await LoadAsync(blob, cancellationToken).ConfigureAwait(false), blob);
        }

        TpmKeyBlob usual = await UnderAsync(blob, endorsementKey, _storageRootKeys.UseAsync, cancellationToken).ConfigureAwait(false);
        try
        {
            return new(await LoadAsync(usual, cancellationToken).ConfigureAwait(false), usual);
        }
        catch (TpmKeyException exception) when (exception.Fault == TpmKeyFault.Orphaned)
        {
            TpmKeyBlob other = await UnderAsync(blob, endorsementKey, _storageRootKeys.UseParentOfKeyFilesAsync, cancellationToken).ConfigureAwait(false);
            return new(await LoadAsync(other, cancellationToken).ConfigureAwait(false), other);
        }
    }

    private async Task<TpmKeyBlob> UnderAsync(
        TpmKeyBlob blob, EndorsementKey endorsementKey, Func<UsableKey, CancellationToken, Task<UsableKey>> useParentAsync, CancellationToken cancellationToken)
    {
        UsableKey key = await UseAsync(endorsementKey, cancellationToken).ConfigureAwait(false);
        await using (key.ConfigureAwait(false))
        {
            UsableKey parent = await useParentAsync(key, cancellationToken).ConfigureAwait(false);
            await using (parent.ConfigureAwait(false))
            {
                return new TpmKeyBlob(blob.EndorsementTemplate, blob.EndorsementName, blob.Public, blob.Private.Span, parent.Public);
            }
        }
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<UsableKey> UseAsync(EndorsementKey endorsementKey, CancellationToken cancellationToken) =>
        await _endorsementKeys.UseAsync(endorsementKey.Template, endorsementKey.Name, cancellationToken).ConfigureAwait(false)
            ?? throw new EndorsementKeyException(
                $"TPM device {_channel.DeviceName} gives another {endorsementKey.Template} endorsement key than before. "
                + "It is another TPM, or its endorsement seed was changed: find the endorsement key anew.");

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<CreatedKey> CreateUnderEndorsementKeyAsync(
        EndorsementSession session, EndorsementKey endorsementKey, TpmKeyOptions options, TpmtPublic template, CancellationToken cancellationToken)
    {
        CreateResponse created = await _channel.ExecuteAsync<CreateCommand, CreateResponse>(
            new(session.Key.Entity, options.AuthValue, template),
            await session.AuthorizeParentAsync(cancellationToken).ConfigureAwait(false),
            cancellationToken).ConfigureAwait(false);
        TpmKeyBlob blob = new(endorsementKey.Template, endorsementKey.Name, created.OutPublic, created.OutPrivate);
        Authorizations authorizations = await session.AuthorizeParentAsync(cancellationToken).ConfigureAwait(false);
        return new(await LoadAsync(blob, session.Key, authorizations, cancellationToken).ConfigureAwait(false), blob);
    }

    private async Task<CreatedKey> CreateUnderStorageRootKeyAsync(
        EndorsementSession session, EndorsementKey endorsementKey, TpmKeyOptions options, TpmtPublic template, CancellationToken cancellationToken)
    {
        UsableKey parent = await _storageRootKeys.UseAsync(session.Key, cancellationToken).ConfigureAwait(false);
        await using (parent.ConfigureAwait(false))
        {
            // Salted to the endorsement key, which the TPM's maker vouches for, as nobody does for a storage root key that is met for the first time.
            TpmSession hmac = await session.GetHmacSessionAsync(cancellationToken).ConfigureAwait(false);
            Authorizations authorizations = new(hmac.For(_storageRootKeys.AuthValueOf(parent), encrypts: true));
            CreateResponse created = await _channel.ExecuteAsync<CreateCommand, CreateResponse>(
                new(parent.Entity, options.AuthValue, template), authorizations, cancellationToken).ConfigureAwait(false);
            TpmKeyBlob blob = new(endorsementKey.Template, endorsementKey.Name, created.OutPublic, created.OutPrivate, parent.Public);
            return new(await LoadAsync(blob, parent, authorizations, cancellationToken).ConfigureAwait(false), blob);
        }
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<KeyHandle> LoadUnderEndorsementKeyAsync(TpmKeyBlob blob, UsableKey parent, CancellationToken cancellationToken)
    {
        EndorsementSession session = await EndorsementSession.StartAsync(_channel, _authorizer, parent, cancellationToken).ConfigureAwait(false);
        await using (session.ConfigureAwait(false))
        {
            Authorizations authorizations = await session.AuthorizeParentAsync(cancellationToken).ConfigureAwait(false);
            return await LoadAsync(blob, parent, authorizations, cancellationToken).ConfigureAwait(false);
        }
    }

    private async Task<KeyHandle> LoadUnderStorageRootKeyAsync(TpmKeyBlob blob, UsableKey parent, CancellationToken cancellationToken)
    {
        await using (parent.ConfigureAwait(false))
        {
            TpmSession session = await TpmSession.StartSaltedAsync(_channel, parent, TpmSe.Hmac, cancellationToken).ConfigureAwait(false);
            await using (session.ConfigureAwait(false))
            {
                Authorizations authorizations = new(session.For(_storageRootKeys.AuthValueOf(parent), encrypts: true));
                return await LoadAsync(blob, parent, authorizations, cancellationToken).ConfigureAwait(false);
            }
        }
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<KeyHandle> LoadAsync(
        TpmKeyBlob blob, UsableKey parent, Authorizations authorizations, CancellationToken cancellationToken)
    {
        int failuresBefore = _channel.Failures;
        try
        {
            LoadResponse loaded = await _channel.ExecuteAsync<LoadCommand, LoadResponse>(
                new(parent.Entity, blob.Private, blob.Public), authorizations, cancellationToken).ConfigureAwait(false);
            return new KeyHandle(loaded.ObjectHandle, blob.Public, failuresBefore);
        }
        catch (TpmCommandException exception) when (exception.ResponseCode.Error is TpmRc.Integrity)
        {
            // The parent is the same key, but TPM2_Clear also changes what it wraps its children with.
            throw new TpmKeyException(
                $"TPM device {_channel.DeviceName} has the key's parent, and does not take the key: the TPM was cleared after the key was created, and the key is lost; "
                + "or its blob is of another machine and was altered, or put together from two keys. Remove the blob, and enrol the machine again.",
                TpmKeyFault.Orphaned,
                exception);
        }
    }
}

/// <summary>A key that was created, and loaded.</summary>
internal readonly record struct CreatedKey(KeyHandle Handle, TpmKeyBlob Blob);
