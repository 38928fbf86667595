using System.Security.Cryptography;
using HardwareAttestation.Client.Commands;
using HardwareAttestation.Client.Sessions;
using HardwareAttestation.Structures;

namespace HardwareAttestation.Client;

/// <summary>
/// A signing key of an application, loaded in the TPM: it never leaves it, and signs whatever the application gives it. An attestation key certifies it with
/// <see cref="AttestationKey.CertifyAsync"/>, so that a server knows in which TPM it is. Disposing flushes it from the TPM; the key itself lives on in its <see cref="Blob"/>.
/// </summary>
/// <remarks>
/// Safe to share between threads. After it or its client was disposed, each method that asks the TPM answers <see cref="ObjectDisposedException"/>.
/// Disposing twice is harmless.
/// </remarks>
public sealed class ApplicationKey : IAsyncDisposable
{
    private readonly AttestationClient _client;

    internal ApplicationKey(AttestationClient client, LoadedKey loaded)
    {
        _client = client;
        Loaded = loaded;
    }

    /// <summary>What to keep on disk, to have the key after a reboot.</summary>
    public TpmKeyBlob Blob => Loaded.Blob;

    /// <summary>The public area.</summary>
    public TpmtPublic Public => Blob.Public;

    /// <summary>The Name, computed from <see cref="Public"/>.</summary>
    public TpmName Name => Blob.Name;

    internal LoadedKey Loaded { get; }

    /// <summary>Signs data by the key's scheme: it is hashed here, and the digest signed by the TPM (TPM2_Sign).</summary>
    /// <param name="data">What to sign, of any length.</param>
    /// <param name="cancellationToken">Cancels.</param>
    /// <returns>The signature.</returns>
    /// <exception cref="TpmCommandException">The TPM refused.</exception>
    /// <exception cref="TpmDeviceException">The TPM could not be reached.</exception>
    /// <exception cref="TpmKeyException">The TPM lost the key, and its blob cannot be loaded any more; or its parent cannot be used.</exception>
    /// <exception cref="EndorsementKeyException">The numbers of the endorsement key that the TPM gives are not those of a key.</exception>
    public Task<TpmtSignature> SignAsync(ReadOnlyMemory<byte> data, CancellationToken cancellationToken = default) =>
        SignDigestCoreAsync(TpmHash.HashData(Public.Scheme.HashAlg, data.Span), cancellationToken);

    /// <summary>
    /// Signs what a stream gives, from where it stands to its end, as <see cref="SignAsync(ReadOnlyMemory{byte}, CancellationToken)"/> does. The client is free for others until
    /// it is read.
    /// </summary>
    /// <param name="data">The stream, which stays open.</param>
    /// <param name="cancellationToken">Cancels.</param>
    /// <returns>The signature.</returns>
    /// <exception cref="ArgumentException">The stream cannot be read.</exception>
    /// <exception cref="IOException">Reading the stream failed; it may also throw what else its kind throws.</exception>
    /// <exception cref="TpmCommandException">The TPM refused.</exception>
    /// <exception cref="TpmDeviceException">The TPM could not be reached.</exception>
    /// <exception cref="TpmKeyException">The TPM lost the key, and its blob cannot be loaded any more; or its parent cannot be used.</exception>
    /// <exception cref="EndorsementKeyException">The numbers of the endorsement key that the TPM gives are not those of a key.</exception>
    public Task<TpmtSignature> SignAsync(Stream data, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(data);
        return data.CanRead
            ? SignStreamAsync(data, cancellationToken)
            : throw new ArgumentException("The stream cannot be read: it is closed, or for writing only.", nameof(data));
    }

    /// <summary>Signs a digest by the key's scheme (TPM2_Sign).</summary>
    /// <param name="digest">The digest, of the key's hash algorithm.</param>
    /// <param name="cancellationToken">Cancels.</param>
    /// <returns>The signature.</returns>
    /// <exception cref="ArgumentException">The digest is not as long as those of the key's hash algorithm.</exception>
    /// <exception cref="TpmCommandException">The TPM refused.</exception>
    /// <exception cref="TpmDeviceException">The TPM could not be reached.</exception>
    /// <exception cref="TpmKeyException">The TPM lost the key, and its blob cannot be loaded any more; or its parent cannot be used.</exception>
    /// <exception cref="EndorsementKeyException">The numbers of the endorsement key that the TPM gives are not those of a key.</exception>
    public Task<TpmtSignature> SignDigestAsync(ReadOnlyMemory<byte> digest, CancellationToken cancellationToken = default)
    {
        TpmHash.TryGetDigestSize(Public.Scheme.HashAlg, out int size);
        return digest.Length == size
            ? SignDigestCoreAsync(digest, cancellationToken)
            : throw new ArgumentException($"A digest of the key's hash algorithm has {size} bytes, and {digest.Length} were given.", nameof(digest));
    }

    /// <inheritdoc cref="AttestationKey.PersistAsync"/>
    public Task<TpmKeyBlob> PersistAsync(TpmHandle handle, CancellationToken cancellationToken = default)
    {
        PersistentKeys.ThrowIfNotOwners(handle);
        return RunAsync(ClientOperation.PersistKey, (_, cancel) => _client.PersistAsync(Loaded, handle, cancel), cancellationToken);
    }

    /// <summary>Flushes the key from the TPM, after whatever the client is doing.</summary>
    /// <returns>A task that ends when the key is flushed.</returns>
    public ValueTask DisposeAsync() => _client.UnloadAsync(Loaded);

    private Task<TpmtSignature> SignDigestCoreAsync(ReadOnlyMemory<byte> digest, CancellationToken cancellationToken) => RunAsync(
        ClientOperation.Sign,
        (channel, cancel) => Loaded.AuthorizeAsync(
            channel,
            async authorization => await channel.ExecuteAsync<SignCommand, TpmtSignature>(
                new(Loaded.Entity, digest, TpmtTkHashCheck.Null), authorization, cancel).ConfigureAwait(false),
            cancel),
        cancellationToken);

    private async Task<TpmtSignature> SignStreamAsync(Stream data, CancellationToken cancellationToken)
    {
        byte[] digest = await CryptographicOperations.HashDataAsync(TpmHash.GetName(Public.Scheme.HashAlg), data, cancellationToken).ConfigureAwait(false);
        return await SignDigestCoreAsync(digest, cancellationToken).ConfigureAwait(false);
    }

    private Task<T> RunAsync<T>(string name, Func<TpmChannel, CancellationToken, Task<T>> operation, CancellationToken cancellationToken) =>
        Loaded.RunAsync(this, name, operation, cancellationToken);
}
