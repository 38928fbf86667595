using HardwareAttestation.Client.Commands;
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
    private readonly HashSet<AttestationKey> _loaded = [];
    private readonly TpmChannel _channel;
    private readonly EndorsementKeyFinder _finder;

    /// <summary>Initializes the client.</summary>
    /// <param name="device">The TPM, which nobody else should use at the same time unless a resource manager stands in front of it.</param>
    /// <param name="logger">Where to log, if anywhere.</param>
    public AttestationClient(ITpmDevice device, ILogger<AttestationClient>? logger = null)
    {
        ArgumentNullException.ThrowIfNull(device);
        _gate = new OperationGate(this);
        Logger = logger ?? NullLogger<AttestationClient>.Instance;
        _channel = new TpmChannel(device, Logger);
        _finder = new EndorsementKeyFinder(_channel, Logger);
    }

    internal ILogger Logger { get; }

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
        RunAsync((_, cancel) => _finder.FindAllAsync(cancel), cancellationToken);

    /// <summary>Creates an attestation key under an endorsement key (TPM2_Create) and loads it.</summary>
    /// <param name="endorsementKey">The parent.</param>
    /// <param name="algorithm">The kind of key; null for <see cref="AttestationKeyAlgorithm.P256"/>.</param>
    /// <param name="cancellationToken">Cancels.</param>
    /// <returns>The key, loaded. Save its <see cref="AttestationKey.Blob"/> before anything relies on it.</returns>
    /// <exception cref="EndorsementKeyException">The TPM no longer has this endorsement key, or its numbers are not those of a key.</exception>
    /// <exception cref="TpmCommandException">The TPM refused.</exception>
    /// <exception cref="TpmDeviceException">The TPM could not be reached.</exception>
    public Task<AttestationKey> CreateAttestationKeyAsync(
        EndorsementKey endorsementKey, AttestationKeyAlgorithm? algorithm = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(endorsementKey);
        algorithm ??= AttestationKeyAlgorithm.P256;
        return RunAsync(
            async (channel, cancel) =>
            {
                UsableKey parent = await _finder.UseAsync(endorsementKey.Template, endorsementKey.Name, cancel).ConfigureAwait(false)
                    ?? throw new EndorsementKeyException(
                        $"TPM device {channel.DeviceName} gives another {endorsementKey.Template} endorsement key than before. "
                        + "It is another TPM, or its endorsement seed was changed: find the endorsement key anew.");
                return await SaltedSession.RunAsync(
                    channel,
                    parent,
                    async session =>
                    {
                        await session.AuthorizeAsync(cancel).ConfigureAwait(false);
                        CreateResponse created = await channel.ExecuteAsync<CreateCommand, CreateResponse>(
                            new(parent.Entity, algorithm.Template), session, cancel).ConfigureAwait(false);
                        AttestationKeyBlob blob = new(endorsementKey.Template, endorsementKey.Name, created.OutPublic, created.OutPrivate);
                        AttestationKey key = await LoadAsync(channel, session, parent, blob, cancel).ConfigureAwait(false);
                        ClientLog.AttestationKeyCreated(Logger, key.Name, algorithm.Name, channel.DeviceName);
                        return key;
                    },
                    cancel).ConfigureAwait(false);
            },
            cancellationToken);
    }

    /// <summary>Loads an attestation key from its blob (TPM2_Load), as after a reboot.</summary>
    /// <param name="blob">The blob.</param>
    /// <param name="cancellationToken">Cancels.</param>
    /// <returns>The key, loaded.</returns>
    /// <exception cref="AttestationKeyException">The blob is of another TPM, or the endorsement hierarchy was reset since.</exception>
    /// <exception cref="EndorsementKeyException">The numbers of the endorsement key that the TPM gives are not those of a key.</exception>
    /// <exception cref="TpmCommandException">The TPM refused.</exception>
    /// <exception cref="TpmDeviceException">The TPM could not be reached.</exception>
    public Task<AttestationKey> LoadAttestationKeyAsync(AttestationKeyBlob blob, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(blob);
        return RunAsync(
            async (channel, cancel) =>
            {
                UsableKey parent = await UseParentAsync(blob, cancel).ConfigureAwait(false);
                return await SaltedSession.RunAsync(
                    channel, parent, session => LoadAsync(channel, session, parent, blob, cancel), cancel).ConfigureAwait(false);
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
        foreach (AttestationKey key in _loaded)
        {
            await key.FlushAsync(_channel).ConfigureAwait(false);
        }

        _loaded.Clear();
    }).ConfigureAwait(false);

    internal Task<T> RunAsync<T>(Func<TpmChannel, CancellationToken, Task<T>> operation, CancellationToken cancellationToken) =>
        _gate.RunAsync(cancel => operation(_channel, cancel), cancellationToken);

    /// <summary>Brings the parent of a blob to where a command can use it. The caller holds the gate, and disposes of the parent.</summary>
    internal async Task<UsableKey> UseParentAsync(AttestationKeyBlob blob, CancellationToken cancellationToken) =>
        await _finder.UseAsync(blob.ParentTemplate, blob.ParentName, cancellationToken).ConfigureAwait(false)
            ?? throw new AttestationKeyException(
                $"The attestation key belongs under another {blob.ParentTemplate} endorsement key than the one of TPM device {_channel.DeviceName}. "
                + "The blob is of another machine, or this TPM's endorsement seed was changed: enrol the machine again.");

    internal async ValueTask UnloadAsync(AttestationKey key)
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

    private async Task<AttestationKey> LoadAsync(
        TpmChannel channel, SaltedSession session, UsableKey parent, AttestationKeyBlob blob, CancellationToken cancellationToken)
    {
        int failuresBefore = channel.Failures;
        await session.AuthorizeAsync(cancellationToken).ConfigureAwait(false);
        LoadResponse loaded = await channel.ExecuteAsync<LoadCommand, LoadResponse>(
            new(parent.Entity, blob.Private, blob.Public), session, cancellationToken).ConfigureAwait(false);
        AttestationKey key = new(this, new TransientKey(loaded.ObjectHandle, blob.Public, failuresBefore), blob);
        _loaded.Add(key);
        ClientLog.AttestationKeyLoaded(Logger, key.Name, channel.DeviceName);
        return key;
    }
}
