using System.Net;
using System.Net.Sockets;
using System.Text;

namespace HardwareAttestation.FleetLoad.Hostile;

/// <summary>A connection on which anything may be said.</summary>
internal sealed class RawConnection : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private readonly Socket _socket;

    private RawConnection(Socket socket) => _socket = socket;

    public static async Task<RawConnection> OpenAsync(Uri server, IPAddress source)
    {
        Socket socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            socket.Bind(new IPEndPoint(source, 0));
            await socket.ConnectAsync(server.Host, server.Port).ConfigureAwait(false);
            return new RawConnection(socket);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    public Task SendAsync(string text) => SendAsync(Encoding.ASCII.GetBytes(text));

    public async Task SendAsync(ReadOnlyMemory<byte> bytes)
    {
        while (!bytes.IsEmpty)
        {
            bytes = bytes[await _socket.SendAsync(bytes).ConfigureAwait(false)..];
        }
    }

    /// <summary>The status that the server answers with, or <c>closed</c>, or <c>no answer</c>.</summary>
    public async Task<string> ReadStatusAsync()
    {
        using CancellationTokenSource end = new(Patience);
        byte[] buffer = new byte[1024];
        try
        {
            int count = await _socket.ReceiveAsync(buffer, end.Token).ConfigureAwait(false);
            string[] words = Encoding.ASCII.GetString(buffer, 0, count).Split(' ', 3);
            return words.Length > 1 ? words[1] : "closed";
        }
        catch (SocketException)
        {
            return "closed";
        }
        catch (OperationCanceledException)
        {
            return "no answer";
        }
    }

    public void Dispose() => _socket.Dispose();
}
