using System.Runtime.CompilerServices;
using HardwareAttestation.Client.Sessions;
using HardwareAttestation.Structures;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace HardwareAttestation.Client;

/// <summary>The agent's side of attestation: finds the machine's endorsement key, creates and loads attestation keys.</summary>
/// <remarks>
/// <para>Safe to share between threads: one operation runs at a time, and sequences of commands do not interleave.</para>
/// <para>Every transient handle and session that an operation opens is flushed when it ends, also when it fails or is cancelled.
/// Disposing flushes the attestation keys that are still loaded; the device stays open and is its owner's to dispose.</para>
/// <para>After that, each method answers <see cref="ObjectDisposedException"/>. A caller who cancels is answered at once with
/// <see cref="OperationCanceledException"/>, while the command that runs is finished behind him.</para>
/// </remarks>
public sealed class AttestationClient : IAsyncDisposable
{
    private readonly OperationGate _gate;

    // In the order of their last use.
    private readonly List<LoadedKey> _loaded = [];
    private readonly TpmChannel _channel;
    private readonly Authorizer _authorizer;
    private readonly EndorsementKeyFinder _finder;
    private readonly KeyFactory _keys;

    /// <summary>Initializes the client.</summary>
    /// <param name="device">The TPM, which nobody else should use at the same time unless a resource manager stands in front of it.</param>
    /// <param name="logger">Where to log, if anywhere.</param>
    /// <param name="authValues">The TPM's authorisation values, if somebody has set any; copied.</param>
    public AttestationClient(ITpmDevice device, ILogger<AttestationClient>? logger = null, TpmAuthValues? authValues = null)
    {
        ArgumentNullException.ThrowIfNull(device);
        _gate = new OperationGate(this);
        Logger = logger ?? NullLogger<AttestationClient>.Instance;
        _channel = new TpmChannel(device, Logger, MakeRoomAsync);
        _authorizer = new Authorizer(_channel, authValues);
        _finder = new EndorsementKeyFinder(_channel, _authorizer, Logger);
        _keys = new KeyFactory(_channel, _authorizer, _finder);
        Hasher = new DataHasher(_channel);
    }

    internal ILogger Logger { get; }

    internal Authorizer Authorizer => _authorizer;

    internal DataHasher Hasher { get; }

    /// <summary>Finds the machine's endorsement key, with the certificate that the TPM's maker stored.</summary>
    /// <param name="template">Which key; null for the first of <see cref="EndorsementKeyTemplate.All"/> that has a certificate, or else RSA 2048.</param>
    /// <param name="cancellationToken">Cancels.</param>
    /// <returns>The endorsement key.</returns>
    /// <exception cref="EndorsementKeyException">The certificate is damaged, or of another key than the TPM's.</exception>
    /// <exception cref="TpmCommandException">The TPM refused.</exception>
    /// <exception cref="TpmDeviceException">The TPM could not be reached.</exception>
    public Task<EndorsementKey> GetEndorsementKeyAsync(EndorsementKeyTemplate? template = null, CancellationToken cancellationToken = default) =>
        RunAsync(
            (_, cancel) => template is null ? _finder.FindAsync(cancel) : _finder.FindAsync(template, cancel),
            cancellationToken);

    /// <summary>Creates an attestation key under an endorsement key (TPM2_Create) and loads it.</summary>
    /// <param name="endorsementKey">The parent.</param>
    /// <param name="algorithm">The kind of key; null for <see cref="AttestationKeyAlgorithm.P256"/>.</param>
    /// <param name="cancellationToken">Cancels.</param>
    /// <returns>The key, loaded. Save its <see cref="AttestationKey.Blob"/> before anything relies on it.</returns>
    /// <exception cref="EndorsementKeyException">The TPM no longer has this endorsement key, or its numbers are not those of a key.</exception>
    /// <exception cref="TpmCommandException">The TPM refused.</exception>
    /// <exception cref="TpmDeviceException">The TPM could not be reached.</exception>
    public Task<AttestationKey> CreateAttestationKeyAsync(
        EndorsementKey endorsementKey, AttestationKeyAlgorithm? algorithm = null, CancellationToken cancellationToken = default) =>
        CreateAttestationKeyAsync(
            endorsementKey, new AttestationKeyOptions { Algorithm = algorithm ?? AttestationKeyAlgorithm.P256 }, cancellationToken);

    /// <summary>Creates an attestation key (TPM2_Create) and loads it.</summary>
    /// <param name="endorsementKey">The endorsement key that credentials for the key will be made for; its parent, unless the options say otherwise.</param>
    /// <param name="options">The kind of key, its parent, its authorisation value.</param>
    /// <param name="cancellationToken">Cancels.</param>
    /// <returns>The key, loaded. Save its <see cref="AttestationKey.Blob"/> before anything relies on it.</returns>
    /// <exception cref="ArgumentException">The authorisation value is longer than a digest of the key's hash algorithm.</exception>
    /// <exception cref="EndorsementKeyException">The TPM no longer has this endorsement key, or its numbers are not those of a key.</exception>
    /// <exception cref="TpmCommandException">The TPM refused.</exception>
    /// <exception cref="TpmDeviceException">The TPM could not be reached.</exception>
    public Task<AttestationKey> CreateAttestationKeyAsync(
        EndorsementKey endorsementKey, AttestationKeyOptions options, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(endorsementKey);
        ArgumentNullException.ThrowIfNull(options);
        TpmtPublic template = options.Algorithm.Template;
        ThrowIfTooLong(options.AuthValue, template);
        return RunAsync(
            async (channel, cancel) =>
            {
                CreatedKey created = await _keys.CreateAsync(endorsementKey, options, template, cancel).ConfigureAwait(false);
                AttestationKey key = new(this, Add(created.Handle, created.Blob, options.AuthValue));
                ClientLog.AttestationKeyCreated(Logger, key.Name, options.Algorithm.Name, channel.DeviceName);
                return key;
            },
            cancellationToken);
    }

    /// <summary>Loads an attestation key from its blob, as after a reboot: from its persistent handle if it is kept at one, or else by TPM2_Load.</summary>
    /// <inheritdoc cref="LoadAttestationKeyAsync(AttestationKeyBlob, ReadOnlyMemory{byte}, CancellationToken)"/>
    public Task<AttestationKey> LoadAttestationKeyAsync(AttestationKeyBlob blob, CancellationToken cancellationToken = default) =>
        LoadAttestationKeyAsync(blob, default, cancellationToken);

    /// <summary>Loads an attestation key that was given an authorisation value.</summary>
    /// <param name="blob">The blob.</param>
    /// <param name="authValue">The key's authorisation value; copied.</param>
    /// <param name="cancellationToken">Cancels.</param>
    /// <returns>The key, loaded.</returns>
    /// <exception cref="AttestationKeyException">
    /// The blob is of an application's key or of another TPM, or the hierarchy of the key's parent was cleared or reset since; the message says which.
    /// </exception>
    /// <exception cref="EndorsementKeyException">The numbers of the endorsement key that the TPM gives are not those of a key.</exception>
    /// <exception cref="TpmCommandException">The TPM refused.</exception>
    /// <exception cref="TpmDeviceException">The TPM could not be reached.</exception>
    public Task<AttestationKey> LoadAttestationKeyAsync(
        AttestationKeyBlob blob, ReadOnlyMemory<byte> authValue, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(blob);
        if (!IsRestricted(blob))
        {
            throw new AttestationKeyException($"The blob is of an application's key, which attests nothing: load it with {nameof(LoadApplicationKeyAsync)}.");
        }

        return RunAsync(
            async (channel, cancel) =>
            {
                AttestationKey key = new(this, Add(await _keys.LoadAsync(blob, cancel).ConfigureAwait(false), blob, authValue));
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
    /// <exception cref="AttestationKeyException">The store's blob is damaged, of another TPM, or lost its parent; the message says which. It stays as it is.</exception>
    /// <exception cref="EndorsementKeyException">The endorsement key cannot be used as it is.</exception>
    /// <exception cref="TpmCommandException">The TPM refused.</exception>
    /// <exception cref="TpmDeviceException">The TPM could not be reached.</exception>
    public async Task<AttestationKey> GetOrCreateAttestationKeyAsync(
        IAttestationKeyStore store,
        string name,
        EndorsementKey? endorsementKey = null,
        AttestationKeyOptions? options = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(store);
        options ??= new AttestationKeyOptions();
        return await LoadFromAsync(store, name, options, cancellationToken).ConfigureAwait(false)
            ?? await CreateInAsync(store, name, endorsementKey, options, cancellationToken).ConfigureAwait(false)
            ?? await LoadFromAsync(store, name, options, cancellationToken).ConfigureAwait(false)
            ?? throw new AttestationKeyException($"The store has an attestation key {name} when one is added, and none when it is loaded.");
    }

    /// <summary>Creates a key of an application (TPM2_Create), for an attestation key to certify, and loads it.</summary>
    /// <param name="endorsementKey">The endorsement key; the key's parent, unless the options say otherwise.</param>
    /// <param name="options">The kind of key, its parent, its authorisation value; null for P-256 under the endorsement key, without a value.</param>
    /// <param name="cancellationToken">Cancels.</param>
    /// <returns>The key, loaded. Save its <see cref="ApplicationKey.Blob"/> before anything relies on it.</returns>
    /// <exception cref="ArgumentException">The authorisation value is longer than a digest of the key's hash algorithm.</exception>
    /// <exception cref="EndorsementKeyException">The TPM no longer has this endorsement key, or its numbers are not those of a key.</exception>
    /// <exception cref="TpmCommandException">The TPM refused.</exception>
    /// <exception cref="TpmDeviceException">The TPM could not be reached.</exception>
    public Task<ApplicationKey> CreateApplicationKeyAsync(
        EndorsementKey endorsementKey, AttestationKeyOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(endorsementKey);
        options ??= new AttestationKeyOptions();
        TpmtPublic template = options.Algorithm.ApplicationTemplate;
        ThrowIfTooLong(options.AuthValue, template);
        return RunAsync(
            async (channel, cancel) =>
            {
                CreatedKey created = await _keys.CreateAsync(endorsementKey, options, template, cancel).ConfigureAwait(false);
                ApplicationKey key = new(this, Add(created.Handle, created.Blob, options.AuthValue));
                ClientLog.ApplicationKeyCreated(Logger, key.Name, options.Algorithm.Name, channel.DeviceName);
                return key;
            },
            cancellationToken);
    }

    /// <summary>Loads an application's key from its blob, as after a reboot: from its persistent handle if it is kept at one, or else by TPM2_Load.</summary>
    /// <param name="blob">The blob.</param>
    /// <param name="authValue">The key's authorisation value, if it was given one; copied.</param>
    /// <param name="cancellationToken">Cancels.</param>
    /// <returns>The key, loaded.</returns>
    /// <exception cref="AttestationKeyException">
    /// The blob is of an attestation key or of another TPM, or the hierarchy of the key's parent was cleared or reset since; the message says which.
    /// </exception>
    /// <exception cref="EndorsementKeyException">The numbers of the endorsement key that the TPM gives are not those of a key.</exception>
    /// <exception cref="TpmCommandException">The TPM refused.</exception>
    /// <exception cref="TpmDeviceException">The TPM could not be reached.</exception>
    public Task<ApplicationKey> LoadApplicationKeyAsync(
        AttestationKeyBlob blob, ReadOnlyMemory<byte> authValue = default, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(blob);
        if (IsRestricted(blob))
        {
            throw new AttestationKeyException($"The blob is of an attestation key: load it with {nameof(LoadAttestationKeyAsync)}.");
        }

        return RunAsync(
            async (channel, cancel) =>
            {
                ApplicationKey key = new(this, Add(await _keys.LoadAsync(blob, cancel).ConfigureAwait(false), blob, authValue));
                ClientLog.KeyLoaded(Logger, key.Name, channel.DeviceName);
                return key;
            },
            cancellationToken);
    }

    /// <summary>Takes a key away from its persistent handle (TPM2_EvictControl). Its blob can still be loaded.</summary>
    /// <remarks>Whatever else is at the handle is left alone.</remarks>
    /// <param name="blob">The key's blob.</param>
    /// <param name="cancellationToken">Cancels.</param>
    /// <returns>The blob without the persistent handle, to be saved in the place of the other.</returns>
    /// <exception cref="AttestationKeyException">There is another key at the handle.</exception>
    /// <exception cref="TpmCommandException">The TPM refused, for instance because the owner's authorisation value is wrong.</exception>
    /// <exception cref="TpmDeviceException">The TPM could not be reached.</exception>
    public Task<AttestationKeyBlob> EvictKeyAsync(AttestationKeyBlob blob, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(blob);
        return RunAsync(
            async (channel, cancel) =>
            {
                if (blob.PersistentHandle is { } handle)
                {
                    await PersistentKeys.EvictAsync(channel, _authorizer, blob, handle, cancel).ConfigureAwait(false);
                }

                return blob.At(null);
            },
            cancellationToken);
    }

    /// <summary>Reads PCRs (TPM2_PCR_Read). The values are not signed: they are for a look, and not evidence.</summary>
    /// <param name="selection">The PCRs.</param>
    /// <param name="cancellationToken">Cancels.</param>
    /// <returns>The values in the order of the selection.</returns>
    /// <exception cref="TpmCommandException">The TPM refused.</exception>
    /// <exception cref="TpmDeviceException">The TPM could not be reached, or lacks PCRs that were asked for.</exception>
    public Task<IReadOnlyList<PcrValue>> ReadPcrsAsync(TpmlPcrSelection selection, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(selection);
        return RunAsync((channel, cancel) => PcrReader.ReadAsync(channel, selection, cancel), cancellationToken);
    }

    /// <summary>Waits for the operation that runs, and flushes the attestation keys that are still loaded.</summary>
    /// <returns>A task that ends when the keys are flushed.</returns>
    public async ValueTask DisposeAsync() => await _gate.CloseAsync(async () =>
    {
        foreach (LoadedKey key in _loaded)
        {
            await key.FlushAsync(_channel).ConfigureAwait(false);
        }

        _loaded.Clear();
        _authorizer.Clear();
    }).ConfigureAwait(false);

    internal Task<T> RunAsync<T>(
        Func<TpmChannel, CancellationToken, Task<T>> operation, CancellationToken cancellationToken, [CallerMemberName] string name = "") =>
        _gate.RunAsync(
            async cancel =>
            {
                ClientTelemetry.TelemetryScope telemetry = ClientTelemetry.BeginOperation(name, _channel.DeviceName);
                try
                {
                    T result = await operation(_channel, cancel).ConfigureAwait(false);
                    telemetry.End(null);
                    return result;
                }
                catch (Exception exception)
                {
                    telemetry.End(exception);
                    throw;
                }
            },
            cancellationToken);

    /// <inheritdoc cref="KeyFactory.UseParentAsync"/>
    internal Task<UsableKey> UseParentAsync(AttestationKeyBlob blob, CancellationToken cancellationToken) =>
        _keys.UseParentAsync(blob, cancellationToken);

    /// <summary>Loads a key that is not in the TPM any more. The caller holds the gate.</summary>
    internal async Task<KeyHandle> ReloadAsync(LoadedKey key, CancellationToken cancellationToken)
    {
        KeyHandle handle = await _keys.LoadAsync(key.Blob, cancellationToken).ConfigureAwait(false);
        ClientLog.KeyLoaded(Logger, key.Blob.Name, _channel.DeviceName);
        return handle;
    }

    /// <summary>Notes that a key is used. The caller holds the gate.</summary>
    internal void Touch(LoadedKey key)
    {
        _loaded.Remove(key);
        _loaded.Add(key);
    }

    /// <summary>Runs an operation with the endorsement key that credentials for a key are made for. The caller holds the gate.</summary>
    internal async Task<T> UseEndorsementKeyAsync<T>(
        AttestationKeyBlob blob, Func<EndorsementSession, Task<T>> operation, CancellationToken cancellationToken)
    {
        UsableKey key = await _keys.UseEndorsementKeyAsync(blob, cancellationToken).ConfigureAwait(false);
        return await EndorsementSession.RunAsync(_channel, _authorizer, key, operation, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Keeps a key at a persistent handle. The caller holds the gate.</summary>
    internal async Task<AttestationKeyBlob> PersistAsync(LoadedKey key, TpmHandle handle, CancellationToken cancellationToken)
    {
        int failuresBefore = _channel.Failures;
        await PersistentKeys.PersistAsync(_channel, _authorizer, key, handle, cancellationToken).ConfigureAwait(false);
        await key.MoveAsync(_channel, new KeyHandle(handle, key.Blob.Public, failuresBefore)).ConfigureAwait(false);
        return key.Blob;
    }

    internal async ValueTask UnloadAsync(LoadedKey key)
    {
        try
        {
            await _gate.RunAsync(
                async _ =>
                {
                    _loaded.Remove(key);
                    await key.FlushAsync(_channel).ConfigureAwait(false);
                    return key;
                },
                CancellationToken.None).ConfigureAwait(false);
        }
        catch (ObjectDisposedException)
        {
            // The client is closed, and flushed the key when it was.
        }
    }

    private static bool IsRestricted(AttestationKeyBlob blob) => blob.Public.ObjectAttributes.HasFlag(TpmaObject.Restricted);

    private static void ThrowIfTooLong(ReadOnlyMemory<byte> authValue, TpmtPublic template)
    {
        TpmHash.TryGetDigestSize(template.NameAlg, out int most);
        if (authValue.Length > most)
        {
            throw new ArgumentException(
                $"The authorisation value has {authValue.Length} bytes, and the key's can have {most} at most: derive a shorter one, e.g. with SHA-256.");
        }
    }

    private async Task<AttestationKey?> LoadFromAsync(
        IAttestationKeyStore store, string name, AttestationKeyOptions options, CancellationToken cancellationToken) =>
        await store.LoadAsync(name, cancellationToken).ConfigureAwait(false) is { } blob
            ? await LoadAttestationKeyAsync(blob, options.AuthValue, cancellationToken).ConfigureAwait(false)
            : null;

    // Null where another process was first.
    private async Task<AttestationKey?> CreateInAsync(
        IAttestationKeyStore store, string name, EndorsementKey? endorsementKey, AttestationKeyOptions options, CancellationToken cancellationToken)
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

    private LoadedKey Add(KeyHandle handle, AttestationKeyBlob blob, ReadOnlyMemory<byte> authValue)
    {
        LoadedKey key = new(this, handle, blob, authValue.Span);
        _loaded.Add(key);
        return key;
    }

    // The slot of the key that was used longest ago goes to whatever needs one now. A resource manager does the same, better.
    private async Task<bool> MakeRoomAsync()
    {
        if (_loaded.Find(key => key.CanMakeRoom) is not { } key)
        {
            return false;
        }

        ClientLog.KeyMadeRoom(Logger, key.Blob.Name, _channel.DeviceName);
        await key.MakeRoomAsync(_channel).ConfigureAwait(false);
        return true;
    }
}
