using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace HardwareAttestation.Emulation;

/// <summary>
/// A port of 127.0.0.1 for a server that is to listen there and nowhere else, and may be stopped and started again. As long as it is held, nobody is given it who asks for any free port.
/// </summary>
public sealed class HeldPort : IDisposable
{
    // Linux, asm-generic/socket.h.
    private const int SocketLevel = 1;
    private const int ReuseAddress = 2;

    private readonly Socket _socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);

    /// <summary>Takes a free port.</summary>
    public HeldPort()
    {
        // Bound, and never listening. Linux lets another socket have the same port if it asks for that very one and both may reuse addresses (socket(7)), as those of servers may.
        if (OperatingSystem.IsLinux())
        {
            _socket.SetRawSocketOption(SocketLevel, ReuseAddress, MemoryMarshal.AsBytes<int>([1]));
        }

        _socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        Number = ((IPEndPoint)_socket.LocalEndPoint!).Port;

        // Elsewhere the server would be kept from it as well.
        if (!OperatingSystem.IsLinux())
        {
            _socket.Dispose();
        }
    }

    /// <summary>The port.</summary>
    public int Number { get; }

    /// <summary>Gives it back.</summary>
    public void Dispose() => _socket.Dispose();
}
