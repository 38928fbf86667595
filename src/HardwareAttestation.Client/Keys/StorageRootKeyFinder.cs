using HardwareAttestation.Client.Commands;
using HardwareAttestation.Client.Sessions;
using HardwareAttestation.Structures;

namespace HardwareAttestation.Client;

/// <summary>Brings the TPM's storage root key to where commands can use it: the one at its usual handle, or else one that is made each time.</summary>
internal sealed class StorageRootKeyFinder
{
    private static readonly TpmHandle PersistentHandle = new(0x81000001);
    private readonly TpmChannel _channel;
    private readonly Authorizer _authorizer;

    public StorageRootKeyFinder(TpmChannel channel, Authorizer authorizer)
    {
        _channel = channel;
        _authorizer = authorizer;
    }

    /// <summary>Brings the storage root key that new keys are created under. Whoever asks disposes of it.</summary>
    /// <param name="saltKey">A key that the owner's value can be proved by, which stays its owner's.</param>
    /// <param name="cancellationToken">Cancels.</param>
    public async Task<UsableKey> UseAsync(UsableKey saltKey, CancellationToken cancellationToken)
    {
        TpmtPublic? persistent = await PublicAreaReader.TryReadAsync(_channel, PersistentHandle, cancellationToken).ConfigureAwait(false);
        if (persistent is not null && StorageKeyTemplates.IsParent(persistent))
        {
            return new UsableKey(_channel, KeyRole.StorageRoot, PersistentHandle, persistent);
        }

        return await _authorizer.RunAsync(
            TpmHandle.Owner, saltKey, owner => CreateAsync(StorageKeyTemplates.Ecc, owner, cancellationToken), cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Brings the key that is the parent of key files which name the owner hierarchy. Whoever asks disposes of it.</summary>
    /// <param name="saltKey">A key that the owner's value can be proved by, which stays its owner's.</param>
    /// <param name="cancellationToken">Cancels.</param>
    public Task<UsableKey> UseParentOfKeyFilesAsync(UsableKey saltKey, CancellationToken cancellationToken) => _authorizer.RunAsync(
        TpmHandle.Owner, saltKey, owner => CreateAsync(StorageKeyTemplates.EccOfKeyFiles, owner, cancellationToken), cancellationToken);

    /// <summary>Brings a certain storage root key. Whoever asks disposes of it.</summary>
    /// <returns>The key, or null if the TPM does not have it any more.</returns>
    public async Task<UsableKey?> UseAsync(TpmtPublic publicArea, CancellationToken cancellationToken)
    {
        if (await PublicAreaReader.IsAtAsync(_channel, PersistentHandle, publicArea, cancellationToken).ConfigureAwait(false))
        {
            return new UsableKey(_channel, KeyRole.StorageRoot, PersistentHandle, publicArea);
        }

        return await TryCreateAsync(StorageKeyTemplates.Of(publicArea), publicArea, cancellationToken).ConfigureAwait(false)
            ?? (publicArea.Type == TpmAlgId.Ecc
                ? await TryCreateAsync(StorageKeyTemplates.WithEmptyPoint(publicArea), publicArea, cancellationToken).ConfigureAwait(false)
                : null);
    }

    /// <summary>The authorisation value of the key: one that is made each time has none.</summary>
    public ReadOnlyMemory<byte> AuthValueOf(UsableKey key) => key.Handle == PersistentHandle ? _authorizer.StorageRootKey : default;

    private async Task<UsableKey?> TryCreateAsync(TpmtPublic template, TpmtPublic wanted, CancellationToken cancellationToken)
    {
        UsableKey created = await _authorizer.RunAsync(
            TpmHandle.Owner, owner => CreateAsync(template, owner, cancellationToken), cancellationToken).ConfigureAwait(false);
        if (created.Public.Equals(wanted))
        {
            return created;
        }

        await created.DisposeAsync().ConfigureAwait(false);
        return null;
    }

    private async Task<UsableKey> CreateAsync(TpmtPublic template, TpmAuthorization owner, CancellationToken cancellationToken)
    {
        CreatePrimaryResponse created = await _channel.ExecuteAsync<CreatePrimaryCommand, CreatePrimaryResponse>(
            new(TpmHandle.Owner, template), owner, cancellationToken).ConfigureAwait(false);
        return new UsableKey(_channel, KeyRole.StorageRoot, created.ObjectHandle, created.OutPublic);
    }
}
