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
        return RunAsync<CreateOperation, AttestationKey>(ClientOperation.CreateKey, new(this, endorsementKey, options, template), cancellationToken);
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
    /// The blob is of an application's key (<see cref="TpmKeyFault.WrongKind"/>) or of another TPM (<see cref="TpmKeyFault.OtherTpm"/>), or the hierarchy of the key's parent was
    /// cleared or reset since (<see cref="TpmKeyFault.Orphaned"/>).
    /// </exception>
    /// <exception cref="EndorsementKeyException">The numbers of the endorsement key that the TPM gives are not those of a key.</exception>
    /// <exception cref="TpmCommandException">The TPM refused.</exception>
    /// <exception cref="TpmDeviceException">The TPM could not be reached.</exception>
    public Task<AttestationKey> LoadAttestationKeyAsync(
        TpmKeyBlob blob, ReadOnlyMemory<byte> authValue, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(blob);
        ThrowIfTooLong(authValue, blob.Public, nameof(authValue));
        return IsRestricted(blob)
            ? RunAsync<LoadOperation, AttestationKey>(ClientOperation.LoadKey, new(this, blob, authValue), cancellationToken)
            : Task.FromException<AttestationKey>(new TpmKeyException(
                $"The blob is of an application's key, which attests nothing: load it with {nameof(LoadApplicationKeyAsync)}.", TpmKeyFault.WrongKind));
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
    /// <exception cref="ArgumentException">
    /// The key is not for signing or has no signature scheme of its own, its private area is longer than a TPM's, or the authorisation value is longer than a digest of the key's
    /// hash algorithm.
    /// </exception>
    /// <exception cref="EndorsementKeyException">The TPM no longer has this endorsement key, or its numbers are not those of a key.</exception>
    /// <exception cref="TpmKeyException">
    /// The key is not restricted, as an attestation key is (<see cref="TpmKeyFault.WrongKind"/>), or it is not under this parent of this TPM (<see cref="TpmKeyFault.Orphaned"/>).
    /// </exception>
    /// <exception cref="TpmFormatException">The key's Name cannot be computed here.</exception>
    /// <exception cref="TpmCommandException">The TPM refused.</exception>
    /// <exception cref="TpmDeviceException">The TPM could not be reached.</exception>
    public async Task<AttestationKey> AdoptAttestationKeyAsync(
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
            throw new TpmKeyException("The key is not restricted: what it signs need not come from the TPM, so it attests nothing.", TpmKeyFault.WrongKind);
        }

        return await RunAsync(
            ClientOperation.AdoptKey,
            async (channel, cancel) =>
            {
                CreatedKey adopted = await _keys.AdoptAsync(endorsementKey, child, parent, cancel).ConfigureAwait(false);
                AttestationKey key = new(this, Add(adopted.Handle, adopted.Blob, authValue));
                ClientLog.KeyLoaded(Logger, key.Name, channel.DeviceName);
                return key;
            },
            cancellationToken).ConfigureAwait(false);
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
