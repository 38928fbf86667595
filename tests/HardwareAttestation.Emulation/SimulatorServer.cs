using System.Buffers.Binary;
using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;

namespace HardwareAttestation.Emulation;

/// <summary>
/// A relay that speaks as Microsoft's TPM simulator does: commands at one port, platform signals at the next, and each answer in three
/// writes. What it cannot do is power: the TPM behind it is always on.
/// </summary>
internal sealed class SimulatorServer : TpmRelay
{
    private const uint SendCommand = 8;
    private const uint SessionEnd = 20;
    private const int PortAttempts = 50;
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    private readonly Socket _commandListener;
    private readonly Socket _platformListener;
    private readonly Task _serving;
    private readonly ConcurrentQueue<uint> _platformSignals = new();
    private readonly TaskCompletionSource _commandSessionEnded = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _platformSessionEnded = new(TaskCreationOptions.RunContinuationsAsynchronously);

    internal SimulatorServer(EmulatedMachine machine)
        : base(machine)
    {
        (_commandListener, _platformListener) = ListenOnNeighbours();
        Port = ((IPEndPoint)_commandListener.LocalEndPoint!).Port;
        _serving = Task.WhenAll(ServeAsync(_commandListener, ServeCommandsAsync), ServeAsync(_platformListener, ServePlatformAsync));
    }

    internal override string DeviceString => $"mssim:host=127.0.0.1,port={Port}";

    internal int Port { get; }

    /// <summary>The signals that have come to the platform port, in their order.</summary>
    internal IReadOnlyList<uint> PlatformSignals => [.. _platformSignals];

    /// <summary>What platform signals are answered with.</summary>
    internal uint PlatformAcknowledgement { get; set; }

    /// <summary>What stands after a response.</summary>
    internal uint CommandAcknowledgement { get; set; }

    /// <summary>What stands before a response, if not its size.</summary>
    internal uint? AnnouncedSize { get; set; }

    /// <summary>Ends when a client has ended its session at the port of the commands.</summary>
    internal Task CommandSessionEnded => _commandSessionEnded.Task.WaitAsync(Patience);

    /// <summary>Ends when a client has ended its session at the platform port.</summary>
    internal Task PlatformSessionEnded => _platformSessionEnded.Task.WaitAsync(Patience);

    public override async ValueTask DisposeAsync()
    {
        _commandListener.Dispose();
        _platformListener.Dispose();
        await _serving;
    }

    /// <summary>Two listeners at a free port and the one after it.</summary>
    internal static (Socket Commands, Socket Platform) ListenOnNeighbours()
    {
        for (int attempt = 1; ; attempt++)
        {
            Socket commands = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            Socket platform = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            try
            {
                commands.Bind(new IPEndPoint(IPAddress.Loopback, 0));
                platform.Bind(new IPEndPoint(IPAddress.Loopback, ((IPEndPoint)commands.LocalEndPoint!).Port + 1));
                commands.Listen();
                platform.Listen();
                return (commands, platform);
            }
            catch (Exception exception) when (exception is SocketException or ArgumentOutOfRangeException && attempt < PortAttempts)
            {
                commands.Dispose();
                platform.Dispose();
            }
        }
    }

    private async Task ServeCommandsAsync(NetworkStream stream)
    {
        while (true)
        {
            uint word = await ReadUInt32Async(stream);
            if (word != SendCommand)
            {
                if (word == SessionEnd)
                {
                    _commandSessionEnded.TrySetResult();
                }

                return;
            }

            await stream.ReadExactlyAsync(new byte[1]);
            byte[] command = new byte[await ReadUInt32Async(stream)];
            await stream.ReadExactlyAsync(command);

            RelayReply reply = await AnswerAsync(command);
            await WriteAsync(stream, BigEndian(AnnouncedSize ?? (uint)reply.Response.Length), reply);
            await WriteAsync(stream, reply.Sent, reply);
            if (reply.BreaksOffAfter is not null)
            {
                return;
            }

            await WriteAsync(stream, BigEndian(CommandAcknowledgement), reply);
            reply.WhenSent?.Invoke();
        }
    }

    private async Task ServePlatformAsync(NetworkStream stream)
    {
        while (true)
        {
            uint signal = await ReadUInt32Async(stream);
            _platformSignals.Enqueue(signal);
            if (signal == SessionEnd)
            {
                _platformSessionEnded.TrySetResult();
                return;
            }

            await stream.WriteAsync(BigEndian(PlatformAcknowledgement));
        }
    }

    private static async Task<uint> ReadUInt32Async(NetworkStream stream)
    {
        byte[] bytes = new byte[sizeof(uint)];
        await stream.ReadExactlyAsync(bytes);
        return BinaryPrimitives.ReadUInt32BigEndian(bytes);
    }

    private static byte[] BigEndian(uint value)
    {
        byte[] bytes = new byte[sizeof(uint)];
        BinaryPrimitives.WriteUInt32BigEndian(bytes, value);
        return bytes;
    }
}
