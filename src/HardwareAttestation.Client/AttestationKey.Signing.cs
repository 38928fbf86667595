using HardwareAttestation.Client.Commands;
using HardwareAttestation.Structures;

namespace HardwareAttestation.Client;

/// <content>Signing data that the TPM has hashed itself.</content>
public sealed partial class AttestationKey
{
    /// <summary>
    /// Signs data by the key's scheme (TPM2_Sign). The TPM hashes it: up to 1024 bytes in one command (TPM2_Hash), more in as many as it takes
    /// (TPM2_HashSequenceStart, TPM2_SequenceUpdate, TPM2_SequenceComplete).
    /// </summary>
    /// <param name="data">
    /// What to sign, of any length; do not change it meanwhile. The TPM refuses data that begins with TPM_GENERATED_VALUE (FF 54 43 47), so that nobody
    /// can have an attestation signed that the TPM did not make.
    /// </param>
    /// <param name="cancellationToken">Cancels.</param>
    /// <returns>The signature.</returns>
    /// <exception cref="TpmCommandException">The TPM refused.</exception>
    /// <exception cref="TpmDeviceException">The TPM could not be reached.</exception>
    /// <exception cref="TpmKeyException">The TPM lost the key, and its blob cannot be loaded any more; or its parent cannot be used.</exception>
    /// <exception cref="EndorsementKeyException">The numbers of the endorsement key that the TPM gives are not those of a key.</exception>
    public Task<TpmtSignature> SignAsync(ReadOnlyMemory<byte> data, CancellationToken cancellationToken = default) =>
        _loaded.RunAsync<SignOperation, TpmtSignature>(this, ClientOperation.Sign, new(_client.Hasher, _loaded, data, SchemeHash), cancellationToken);

    /// <summary>Signs what a stream gives, from where it stands to its end, as <see cref="SignAsync(ReadOnlyMemory{byte}, CancellationToken)"/> does.</summary>
    /// <param name="data">
    /// The stream, which stays open. It is read in small parts; the client does nothing else until its end, so that one that waits for somebody should be
    /// read into memory or a file first.
    /// </param>
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
            ? RunAsync(
                ClientOperation.Sign,
                async (channel, cancel) =>
                {
                    HashResponse hash = await _client.Hasher.HashAsync(data, SchemeHash, cancel).ConfigureAwait(false);
                    return await SignOperation.SignAsync(channel, _loaded, hash, cancel).ConfigureAwait(false);
                },
                cancellationToken)
            : throw new ArgumentException("The stream cannot be read: it is closed, or for writing only.", nameof(data));
    }
}
