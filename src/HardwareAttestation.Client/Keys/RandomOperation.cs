using System.Runtime.CompilerServices;
using HardwareAttestation.Client.Commands;
using HardwareAttestation.Client.Sessions;
using HardwareAttestation.Structures;

namespace HardwareAttestation.Client;

/// <summary>Gets random bytes, in as many commands as it takes.</summary>
internal readonly struct RandomOperation(int count) : IClientOperation<byte[]>
{
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public async ValueTask<byte[]> RunAsync(TpmChannel channel, CancellationToken cancellationToken)
    {
        byte[] part = await GetPartAsync(channel, count, cancellationToken).ConfigureAwait(false);
        if (part.Length == count)
        {
            return part;
        }

        byte[] all = new byte[count];
        int position = 0;
        while (part.Length > 0 && part.Length < count - position)
        {
            part.CopyTo(all, position);
            position += part.Length;
            part = await GetPartAsync(channel, count - position, cancellationToken).ConfigureAwait(false);
        }

        if (part.Length != count - position)
        {
            throw new TpmDeviceException(channel.DeviceName, $"the TPM was asked for {count - position} random bytes, and gave {part.Length}.");
        }

        part.CopyTo(all, position);
        return all;
    }

    private static ValueTask<byte[]> GetPartAsync(TpmChannel channel, int count, CancellationToken cancellationToken) =>
        channel.ExecuteAsync<GetRandomCommand, byte[]>(new((ushort)Math.Min(count, TpmHash.MaximumDigestSize)), cancellationToken);
}
