using System.Security.Cryptography;
using HardwareAttestation.Client.Commands;
using HardwareAttestation.Structures;

namespace HardwareAttestation.Client.Sessions;

/// <summary>Holds the authorisation values of a TPM, and authorises what they allow.</summary>
internal sealed class Authorizer
{
    private readonly TpmChannel _channel;
    private readonly byte[] _owner;
    private readonly byte[] _endorsement;
    private readonly byte[] _endorsementKey;
    private readonly byte[] _storageRootKey;

    public Authorizer(TpmChannel channel, TpmAuthValues? values)
    {
        _channel = channel;
        _owner = values?.Owner.ToArray() ?? [];
        _endorsement = values?.Endorsement.ToArray() ?? [];
        _endorsementKey = values?.EndorsementKey.ToArray() ?? [];
        _storageRootKey = values?.StorageRootKey.ToArray() ?? [];
        UsesEndorsementKeyPolicy = values?.UseEndorsementKeyPolicy ?? false;
    }

    public ReadOnlyMemory<byte> EndorsementKey => _endorsementKey;

    public ReadOnlyMemory<byte> StorageRootKey => _storageRootKey;

    public bool UsesEndorsementKeyPolicy { get; }

    /// <summary>The value of the endorsement hierarchy.</summary>
    public ReadOnlyMemory<byte> Endorsement => _endorsement;

    /// <summary>
    /// Runs an operation that a hierarchy must authorise. An empty value is given as a password, which tells nobody anything; any other is proved by HMAC in a session
    /// that is salted to a key which the TPM makes for it, since there may be none yet that can be had without the value.
    /// </summary>
    /// <param name="hierarchy">The owner or the endorsement hierarchy.</param>
    /// <param name="operation">What to do with the authorisation.</param>
    /// <param name="cancellationToken">Cancels.</param>
    public Task<T> RunAsync<T>(TpmHandle hierarchy, Func<TpmAuthorization, Task<T>> operation, CancellationToken cancellationToken) =>
        RunAsync(hierarchy, CreateSaltKeyAsync, operation, cancellationToken);

    /// <summary>Runs an operation that a hierarchy must authorise, where there is a key of which the Name is known: nobody can put another in its place.</summary>
    /// <param name="hierarchy">The owner or the endorsement hierarchy.</param>
    /// <param name="bringSaltKey">Brings the key, if it is needed; it is disposed of here.</param>
    /// <param name="operation">What to do with the authorisation.</param>
    /// <param name="cancellationToken">Cancels.</param>
    public async Task<T> RunAsync<T>(
        TpmHandle hierarchy,
        Func<CancellationToken, Task<UsableKey>> bringSaltKey,
        Func<TpmAuthorization, Task<T>> operation,
        CancellationToken cancellationToken)
    {
        if (ValueOf(hierarchy).IsEmpty)
        {
            return await operation(PasswordAuthorization.Empty).ConfigureAwait(false);
        }

        // Only the salt needs the key: its slot is for what the operation makes.
        TpmSession session;
        UsableKey saltKey = await bringSaltKey(cancellationToken).ConfigureAwait(false);
        await using (saltKey.ConfigureAwait(false))
        {
            session = await TpmSession.StartSaltedAsync(_channel, saltKey, TpmSe.Hmac, cancellationToken).ConfigureAwait(false);
        }

        return await RunAsync(session, ValueOf(hierarchy), operation).ConfigureAwait(false);
    }

    /// <summary>Runs an operation that a hierarchy must authorise, where a key is at hand; it stays its owner's.</summary>
    public async Task<T> RunAsync<T>(
        TpmHandle hierarchy, UsableKey saltKey, Func<TpmAuthorization, Task<T>> operation, CancellationToken cancellationToken)
    {
        ReadOnlyMemory<byte> value = ValueOf(hierarchy);
        if (value.IsEmpty)
        {
            return await operation(PasswordAuthorization.Empty).ConfigureAwait(false);
        }

        TpmSession session = await TpmSession.StartSaltedAsync(_channel, saltKey, TpmSe.Hmac, cancellationToken).ConfigureAwait(false);
        return await RunAsync(session, value, operation).ConfigureAwait(false);
    }

    public void Clear()
    {
        CryptographicOperations.ZeroMemory(_owner);
        CryptographicOperations.ZeroMemory(_endorsement);
        CryptographicOperations.ZeroMemory(_endorsementKey);
        CryptographicOperations.ZeroMemory(_storageRootKey);
    }

    private static async Task<T> RunAsync<T>(TpmSession session, ReadOnlyMemory<byte> value, Func<TpmAuthorization, Task<T>> operation)
    {
        await using (session.ConfigureAwait(false))
        {
            return await operation(session.For(value, encrypts: false)).ConfigureAwait(false);
        }
    }

    private ReadOnlyMemory<byte> ValueOf(TpmHandle hierarchy) => hierarchy == TpmHandle.Owner ? _owner : _endorsement;

    // A storage key of the null hierarchy, which everybody may create.
    private async Task<UsableKey> CreateSaltKeyAsync(CancellationToken cancellationToken)
    {
        CreatePrimaryResponse created = await _channel.ExecuteAsync<CreatePrimaryCommand, CreatePrimaryResponse>(
            new(TpmHandle.Null, StorageKeyTemplates.Ecc), PasswordAuthorization.Empty, cancellationToken).ConfigureAwait(false);
        return new UsableKey(_channel, KeyRole.Salt, created.ObjectHandle, created.OutPublic);
    }
}
