using System.Security.Cryptography;
using HardwareAttestation.Client.Commands;
using HardwareAttestation.Client.Sessions;

namespace HardwareAttestation.Client;

/// <summary>A signing key of this client that is in the TPM, with what it takes to use it.</summary>
/// <remarks>But for <see cref="RunAsync{T}"/>, who calls holds the client's gate.</remarks>
internal sealed class LoadedKey
{
    private readonly AttestationClient _client;
    private readonly byte[] _authValue;
    private KeyHandle _handle;
    private bool _disposed;

    public LoadedKey(AttestationClient client, KeyHandle handle, AttestationKeyBlob blob, ReadOnlySpan<byte> authValue)
    {
        _client = client;
        _handle = handle;
        _authValue = authValue.ToArray();
        Blob = blob;
    }

    public AttestationKeyBlob Blob { get; private set; }

    public TpmEntity Entity => new(_handle.Handle, Blob.Name);

    public ReadOnlyMemory<byte> AuthValue => _authValue;

    /// <summary>Runs an operation with the key, when it is the client's turn.</summary>
    /// <param name="owner">The public face of this key, for <see cref="ObjectDisposedException"/>.</param>
    /// <param name="operation">What to do.</param>
    /// <param name="cancellationToken">Cancels.</param>
    public Task<T> RunAsync<T>(object owner, Func<TpmChannel, CancellationToken, Task<T>> operation, CancellationToken cancellationToken) =>
        _client.RunAsync(
            async (channel, cancel) =>
            {
                await ThrowIfLostAsync(owner, channel, cancel).ConfigureAwait(false);
                return await operation(channel, cancel).ConfigureAwait(false);
            },
            cancellationToken);

    public async Task ThrowIfLostAsync(object owner, TpmChannel channel, CancellationToken cancellationToken)
    {
        ObjectDisposedException.ThrowIf(_disposed, owner);
        if (!await _handle.IsLoadedAsync(channel, cancellationToken).ConfigureAwait(false))
        {
            throw new AttestationKeyException(
                $"TPM device {channel.DeviceName} failed after the key was loaded, and no longer holds it: load it again from its blob.");
        }
    }

    /// <summary>
    /// Runs an operation that this key must authorise. An empty value is given as a password, which tells nobody anything; any other is proved by HMAC in a session
    /// that is salted to the key's parent.
    /// </summary>
    public async Task<T> AuthorizeAsync<T>(TpmChannel channel, Func<TpmAuthorization, Task<T>> operation, CancellationToken cancellationToken)
    {
        if (_authValue.Length == 0)
        {
            return await operation(PasswordAuthorization.Empty).ConfigureAwait(false);
        }

        UsableKey parent = await _client.UseParentAsync(Blob, cancellationToken).ConfigureAwait(false);
        await using (parent.ConfigureAwait(false))
        {
            TpmSession session = await TpmSession.StartSaltedAsync(channel, parent, TpmSe.Hmac, cancellationToken).ConfigureAwait(false);
            await using (session.ConfigureAwait(false))
            {
                return await operation(session.For(_authValue, encrypts: false)).ConfigureAwait(false);
            }
        }
    }

    /// <summary>Goes over to a persistent handle, where the key is now.</summary>
    public async Task MoveAsync(TpmChannel channel, KeyHandle persistent)
    {
        await _handle.FlushAsync(channel, _client.Logger).ConfigureAwait(false);
        _handle = persistent;
        Blob = Blob.At(persistent.Handle);
    }

    /// <summary>Flushes the key, if it is transient and was not flushed yet.</summary>
    public async Task FlushAsync(TpmChannel channel)
    {
        if (!_disposed)
        {
            _disposed = true;
            CryptographicOperations.ZeroMemory(_authValue);
            await _handle.FlushAsync(channel, _client.Logger).ConfigureAwait(false);
        }
    }
}
