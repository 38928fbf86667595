using System.Runtime.CompilerServices;
using HardwareAttestation.Client.Commands;
using HardwareAttestation.Client.Sessions;
using HardwareAttestation.Structures;

namespace HardwareAttestation.Client;

/// <summary>Has the TPM hash data and sign the digest: what an agent does at every boot.</summary>
internal readonly struct SignOperation(DataHasher hasher, LoadedKey key, ReadOnlyMemory<byte> data, TpmAlgId hashAlg) : IClientOperation<TpmtSignature>
{
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public async ValueTask<TpmtSignature> RunAsync(TpmChannel channel, CancellationToken cancellationToken)
    {
        HashResponse hash = await hasher.HashAsync(data, hashAlg, cancellationToken).ConfigureAwait(false);
        return await SignAsync(channel, key, hash, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Signs a digest.</summary>
    public static ValueTask<TpmtSignature> SignAsync(TpmChannel channel, LoadedKey key, HashResponse hash, CancellationToken cancellationToken) =>
        key.HasAuthValue
            ? AuthorizeAndSignAsync(channel, key, hash, cancellationToken)
            : SignAsync(channel, key, hash, PasswordAuthorization.Empty, cancellationToken);

    // Apart from the usual case, which needs no closure.
    private static ValueTask<TpmtSignature> AuthorizeAndSignAsync(TpmChannel channel, LoadedKey key, HashResponse hash, CancellationToken cancellationToken) =>
        new(key.AuthorizeAsync(channel, authorization => SignAsync(channel, key, hash, authorization, cancellationToken).AsTask(), cancellationToken));

    private static ValueTask<TpmtSignature> SignAsync(
        TpmChannel channel, LoadedKey key, HashResponse hash, TpmAuthorization authorization, CancellationToken cancellationToken) =>
        channel.ExecuteAsync<SignCommand, TpmtSignature>(new(key.Entity, hash.OutHash, hash.Validation), authorization, cancellationToken);
}
