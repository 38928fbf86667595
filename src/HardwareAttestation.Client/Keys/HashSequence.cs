using HardwareAttestation.Client.Commands;
using HardwareAttestation.Client.Sessions;
using HardwareAttestation.Structures;

namespace HardwareAttestation.Client;

/// <summary>A hash sequence object in the TPM. Completing it removes it; disposing flushes one that was not completed.</summary>
/// <remarks>
/// Its authorisation value is empty, and sent in the clear: no secret is involved. Somebody on the bus who changes the data changes the digest, and then
/// the signature is not one over the data that the verifier expects. He gains no signature by it either: he could have the TPM hash and sign on his own.
/// </remarks>
internal sealed class HashSequence : IAsyncDisposable
{
    private readonly TpmChannel _channel;
    private readonly TpmHandle _handle;
    private bool _completed;

    private HashSequence(TpmChannel channel, TpmHandle handle)
    {
        _channel = channel;
        _handle = handle;
    }

    public static async Task<HashSequence> StartAsync(TpmChannel channel, TpmAlgId hashAlg, CancellationToken cancellationToken) => new(
        channel,
        await channel.ExecuteAsync<HashSequenceStartCommand, TpmHandle>(new(hashAlg), cancellationToken).ConfigureAwait(false));

    public async Task UpdateAsync(ReadOnlyMemory<byte> data, CancellationToken cancellationToken) =>
        await _channel.ExecuteAsync<SequenceUpdateCommand, NoResponse>(
            new(_handle, data), PasswordAuthorization.Empty, cancellationToken).ConfigureAwait(false);

    public async Task<HashResponse> CompleteAsync(ReadOnlyMemory<byte> data, CancellationToken cancellationToken)
    {
        HashResponse hash = await _channel.ExecuteAsync<SequenceCompleteCommand, HashResponse>(
            new(_handle, data, TpmHandle.Endorsement), PasswordAuthorization.Empty, cancellationToken).ConfigureAwait(false);
        _completed = true;
        _channel.Forget(_handle);
        return hash;
    }

    public ValueTask DisposeAsync() => _completed ? ValueTask.CompletedTask : _channel.FlushAsync(_handle);
}
