using System.Net;
using System.Net.Sockets;
using System.Runtime.CompilerServices;

namespace HardwareAttestation.Client;

/// <summary>A stream socket to an emulated TPM: without the delays of TCP, and with failures in words.</summary>
internal sealed class TpmSocket : IDisposable
{
    // Linux, netinet/tcp.h.
    private const int TcpLevel = 6;
    private const int TcpQuickAck = 12;

    private readonly string _device;
    private readonly Socket _socket;
    private readonly bool _acknowledgesQuickly;

    private TpmSocket(string device, Socket socket, bool isTcp)
    {
        _device = device;
        _socket = socket;
        _acknowledgesQuickly = isTcp && OperatingSystem.IsLinux();
    }

    internal static async ValueTask<TpmSocket> ConnectTcpAsync(string device, string host, int port, CancellationToken abort)
    {
        Socket socket = new(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(host, port, abort).ConfigureAwait(false);
            return new TpmSocket(device, socket, isTcp: true);
        }
        catch (SocketException exception)
        {
            socket.Dispose();
            string message = exception.SocketErrorCode switch
            {
                SocketError.ConnectionRefused => $"nothing listens at {host}, port {port}. Start the emulator, or correct the device string.",
                SocketError.HostNotFound or SocketError.NoData or SocketError.TryAgain =>
                    $"the host {host} is not known. Correct the device string, or the name resolution.",
                _ => $"connecting to {host}, port {port} failed: {exception.Message}. Check that the emulator runs and can be reached.",
            };
            throw new TpmDeviceException(device, message, exception);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    internal static async ValueTask<TpmSocket> ConnectUnixAsync(string device, EndPoint endPoint, string path, CancellationToken abort)
    {
        Socket socket = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            await socket.ConnectAsync(endPoint, abort).ConfigureAwait(false);
            return new TpmSocket(device, socket, isTcp: false);
        }
        catch (SocketException exception)
        {
            socket.Dispose();
            string message = exception.SocketErrorCode switch
            {
                SocketError.AccessDenied => $"this user may not write to {path}. Change its permissions, or run as the user that the emulator runs as.",
                _ when !File.Exists(path) => $"there is no socket at {path}. Start the emulator, or correct the device string.",
                SocketError.ConnectionRefused => $"nothing listens at {path}. Start the emulator, or correct the device string.",
                _ => $"connecting to {path} failed: {exception.Message}. Check that it is the data socket of a running emulator.",
            };
            throw new TpmDeviceException(device, message, exception);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    /// <summary>Sends all bytes. What has come in before is of no exchange: the link is out of step then, and nothing is sent.</summary>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    internal async ValueTask SendAsync(ReadOnlyMemory<byte> bytes, CancellationToken abort)
    {
        try
        {
            if (_socket.Available != 0)
            {
                throw new TpmDeviceException(
                    _device, "the TPM had sent bytes that belong to no command. The command was not sent; the next one connects anew.");
            }

            // A stream socket sends everything or throws.
            await _socket.SendAsync(bytes, SocketFlags.None, abort).ConfigureAwait(false);
        }
        catch (SocketException exception)
        {
            throw Broken(exception);
        }
    }

    /// <summary>Receives what there is, at least one byte.</summary>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    internal async ValueTask<int> ReceiveAsync(Memory<byte> buffer, CancellationToken abort)
    {
        try
        {
            // The simulator answers in several small writes and waits for our acknowledgement of each; the kernel forgets this option by itself.
            if (_acknowledgesQuickly)
            {
                _socket.SetRawSocketOption(TcpLevel, TcpQuickAck, [1, 0, 0, 0]);
            }

            int count = await _socket.ReceiveAsync(buffer, SocketFlags.None, abort).ConfigureAwait(false);
            return count > 0 ? count : throw Broken(null);
        }
        catch (SocketException exception)
        {
            throw Broken(exception);
        }
    }

    public void Dispose() => _socket.Dispose();

    private TpmDeviceException Broken(SocketException? cause)
    {
        string reason = cause is null ? string.Empty : $" ({cause.Message})";
        return new TpmDeviceException(
            _device,
            $"the other end closed the link before the response was in{reason}. Check that the emulator still runs; the next command connects anew.",
            cause);
    }
}
