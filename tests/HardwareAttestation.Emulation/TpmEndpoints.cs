using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;

namespace HardwareAttestation.Emulation;

/// <summary>Where one emulated TPM listens: for commands of the TPM, and for those of its emulator.</summary>
internal sealed record TpmEndpoints(
    EmulatedTransport Transport, EndPoint Commands, EndPoint Control, string DeviceString, IReadOnlyList<string> Arguments)
{
    // Below the ports that systems give to outgoing connections, so that only other listeners compete for them.
    private const int FirstPort = 10_000;
    private const int LastPort = 32_000;

    /// <summary>Sockets in a folder. The control channel's name is the one that TCTI libraries expect.</summary>
    public static TpmEndpoints InFolder(string folder)
    {
        string path = Path.Combine(folder, "tpm.sock");
        string control = path + ".ctrl";
        return new TpmEndpoints(
            EmulatedTransport.UnixSocket,
            new UnixDomainSocketEndPoint(path),
            new UnixDomainSocketEndPoint(control),
            $"swtpm:path={path}",
            ["--server", $"type=unixio,path={path}", "--ctrl", $"type=unixio,path={control}"]);
    }

    /// <summary>Two neighbouring TCP ports that are free now. Another process may still take them first.</summary>
    public static TpmEndpoints OnFreePorts()
    {
        int port;
        do
        {
            port = RandomNumberGenerator.GetInt32(FirstPort, LastPort);
        }
        while (!IsFree(port) || !IsFree(port + 1));

        string commandPort = port.ToString(CultureInfo.InvariantCulture);
        string controlPort = (port + 1).ToString(CultureInfo.InvariantCulture);
        return new TpmEndpoints(
            EmulatedTransport.Tcp,
            new IPEndPoint(IPAddress.Loopback, port),
            new IPEndPoint(IPAddress.Loopback, port + 1),
            $"swtpm:host=127.0.0.1,port={commandPort}",
            ["--server", $"type=tcp,port={commandPort},bindaddr=127.0.0.1", "--ctrl", $"type=tcp,port={controlPort},bindaddr=127.0.0.1"]);
    }

    /// <summary>Removes the sockets that a killed emulator leaves behind.</summary>
    public void Remove()
    {
        if (Transport == EmulatedTransport.UnixSocket)
        {
            File.Delete(Commands.ToString()!);
            File.Delete(Control.ToString()!);
        }
    }

    /// <summary>Opens a connection to one of the two.</summary>
    public static async Task<Socket> ConnectAsync(EndPoint endPoint, CancellationToken cancellationToken)
    {
        Socket socket = endPoint is UnixDomainSocketEndPoint
            ? new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified)
            : new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(endPoint, cancellationToken).ConfigureAwait(false);
            return socket;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private static bool IsFree(int port)
    {
        try
        {
            using Socket probe = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            probe.Bind(new IPEndPoint(IPAddress.Loopback, port));
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
