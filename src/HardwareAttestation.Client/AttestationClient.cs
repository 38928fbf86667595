using System.Runtime.CompilerServices;
using HardwareAttestation.Client.Sessions;
using HardwareAttestation.Structures;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace HardwareAttestation.Client;

/// <summary>The agent's side of attestation: finds the machine's endorsement keys, creates and loads attestation keys and keys of applications.</summary>
/// <remarks>
/// <para>Safe to share between threads: one operation runs at a time, and sequences of commands do not interleave.</para>
/// <para>Every transient handle and session that an operation opens is flushed when it ends, also when it fails or is cancelled.
/// Disposing flushes the keys that are still loaded; the device stays open and is its owner's to dispose.</para>
/// <para>After that, each method answers <see cref="ObjectDisposedException"/>. A caller who cancels is answered at once with
/// <see cref="OperationCanceledException"/>, while the command that runs is finished behind him.</para>
/// </remarks>
public sealed partial class AttestationClient : IAsyncDisposable
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
    /// <param name="authValues">The TPM's authorisation values, if somebody has set any; copied.</param>
    /// <param name="logger">Where to log, if anywhere.</param>
    public AttestationClient(ITpmDevice device, TpmAuthValues? authValues = null, ILogger<AttestationClient>? logger = null)
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

    /// <summary>Asks the TPM what it is: its maker, firmware, algorithms and PCR banks, and whether it is locked.</summary>
    /// <param name="cancellationToken">Cancels.</param>
    /// <returns>What it says.</returns>
    /// <exception cref="TpmCommandException">The TPM refused.</exception>
    /// <exception cref="TpmDeviceException">The TPM could not be reached.</exception>
    public Task<TpmInfo> GetTpmInfoAsync(CancellationToken cancellationToken = default) => RunAsync(ClientOperation.GetTpmInfo, TpmInfoReader.ReadAsync, cancellationToken);

    /// <summary>Finds the machine's endorsement key, with the certificate that the TPM's maker stored.</summary>
    /// <param name="template">Which key; null for the first of <see cref="EndorsementKeyTemplate.All"/> that has a certificate, or else RSA 2048.</param>
    /// <param name="cancellationToken">Cancels.</param>
    /// <returns>The endorsement key.</returns>
    /// <exception cref="EndorsementKeyException">The certificate is damaged, or of another key than the TPM's.</exception>
    /// <exception cref="TpmCommandException">The TPM refused.</exception>
    /// <exception cref="TpmDeviceException">The TPM could not be reached.</exception>
    public Task<EndorsementKey> GetEndorsementKeyAsync(EndorsementKeyTemplate? template = null, CancellationToken cancellationToken = default) =>
        RunAsync(
            ClientOperation.FindEndorsementKey,
            (_, cancel) => template is null ? _finder.FindAsync(cancel) : _finder.FindAsync(template, cancel),
            cancellationToken);

    /// <summary>
    /// Finds every endorsement key that the machine has: by its certificate in the TPM, or at the persistent handle where it usually is.
    /// </summary>
    /// <remarks>
    /// A key that nothing in the TPM points to is not made; <see cref="GetEndorsementKeyAsync"/> does that. One that has a certificate and is at no persistent handle is made, and
    /// flushed, so that it can be compared: an RSA key takes a hardware TPM seconds.
    /// </remarks>
    /// <param name="cancellationToken">Cancels.</param>
    /// <returns>
    /// What was found, in the order of <see cref="EndorsementKeyTemplate.All"/>, empty if nothing was. What is wrong with one, such as a damaged certificate,
    /// stands at that one and hides no other.
    /// </returns>
    /// <exception cref="TpmCommandException">The TPM refused to say what it holds.</exception>
    /// <exception cref="TpmDeviceException">The TPM could not be reached.</exception>
    public Task<IReadOnlyList<DiscoveredEndorsementKey>> GetEndorsementKeysAsync(CancellationToken cancellationToken = default) =>
        RunAsync(ClientOperation.FindEndorsementKeys, (_, cancel) => _finder.FindAllAsync(cancel), cancellationToken);

    /// <summary>Takes a key away from its persistent handle (TPM2_EvictControl). Its blob can still be loaded.</summary>
    /// <remarks>
    /// Whatever else is at the handle is left alone: the key is loaded first, for its public area alone, which anybody can read, does not make a blob the key's own. Where this
    /// client has loaded the key, it can be used as before: it is loaded from its private part.
    /// </remarks>
    /// <param name="blob">The key's blob.</param>
    /// <param name="cancellationToken">Cancels.</param>
    /// <returns>The blob without the persistent handle, to be saved in the place of the other.</returns>
    /// <exception cref="TpmKeyException">
    /// There is another key at the handle (<see cref="TpmKeyFault.HandleInUse"/>), or the blob cannot be loaded; <see cref="TpmKeyException.Fault"/> says why.
    /// </exception>
    /// <exception cref="EndorsementKeyException">The numbers of the endorsement key that the TPM gives are not those of a key.</exception>
    /// <exception cref="TpmCommandException">The TPM refused, for instance because the owner's authorisation value is wrong.</exception>
    /// <exception cref="TpmDeviceException">The TPM could not be reached.</exception>
    public Task<TpmKeyBlob> EvictKeyAsync(TpmKeyBlob blob, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(blob);
        return RunAsync(
            ClientOperation.EvictKey,
            async (channel, cancel) =>
            {
                if (blob.PersistentHandle is { } handle)
                {
                    await PersistentKeys.EvictAsync(
                        channel, _authorizer, blob, handle, more => UseParentAsync(blob, more), () => ProveAsync(blob, cancel), cancel).ConfigureAwait(false);
                    _loaded.ForEach(key => key.Leave(blob.Name, handle));
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
    /// <exception cref="TpmPcrException">The TPM lacks PCRs that were asked for.</exception>
    /// <exception cref="TpmDeviceException">The TPM could not be reached.</exception>
    public Task<IReadOnlyList<PcrValue>> ReadPcrsAsync(TpmlPcrSelection selection, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(selection);
        return RunAsync(ClientOperation.ReadPcrs, (channel, cancel) => PcrReader.ReadAsync(channel, selection, cancel), cancellationToken);
    }

    /// <summary>Gets random bytes from the TPM's generator (TPM2_GetRandom), in as many commands as it takes: at once a TPM gives no more than a digest.</summary>
    /// <remarks>They come in the clear, and whoever sits between this program and the TPM sees them or chooses them: mix them with others, and take them for nothing else.</remarks>
    /// <param name="count">How many bytes; not negative.</param>
    /// <param name="cancellationToken">Cancels.</param>
    /// <returns>The bytes.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The count is negative.</exception>
    /// <exception cref="TpmCommandException">The TPM refused.</exception>
    /// <exception cref="TpmDeviceException">The TPM could not be reached, or gave none.</exception>
    public Task<byte[]> GetRandomAsync(int count, CancellationToken cancellationToken = default)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        return RunAsync<RandomOperation, byte[]>(ClientOperation.GetRandom, new(count), cancellationToken);
    }

    /// <summary>Waits for the operation that runs, and flushes the keys that are still loaded.</summary>
    /// <returns>A task that ends when the keys are flushed.</returns>
    public async ValueTask DisposeAsync() => await _gate.CloseAsync(async () =>
    {
        foreach (LoadedKey key in _loaded)
        {
            await key.FlushAsync(_channel).ConfigureAwait(false);
        }

        _loaded.Clear();
        _authorizer.Clear();
        _channel.Random?.Dispose();
    }).ConfigureAwait(false);

    /// <summary>Runs an operation when it is its turn.</summary>
    /// <param name="name">One of <see cref="ClientOperation"/>.</param>
    /// <param name="operation">What to do.</param>
    /// <param name="cancellationToken">Cancels.</param>
    internal Task<T> RunAsync<T>(string name, Func<TpmChannel, CancellationToken, Task<T>> operation, CancellationToken cancellationToken) =>
        RunAsync<FunctionOperation<T>, T>(name, new FunctionOperation<T>(operation), cancellationToken);

    /// <inheritdoc cref="RunAsync{T}(string, Func{TpmChannel, CancellationToken, Task{T}}, CancellationToken)"/>
    internal Task<T> RunAsync<TOperation, T>(string name, TOperation operation, CancellationToken cancellationToken)
        where TOperation : struct, IClientOperation<T> =>
        _gate.RunAsync<ObservedOperation<TOperation, T>, T>(new(_channel, operation, name), cancellationToken);

    /// <summary>Finds the endorsement key of a template. The caller holds the gate.</summary>
    internal Task<EndorsementKey> FindEndorsementKeyAsync(EndorsementKeyTemplate template, CancellationToken cancellationToken) =>
        _finder.FindAsync(template, cancellationToken);

    /// <inheritdoc cref="KeyFactory.UseParentAsync"/>
    internal Task<UsableKey> UseParentAsync(TpmKeyBlob blob, CancellationToken cancellationToken) =>
        _keys.UseParentAsync(blob, cancellationToken).AsTask();

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

    /// <summary>Begins to use the endorsement key that credentials for a key are made for. The caller holds the gate, and disposes of the session.</summary>
    internal async Task<EndorsementSession> UseEndorsementKeyAsync(TpmKeyBlob blob, CancellationToken cancellationToken)
    {
        UsableKey key = await _keys.UseEndorsementKeyAsync(blob, cancellationToken).ConfigureAwait(false);
        return await EndorsementSession.StartAsync(_channel, _authorizer, key, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Keeps a key at a persistent handle. The caller holds the gate.</summary>
    internal async Task<TpmKeyBlob> PersistAsync(LoadedKey key, TpmHandle handle, CancellationToken cancellationToken)
    {
        int failuresBefore = _channel.Failures;
        await PersistentKeys.PersistAsync(
            _channel, _authorizer, key, handle, cancel => UseParentAsync(key.Blob, cancel), cancellationToken).ConfigureAwait(false);
        await key.MoveAsync(_channel, new KeyHandle(handle, key.Blob.Public, failuresBefore)).ConfigureAwait(false);
        return key.Blob;
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    internal async ValueTask UnloadAsync(LoadedKey key)
    {
        try
        {
            await _gate.RunAsync<UnloadOperation, LoadedKey>(new(this, key), CancellationToken.None).ConfigureAwait(false);
        }
        catch (ObjectDisposedException)
        {
            // The client is closed, and flushed the key when it was.
        }
    }

    private static bool IsRestricted(TpmKeyBlob blob) => blob.Public.ObjectAttributes.HasFlag(TpmaObject.Restricted);

    private static void ThrowIfTooLong(ReadOnlyMemory<byte> authValue, TpmtPublic key, string parameter)
    {
        TpmHash.TryGetDigestSize(key.NameAlg, out int most);
        if (authValue.Length > most)
        {
            throw new ArgumentException(
                $"The authorisation value has {authValue.Length} bytes, and the key's can have {most} at most: derive a shorter one, e.g. with SHA-256.",
                parameter);
        }
    }

    private LoadedKey Add(KeyHandle handle, TpmKeyBlob blob, ReadOnlyMemory<byte> authValue)
    {
        LoadedKey key = new(this, handle, blob, authValue.Span);
        _loaded.Add(key);
        return key;
    }

    // Only the private part that belongs to a public area can be loaded with it.
    private async Task ProveAsync(TpmKeyBlob blob, CancellationToken cancellationToken)
    {
        KeyHandle loaded = await _keys.LoadAsync(blob.At(null), cancellationToken).ConfigureAwait(false);
        await loaded.FlushAsync(_channel, Logger).ConfigureAwait(false);
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

    private readonly struct ObservedOperation<TOperation, T>(TpmChannel channel, TOperation operation, string name) : IGatedOperation<T>
        where TOperation : struct, IClientOperation<T>
    {
        public ValueTask<T> RunAsync(CancellationToken cancellationToken) =>
            ClientTelemetry.BeginOperation(name, channel.DeviceName) is { } telemetry
                ? RunAsync(telemetry, cancellationToken)
                : operation.RunAsync(channel, cancellationToken);

        private async ValueTask<T> RunAsync(ClientTelemetry.TelemetryScope telemetry, CancellationToken cancellationToken)
        {
            try
            {
                T result = await operation.RunAsync(channel, cancellationToken).ConfigureAwait(false);
                telemetry.End(null);
                return result;
            }
            catch (Exception exception)
            {
                telemetry.End(exception);
                throw;
            }
        }
    }

    private readonly struct UnloadOperation(AttestationClient client, LoadedKey key) : IGatedOperation<LoadedKey>
    {
        [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
        public async ValueTask<LoadedKey> RunAsync(CancellationToken cancellationToken)
        {
            client._loaded.Remove(key);
            await key.FlushAsync(client._channel).ConfigureAwait(false);
            return key;
        }
    }
}
