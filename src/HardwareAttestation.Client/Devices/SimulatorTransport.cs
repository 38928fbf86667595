using System.Buffers.Binary;
using System.Globalization;

namespace HardwareAttestation.Client;

/// <summary>
/// The TCP protocol of Microsoft's TPM simulator (<c>TpmTcpProtocol.h</c> of the TPM 2.0 reference implementation): commands go to one port,
/// the signals of the platform (power, NV) to the one after it. Numbers are 32 bits, big-endian; a zero acknowledges.
/// </summary>
internal sealed class SimulatorTransport(string host, int port) : ITpmTransport
{
    private const uint SignalPowerOn = 1;
    private const uint SendCommand = 8;
    private const uint SignalNvOn = 11;
    private const uint SessionEnd = 20;

    public string Name { get; } = string.Create(CultureInfo.InvariantCulture, $"mssim:host={host},port={port}");

    public bool HasResourceManager => false;

    public bool NeedsStartup => true;

    public async ValueTask<TpmLink> ConnectAsync(CancellationToken abort)
    {
        TpmSocket commands = await TpmSocket.ConnectTcpAsync(Name, host, port, abort).ConfigureAwait(false);
        try
        {
            await PowerOnAsync(abort).ConfigureAwait(false);
            return new Link(Name, commands);
        }
        catch
        {
            commands.Dispose();
            throw;
        }
    }

    // The simulator serves one connection at a time at its platform port. It is left at once to whoever switches the power.
    private async ValueTask PowerOnAsync(CancellationToken abort)
    {
        using TpmSocket platform = await TpmSocket.ConnectTcpAsync(Name, host, port + 1, abort).ConfigureAwait(false);
        await SignalAsync(platform, SignalPowerOn, abort).ConfigureAwait(false);
        await SignalAsync(platform, SignalNvOn, abort).ConfigureAwait(false);
        await SendAsync(platform, SessionEnd, abort).ConfigureAwait(false);
    }

    private static ValueTask SendAsync(TpmSocket socket, uint word, CancellationToken abort)
    {
        byte[] bytes = new byte[sizeof(uint)];
        BinaryPrimitives.WriteUInt32BigEndian(bytes, word);
        return socket.SendAsync(bytes, abort);
    }

    private async ValueTask SignalAsync(TpmSocket platform, uint signal, CancellationToken abort)
    {
        await SendAsync(platform, signal, abort).ConfigureAwait(false);
        byte[] bytes = new byte[sizeof(uint)];
        for (int received = 0; received < bytes.Length;)
        {
            received += await platform.ReceiveAsync(bytes.AsMemory(received), abort).ConfigureAwait(false);
        }

        uint acknowledgement = BinaryPrimitives.ReadUInt32BigEndian(bytes);
        if (acknowledgement != 0)
        {
            throw new TpmDeviceException(
                Name,
                $"port {port + 1} answered the platform signal {signal} with {acknowledgement} and not with 0. Check that a simulator of Microsoft's protocol listens there.");
        }
    }

    private sealed class Link(string device, TpmSocket commands)
        : SocketTpmLink(device, commands, CommandPrefix, responsePrefix: sizeof(uint), responseSuffix: sizeof(uint))
    {
        // TPM_SEND_COMMAND, locality (1 byte), size.
        private const int CommandPrefix = sizeof(uint) + 1 + sizeof(uint);

        protected override void WriteCommandPrefix(Span<byte> prefix, int commandLength)
        {
            BinaryPrimitives.WriteUInt32BigEndian(prefix, SendCommand);
            prefix[sizeof(uint)] = 0;
            BinaryPrimitives.WriteInt32BigEndian(prefix[(sizeof(uint) + 1)..], commandLength);
        }

        protected override int MeasureReply(ReadOnlySpan<byte> received)
        {
            if (received.Length < sizeof(uint))
            {
                return sizeof(uint);
            }

            uint announced = BinaryPrimitives.ReadUInt32BigEndian(received);
            if (announced is < TpmHeader.Size or > TpmHeader.MaxSize)
            {
                throw new TpmDeviceException(
                    Device, $"the simulator announced {announced} bytes, and TPM responses have {TpmHeader.Size} to {TpmHeader.MaxSize}.");
            }

            return sizeof(uint) + (int)announced + sizeof(uint);
        }

        protected override void CheckReply(ReadOnlySpan<byte> reply)
        {
            uint acknowledgement = BinaryPrimitives.ReadUInt32BigEndian(reply[^sizeof(uint)..]);
            if (acknowledgement != 0)
            {
                throw new TpmDeviceException(Device, $"the simulator ended its answer with {acknowledgement} and not with 0.");
            }
        }

        protected override ValueTask SayGoodbyeAsync(TpmSocket socket, CancellationToken abort) => SendAsync(socket, SessionEnd, abort);
    }
}
