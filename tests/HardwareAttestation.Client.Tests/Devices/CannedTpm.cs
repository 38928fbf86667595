using System.Net.Sockets;
using System.Net;
using HardwareAttestation.Emulation;

namespace HardwareAttestation.Client.Tests.Devices;

/// <summary>
/// Answers every command with the same response, on threads of its own and without allocating, so that what is allocated in the process
/// is the device's.
/// </summary>
internal sealed class CannedTpm : IDisposable
{
    private static readonly byte[] Response = [0x80, 0x01, 0, 0, 0, 10, 0, 0, 0, 0];

    private readonly Action _dispose;

    private CannedTpm(string deviceString, Action dispose)
    {
        DeviceString = deviceString;
        _dispose = dispose;
    }

    internal string DeviceString { get; }

    public void Dispose() => _dispose();

    internal static CannedTpm AsSimulator()
    {
        (Socket commands, Socket platform) = SimulatorServer.ListenOnNeighbours();
        Start(() => ServeSocket(commands, [0, 0, 0, 10, .. Response, 0, 0, 0, 0]));
        Start(() => ServeSocket(platform, [0, 0, 0, 0]));
        return new CannedTpm($"mssim:host=127.0.0.1,port={((IPEndPoint)commands.LocalEndPoint!).Port}", () =>
        {
            commands.Dispose();
            platform.Dispose();
        });
    }

    internal static CannedTpm AsCharacterDevice()
    {
        PseudoTerminal terminal = new();
        bool disposed = false;
        Thread reader = Start(() =>
        {
            byte[] buffer = new byte[4096];
            while (terminal.Stream.Read(buffer) > 0 && !Volatile.Read(ref disposed))
            {
                terminal.Stream.Write(Response);
            }
        });
        return new CannedTpm($"device:{terminal.DevicePath}", () =>
        {
            Volatile.Write(ref disposed, true);
            terminal.WakeReader();
            reader.Join();
            terminal.Dispose();
        });
    }

    // The device sends what belongs together in one piece, and waits for the answer.
    private static void ServeSocket(Socket listener, byte[] answer)
    {
        try
        {
            using Socket socket = listener.Accept();
            socket.NoDelay = true;
            byte[] buffer = new byte[4096];
            while (socket.Receive(buffer) > 0)
            {
                socket.Send(answer);
            }
        }
        catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
        {
            // The device, or the test, is done.
        }
    }

    private static Thread Start(Action serve)
    {
        Thread thread = new(() => serve()) { IsBackground = true };
        thread.Start();
        return thread;
    }
}
