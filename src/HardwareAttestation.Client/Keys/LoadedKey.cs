using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using HardwareAttestation.Client.Commands;
using HardwareAttestation.Client.Sessions;
using HardwareAttestation.Structures;

namespace HardwareAttestation.Client;

/// <summary>
/// A signing key of this client with what it takes to use it. It is in the TPM, but for when another key needed its slot, or the TPM lost it: then it is loaded again
/// before it is used.
/// </summary>
/// <remarks>But for <see cref="RunAsync{T}"/>, who calls holds the client's gate.</remarks>
internal sealed class LoadedKey
{
    private readonly AttestationClient _client;
    private readonly byte[] _authValue;
    private KeyHandle _handle;
    private bool _isInTpm = true;
    private bool _isInUse;
    private bool _disposed;

    public LoadedKey(AttestationClient client, KeyHandle handle, TpmKeyBlob blob, ReadOnlySpan<byte> authValue)
    {
        _client = client;
        _handle = handle;
        _authValue = authValue.ToArray();
        Blob = blob;
    }

    public TpmKeyBlob Blob { get; private set; }

    public TpmEntity Entity => new(_handle.Handle, Blob.Name);

    public ReadOnlyMemory<byte> AuthValue => _authValue;

    /// <summary>Whether the key could make room for another: it fills a slot, and the operation that runs does not need it.</summary>
    public bool CanMakeRoom => _isInTpm && !_isInUse && _handle.Handle.IsTransient;

    public bool IsOf(AttestationClient client) => _client == client;

    /// <summary>Whether the key has an authorisation value, which a session must prove.</summary>
    public bool HasAuthValue => _authValue.Length > 0;

    /// <summary>Runs an operation with the key, when it is the client's turn.</summary>
    /// <param name="owner">The public face of this key, for <see cref="ObjectDisposedException"/>.</param>
    /// <param name="name">One of <see cref="ClientOperation"/>.</param>
    /// <param name="operation">What to do.</param>
    /// <param name="cancellationToken">Cancels.</param>
    public Task<T> RunAsync<T>(
        object owner, string name, Func<TpmChannel, CancellationToken, Task<T>> operation, CancellationToken cancellationToken) =>
        RunAsync<FunctionOperation<T>, T>(owner, name, new FunctionOperation<T>(operation), cancellationToken);

    /// <inheritdoc cref="RunAsync{T}(object, string, Func{TpmChannel, CancellationToken, Task{T}}, CancellationToken)"/>
    public Task<T> RunAsync<TOperation, T>(object owner, string name, TOperation operation, CancellationToken cancellationToken)
        where TOperation : struct, IClientOperation<T> =>
        _client.RunAsync<UsingOperation<TOperation, T>, T>(name, new(this, owner, operation), cancellationToken);

    /// <summary>Sees to it that the key is in the TPM, and stays there while an operation runs.</summary>
    public Task<T> UseAsync<T>(object owner, TpmChannel channel, Func<Task<T>> operation, CancellationToken cancellationToken) =>
        new UsingOperation<FunctionOperation<T>, T>(this, owner, new((_, _) => operation())).RunAsync(channel, cancellationToken).AsTask();

    /// <summary>Leaves the key's slot to another.</summary>
    public async Task MakeRoomAsync(TpmChannel channel)
    {
        _isInTpm = false;
        await _handle.FlushAsync(channel, _client.Logger).ConfigureAwait(false);
    }

    /// <summary>
    /// Runs an operation that this key must authorise. An empty value is given as a password, which tells nobody anything; any other is proved by HMAC in a session
    /// that is salted to the key's parent.
    /// </summary>
    public async Task<T> AuthorizeAsync<T>(TpmChannel channel, Func<TpmAuthorization, Task<T>> operation, CancellationToken cancellationToken)
    {
        if (!HasAuthValue)
        {
            return await operation(PasswordAuthorization.Empty).ConfigureAwait(false);
        }

        // Only the salt needs the parent: a slot that it fills is for what the operation makes.
        TpmSession session;
        UsableKey parent = await _client.UseParentAsync(Blob, cancellationToken).ConfigureAwait(false);
        await using (parent.ConfigureAwait(false))
        {
            session = await TpmSession.StartSaltedAsync(channel, parent, TpmSe.Hmac, cancellationToken).ConfigureAwait(false);
        }

        await using (session.ConfigureAwait(false))
        {
            return await operation(session.For(_authValue, encrypts: false)).ConfigureAwait(false);
        }
    }

    /// <summary>Runs an operation that two keys must authorise, both by sessions that are salted to the parent of the second, for there may be no slot for two parents.</summary>
    public static Task<T> AuthorizeAsync<T>(
        TpmChannel channel, LoadedKey first, LoadedKey second, Func<Authorizations, Task<T>> operation, CancellationToken cancellationToken)
    {
        if (first._authValue.Length == 0)
        {
            return second.AuthorizeAsync(channel, one => operation(new(PasswordAuthorization.Empty, one)), cancellationToken);
        }

        return second._authValue.Length == 0
            ? first.AuthorizeAsync(channel, one => operation(new(one, PasswordAuthorization.Empty)), cancellationToken)
            : AuthorizeBothAsync(channel, first, second, operation, cancellationToken);
    }

    /// <summary>Goes over to a persistent handle, where the key is now.</summary>
    public async Task MoveAsync(TpmChannel channel, KeyHandle persistent)
    {
        await _handle.FlushAsync(channel, _client.Logger).ConfigureAwait(false);
        _handle = persistent;
        Blob = Blob.At(persistent.Handle);
    }

    /// <summary>Notes that a key is no longer at a persistent handle: if it is this one, it is loaded from its private part when it is used again.</summary>
    public void Leave(TpmName name, TpmHandle handle)
    {
        if (Blob.PersistentHandle == handle && Blob.Name.Equals(name))
        {
            Blob = Blob.At(null);
            _isInTpm &= _handle.Handle != handle;
        }
    }

    /// <summary>Flushes the key, if it is transient and was not flushed yet.</summary>
    public ValueTask FlushAsync(TpmChannel channel)
    {
        if (_disposed)
        {
            return ValueTask.CompletedTask;
        }

        _disposed = true;
        CryptographicOperations.ZeroMemory(_authValue);
        return _isInTpm ? _handle.FlushAsync(channel, _client.Logger) : ValueTask.CompletedTask;
    }

    private static async Task<T> AuthorizeBothAsync<T>(
        TpmChannel channel, LoadedKey first, LoadedKey second, Func<Authorizations, Task<T>> operation, CancellationToken cancellationToken)
    {
        UsableKey parent = await second._client.UseParentAsync(second.Blob, cancellationToken).ConfigureAwait(false);
        await using (parent.ConfigureAwait(false))
        {
            TpmSession one = await TpmSession.StartSaltedAsync(channel, parent, TpmSe.Hmac, cancellationToken).ConfigureAwait(false);
            await using (one.ConfigureAwait(false))
            {
                TpmSession other = await TpmSession.StartSaltedAsync(channel, parent, TpmSe.Hmac, cancellationToken).ConfigureAwait(false);
                await using (other.ConfigureAwait(false))
                {
                    Authorizations authorizations = new(one.For(first._authValue, encrypts: false), other.For(second._authValue, encrypts: false));
                    return await operation(authorizations).ConfigureAwait(false);
                }
            }
        }
    }

    // Sees to it that the key is in the TPM, and stays there while an operation runs.
    private readonly struct UsingOperation<TOperation, T>(LoadedKey key, object owner, TOperation operation) : IClientOperation<T>
        where TOperation : struct, IClientOperation<T>
    {
        [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
        public async ValueTask<T> RunAsync(TpmChannel channel, CancellationToken cancellationToken)
        {
            ObjectDisposedException.ThrowIf(key._disposed, owner);
            key._client.Touch(key);
            key._isInUse = true;
            try
            {
                if (!key._isInTpm || !await key._handle.IsLoadedAsync(channel, cancellationToken).ConfigureAwait(false))
                {
                    key._isInTpm = false;
                    key._handle = await key._client.ReloadAsync(key, cancellationToken).ConfigureAwait(false);
                    key._isInTpm = true;
                }

                return await operation.RunAsync(channel, cancellationToken).ConfigureAwait(false);
            }
            finally
            {
                key._isInUse = false;
            }
        }
    }
}
