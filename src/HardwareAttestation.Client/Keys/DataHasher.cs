using System.Buffers;
using HardwareAttestation.Client.Commands;
using HardwareAttestation.Client.Sessions;
using HardwareAttestation.Structures;

namespace HardwareAttestation.Client;

/// <summary>
/// Has the TPM hash data of any length, with a ticket for a restricted key of the endorsement hierarchy: in one command what fits into one, the rest by
/// a sequence (TPM 2.0 Library, Part 3, section 17).
/// </summary>
/// <remarks>Who uses it holds the client's gate.</remarks>
internal sealed class DataHasher
{
    // What every TPM takes at once, and the most that its commands hold here beside the header, a handle and a password.
    private const int LeastBuffer = 1024;
    private const int MostBuffer = 4000;
    private readonly TpmChannel _channel;
    private int? _buffer;

    public DataHasher(TpmChannel channel) => _channel = channel;

    public ValueTask<HashResponse> HashAsync(ReadOnlyMemory<byte> data, TpmAlgId hashAlg, CancellationToken cancellationToken) =>
        data.Length <= LeastBuffer ? HashAtOnceAsync(data, hashAlg, cancellationToken) : new(HashLongAsync(data, hashAlg, cancellationToken));

    /// <summary>Hashes what a stream gives to its end.</summary>
    public async Task<HashResponse> HashAsync(Stream data, TpmAlgId hashAlg, CancellationToken cancellationToken)
    {
        int size = await GetBufferAsync(cancellationToken).ConfigureAwait(false);
        byte[] rented = ArrayPool<byte>.Shared.Rent(size);
        try
        {
            // Always filled up: of a first part that is too short, a TPM cannot say whether it begins with TPM_GENERATED_VALUE.
            Memory<byte> buffer = rented.AsMemory(0, size);
            int count = await FillAsync(data, buffer, cancellationToken).ConfigureAwait(false);
            if (count < size)
            {
                return await HashAtOnceAsync(buffer[..count], hashAlg, cancellationToken).ConfigureAwait(false);
            }

            HashSequence sequence = await HashSequence.StartAsync(_channel, hashAlg, cancellationToken).ConfigureAwait(false);
            await using (sequence.ConfigureAwait(false))
            {
                while (count == size)
                {
                    await sequence.UpdateAsync(buffer, cancellationToken).ConfigureAwait(false);
                    count = await FillAsync(data, buffer, cancellationToken).ConfigureAwait(false);
                }

                return await sequence.CompleteAsync(buffer[..count], cancellationToken).ConfigureAwait(false);
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(rented, clearArray: true);
        }
    }

    private async Task<HashResponse> HashLongAsync(ReadOnlyMemory<byte> data, TpmAlgId hashAlg, CancellationToken cancellationToken)
    {
        int buffer = await GetBufferAsync(cancellationToken).ConfigureAwait(false);
        if (data.Length <= buffer)
        {
            return await HashAtOnceAsync(data, hashAlg, cancellationToken).ConfigureAwait(false);
        }

        HashSequence sequence = await HashSequence.StartAsync(_channel, hashAlg, cancellationToken).ConfigureAwait(false);
        await using (sequence.ConfigureAwait(false))
        {
            for (; data.Length > buffer; data = data[buffer..])
            {
                await sequence.UpdateAsync(data[..buffer], cancellationToken).ConfigureAwait(false);
            }

            return await sequence.CompleteAsync(data, cancellationToken).ConfigureAwait(false);
        }
    }

    private static ValueTask<int> FillAsync(Stream data, Memory<byte> buffer, CancellationToken cancellationToken) =>
        data.ReadAtLeastAsync(buffer, buffer.Length, throwOnEndOfStream: false, cancellationToken);

    private ValueTask<HashResponse> HashAtOnceAsync(ReadOnlyMemory<byte> data, TpmAlgId hashAlg, CancellationToken cancellationToken) =>
        _channel.ExecuteAsync<HashCommand, HashResponse>(new(data, hashAlg, TpmHandle.Endorsement), cancellationToken);

    private async Task<int> GetBufferAsync(CancellationToken cancellationToken) =>
        _buffer ??= await QueryBufferAsync(cancellationToken).ConfigureAwait(false);

    private async Task<int> QueryBufferAsync(CancellationToken cancellationToken) =>
        await TpmProperty.QueryAsync(_channel, TpmPt.InputBuffer, cancellationToken).ConfigureAwait(false) is { } size and >= LeastBuffer and <= MostBuffer
            ? (int)size
            : LeastBuffer;
}
