using HardwareAttestation.Client.Commands;
using HardwareAttestation.Client.Sessions;
using HardwareAttestation.Structures;

namespace HardwareAttestation.Client;

/// <summary>Keeps keys at persistent handles, and never touches what somebody else keeps there (TPM2_EvictControl).</summary>
internal static class PersistentKeys
{
    // Part 2, section 7.2: PERSISTENT_FIRST to the one before PLATFORM_PERSISTENT.
    private const uint FirstOwnerHandle = 0x81000000;
    private const uint LastOwnerHandle = 0x817FFFFF;

    public static void ThrowIfNotOwners(TpmHandle handle)
    {
        if (handle.Value is < FirstOwnerHandle or > LastOwnerHandle)
        {
            throw new ArgumentException($"{handle} is not one of the owner's persistent handles, 0x81000000 to 0x817fffff.", nameof(handle));
        }
    }

    /// <summary>Makes a loaded key persistent.</summary>
    /// <param name="channel">The TPM.</param>
    /// <param name="authorizer">Gives the owner's authorisation.</param>
    /// <param name="key">The key.</param>
    /// <param name="handle">Where it is to be kept.</param>
    /// <param name="bringSaltKey">Brings the key's parent, if the owner has a value to be proved.</param>
    /// <param name="cancellationToken">Cancels.</param>
    /// <exception cref="TpmKeyException">There is another key at the handle, or this key is used from another persistent handle.</exception>
    public static async Task PersistAsync(
        TpmChannel channel,
        Authorizer authorizer,
        LoadedKey key,
        TpmHandle handle,
        Func<CancellationToken, Task<UsableKey>> bringSaltKey,
        CancellationToken cancellationToken)
    {
        if (!await IsThereAsync(channel, key.Blob, handle, cancellationToken).ConfigureAwait(false))
        {
            // A TPM takes the command for one that evicts.
            if (!key.Entity.Handle.IsTransient)
            {
                throw new TpmKeyException(
                    $"TPM device {channel.DeviceName} keeps the key at handle {key.Entity.Handle} already: "
                    + $"take it away from there with {nameof(AttestationClient)}.{nameof(AttestationClient.EvictKeyAsync)} first.",
                    TpmKeyFault.AlreadyPersistent);
            }

            await EvictControlAsync(channel, authorizer, key.Entity, handle, bringSaltKey, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Takes a key away from its handle, if it is there.</summary>
    /// <param name="channel">The TPM.</param>
    /// <param name="authorizer">Gives the owner's authorisation.</param>
    /// <param name="blob">The key's blob.</param>
    /// <param name="handle">Where the blob says that the key is.</param>
    /// <param name="bringSaltKey">Brings the key's parent, if the owner has a value to be proved.</param>
    /// <param name="prove">Done before the key is taken away; throws if the blob is not the key's own.</param>
    /// <param name="cancellationToken">Cancels.</param>
    /// <exception cref="TpmKeyException">There is another key at the handle.</exception>
    public static async Task EvictAsync(
        TpmChannel channel,
        Authorizer authorizer,
        TpmKeyBlob blob,
        TpmHandle handle,
        Func<CancellationToken, Task<UsableKey>> bringSaltKey,
        Func<Task> prove,
        CancellationToken cancellationToken)
    {
        if (await IsThereAsync(channel, blob, handle, cancellationToken).ConfigureAwait(false))
        {
            await prove().ConfigureAwait(false);
            await EvictControlAsync(
                channel, authorizer, new TpmEntity(handle, blob.Name), handle, bringSaltKey, cancellationToken).ConfigureAwait(false);
        }
    }

    private static async Task<bool> IsThereAsync(TpmChannel channel, TpmKeyBlob blob, TpmHandle handle, CancellationToken cancellationToken)
    {
        TpmtPublic? found = await PublicAreaReader.TryReadAsync(channel, handle, cancellationToken).ConfigureAwait(false);
        return found is null || blob.Public.Equals(found)
            ? found is not null
            : throw new TpmKeyException(
                $"TPM device {channel.DeviceName} keeps another key at handle {handle}, which is left alone: choose another handle.",
                TpmKeyFault.HandleInUse);
    }

    private static Task<NoResponse> EvictControlAsync(
        TpmChannel channel,
        Authorizer authorizer,
        TpmEntity key,
        TpmHandle handle,
        Func<CancellationToken, Task<UsableKey>> bringSaltKey,
        CancellationToken cancellationToken) => authorizer.RunAsync(
            TpmHandle.Owner,
            bringSaltKey,
            async owner => await channel.ExecuteAsync<EvictControlCommand, NoResponse>(
                new(key, handle), owner, cancellationToken).ConfigureAwait(false),
            cancellationToken);
}
