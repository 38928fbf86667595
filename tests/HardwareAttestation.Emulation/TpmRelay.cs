using System.Buffers.Binary;
using System.Collections.Concurrent;
using System.Net.Sockets;

namespace HardwareAttestation.Emulation;

/// <summary>
/// Stands between a device and a real, emulated TPM. It speaks the device's transport, writes down the commands, and can do to a response
/// what no emulator does on request: hold it back, break off in it, change it.
/// </summary>
internal abstract class TpmRelay : IAsyncDisposable
{
    private const uint StartupCommand = 0x144;
    private const int HeaderSize = 10;

    private readonly EmulatedMachine _machine;
    private readonly SemaphoreSlim _tpm = new(1, 1);
    private readonly ConcurrentQueue<byte[]> _commands = new();
    private readonly ConcurrentQueue<Func<byte[], Task<RelayReply>>> _deeds = new();

    protected TpmRelay(EmulatedMachine machine)
    {
        _machine = machine;
    }

    /// <summary>Where a device finds the relay.</summary>
    internal abstract string DeviceString { get; }

    /// <summary>The commands that have come, in their order, without TPM2_Startup.</summary>
    internal IReadOnlyList<byte[]> Commands => [.. _commands.Where(command => CommandCode(command) != StartupCommand)];

    /// <summary>How often TPM2_Startup has come.</summary>
    internal int Startups => _commands.Count(command => CommandCode(command) == StartupCommand);

    /// <summary>What TPM2_Startup is answered with, if not with what the TPM says.</summary>
    internal byte[]? StartupResponse { get; set; }

    public abstract ValueTask DisposeAsync();

    /// <summary>Holds the response to the next command back.</summary>
    internal HeldResponse HoldNext()
    {
        HeldResponse held = new();
        _deeds.Enqueue(response => held.WaitAsync(response));
        return held;
    }

    /// <summary>Sends something else than the response to the next command.</summary>
    internal void ChangeNext(Func<byte[], byte[]> change, Action? whenSent = null) =>
        _deeds.Enqueue(response => Task.FromResult(new RelayReply(change(response)) { IsFaulty = true, WhenSent = whenSent }));

    /// <summary>Breaks the link after so many bytes of the response to the next command.</summary>
    internal void BreakOffNext(int afterBytes) =>
        _deeds.Enqueue(response => Task.FromResult(new RelayReply(response) { BreaksOffAfter = afterBytes, IsFaulty = true }));

    /// <summary>Sends the response to the next command byte by byte.</summary>
    internal void SendNextInPieces() =>
        _deeds.Enqueue(response => Task.FromResult(new RelayReply(response) { InPieces = true }));

    /// <summary>Has the TPM run a command, and does to its response what was asked for.</summary>
    protected async Task<RelayReply> AnswerAsync(byte[] command)
    {
        _commands.Enqueue(command);
        bool isStartup = CommandCode(command) == StartupCommand;
        if (isStartup && StartupResponse is { } other)
        {
            return new RelayReply(other);
        }

        await _tpm.WaitAsync();
        byte[] response;
        try
        {
            response = await _machine.SendCommandAsync(command);
        }
        finally
        {
            _tpm.Release();
        }

        return !isStartup && _deeds.TryDequeue(out Func<byte[], Task<RelayReply>>? deed) ? await deed(response) : new RelayReply(response);
    }

    /// <summary>Reads a command as it stands, without framing.</summary>
    protected static async Task<byte[]> ReadCommandAsync(Stream stream)
    {
        byte[] header = new byte[HeaderSize];
        await stream.ReadExactlyAsync(header);
        byte[] command = new byte[BinaryPrimitives.ReadInt32BigEndian(header.AsSpan(2))];
        header.CopyTo(command, 0);
        await stream.ReadExactlyAsync(command.AsMemory(HeaderSize));
        return command;
    }

    /// <summary>Writes bytes as the reply wants it.</summary>
    protected static async Task WriteAsync(Stream stream, byte[] bytes, RelayReply reply)
    {
        if (!reply.InPieces)
        {
            await stream.WriteAsync(bytes);
            return;
        }

        foreach (byte piece in bytes)
        {
            await stream.WriteAsync(new[] { piece });
            await Task.Yield();
        }
    }

    /// <summary>Accepts connections and serves each, until the listener is closed.</summary>
    protected static async Task ServeAsync(Socket listener, Func<NetworkStream, Task> serve)
    {
        ConcurrentDictionary<Socket, Task> connections = new();
        try
        {
            while (true)
            {
                Socket socket = await listener.AcceptAsync();
                connections[socket] = ServeConnectionAsync(socket, serve);
            }
        }
        catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
        {
            // The relay was disposed.
        }

        foreach (Socket socket in connections.Keys)
        {
            socket.Dispose();
        }
    }

    private static async Task ServeConnectionAsync(Socket socket, Func<NetworkStream, Task> serve)
    {
        try
        {
            await using NetworkStream stream = new(socket, ownsSocket: true);
            await serve(stream);
        }
        catch (Exception exception) when (exception is IOException or SocketException or ObjectDisposedException)
        {
            // The device has dropped the link, or the relay was disposed.
        }
    }

    private static uint CommandCode(byte[] command) => BinaryPrimitives.ReadUInt32BigEndian(command.AsSpan(sizeof(ushort) + sizeof(uint)));
}
