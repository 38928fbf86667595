using System.Runtime.CompilerServices;

namespace HardwareAttestation.Client;

/// <summary>A link over a stream socket. What is around command and response is the matter of the protocol.</summary>
internal abstract class SocketTpmLink : TpmLink
{
    private readonly TpmSocket _socket;
    private readonly int _commandPrefix;
    private readonly int _responsePrefix;
    private readonly int _responseSuffix;
    private readonly byte[] _request;
    private readonly byte[] _reply;

    /// <summary>Initializes the link, which owns the socket from now on.</summary>
    protected SocketTpmLink(string device, TpmSocket socket, int commandPrefix, int responsePrefix, int responseSuffix)
    {
        Device = device;
        _socket = socket;
        _commandPrefix = commandPrefix;
        _responsePrefix = responsePrefix;
        _responseSuffix = responseSuffix;
        _request = new byte[commandPrefix + TpmHeader.MaxSize];
        _reply = new byte[responsePrefix + TpmHeader.MaxSize + responseSuffix];
    }

    /// <summary>The canonical device string, for messages.</summary>
    protected string Device { get; }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    internal override async ValueTask<Memory<byte>> ExchangeAsync(ReadOnlyMemory<byte> command, CancellationToken abort)
    {
        // In one piece, so that no part of it waits for the acknowledgement of another.
        WriteCommandPrefix(_request, command.Length);
        command.CopyTo(_request.AsMemory(_commandPrefix));
        await _socket.SendAsync(_request.AsMemory(0, _commandPrefix + command.Length), abort).ConfigureAwait(false);

        int received = 0;
        int expected;
        while (received < (expected = MeasureReply(_reply.AsSpan(0, received))))
        {
            received += await _socket.ReceiveAsync(_reply.AsMemory(received), abort).ConfigureAwait(false);
        }

        if (received > expected)
        {
            throw new TpmDeviceException(Device, $"{received - expected} more bytes came back than the size field of the TPM's response says.");
        }

        CheckReply(_reply.AsSpan(0, received));
        return _reply.AsMemory(_responsePrefix, received - _responsePrefix - _responseSuffix);
    }

    internal override async ValueTask CloseAsync(CancellationToken abort)
    {
        try
        {
            await SayGoodbyeAsync(_socket, abort).ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is TpmDeviceException or OperationCanceledException)
        {
            // The other end has left before: that is as good a goodbye.
        }

        Drop();
    }

    internal override void Drop() => _socket.Dispose();

    /// <summary>Writes what stands before a command.</summary>
    protected virtual void WriteCommandPrefix(Span<byte> prefix, int commandLength)
    {
    }

    /// <summary>How many bytes the reply has with all that is around it, or as many more as are needed to know.</summary>
    /// <exception cref="TpmDeviceException">What has come so far is not the beginning of a reply.</exception>
    protected abstract int MeasureReply(ReadOnlySpan<byte> received);

    /// <summary>Checks what stands around the response in a complete reply.</summary>
    protected virtual void CheckReply(ReadOnlySpan<byte> reply)
    {
    }

    /// <summary>Tells the other end that nothing more will come.</summary>
    protected virtual ValueTask SayGoodbyeAsync(TpmSocket socket, CancellationToken abort) => ValueTask.CompletedTask;
}
