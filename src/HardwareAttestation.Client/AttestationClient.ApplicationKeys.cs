using HardwareAttestation.Structures;

namespace HardwareAttestation.Client;

/// <content>Creating and loading keys of applications.</content>
public sealed partial class AttestationClient
{
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
        EndorsementKey endorsementKey, TpmKeyOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(endorsementKey);
        options ??= new TpmKeyOptions();
        TpmtPublic template = options.Algorithm.ApplicationTemplate;
        ThrowIfTooLong(options.AuthValue, template, nameof(options));
        return RunAsync(
            ClientOperation.CreateKey,
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
    /// <inheritdoc cref="LoadApplicationKeyAsync(TpmKeyBlob, ReadOnlyMemory{byte}, CancellationToken)"/>
    public Task<ApplicationKey> LoadApplicationKeyAsync(TpmKeyBlob blob, CancellationToken cancellationToken = default) =>
        LoadApplicationKeyAsync(blob, default, cancellationToken);

    /// <summary>Loads an application's key that was given an authorisation value.</summary>
    /// <param name="blob">The blob.</param>
    /// <param name="authValue">The key's authorisation value; copied.</param>
    /// <param name="cancellationToken">Cancels.</param>
    /// <returns>The key, loaded.</returns>
    /// <exception cref="ArgumentException">The authorisation value is longer than a digest of the key's hash algorithm.</exception>
    /// <exception cref="TpmKeyException">
    /// The blob is of an attestation key (<see cref="TpmKeyFault.WrongKind"/>) or of another TPM (<see cref="TpmKeyFault.OtherTpm"/>), or the hierarchy of the key's parent was
    /// cleared or reset since (<see cref="TpmKeyFault.Orphaned"/>).
    /// </exception>
    /// <exception cref="EndorsementKeyException">The numbers of the endorsement key that the TPM gives are not those of a key.</exception>
    /// <exception cref="TpmCommandException">The TPM refused.</exception>
    /// <exception cref="TpmDeviceException">The TPM could not be reached.</exception>
    public Task<ApplicationKey> LoadApplicationKeyAsync(
        TpmKeyBlob blob, ReadOnlyMemory<byte> authValue, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(blob);
        ThrowIfTooLong(authValue, blob.Public, nameof(authValue));
        return IsRestricted(blob)
            ? Task.FromException<ApplicationKey>(new TpmKeyException(
                $"The blob is of an attestation key: load it with {nameof(LoadAttestationKeyAsync)}.", TpmKeyFault.WrongKind))
            : RunAsync(
                ClientOperation.LoadKey,
                async (channel, cancel) =>
                {
                    ApplicationKey key = new(this, Add(await _keys.LoadAsync(blob, cancel).ConfigureAwait(false), blob, authValue));
                    ClientLog.KeyLoaded(Logger, key.Name, channel.DeviceName);
                    return key;
                },
                cancellationToken);
    }
}
