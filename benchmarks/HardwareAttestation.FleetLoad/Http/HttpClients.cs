using System.Net;
using System.Net.Sockets;

namespace HardwareAttestation.FleetLoad.Http;

/// <summary>Clients of a server on this machine, from any of the loopback network's addresses.</summary>
internal static class HttpClients
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    /// <param name="server">The server's address.</param>
    /// <param name="source">The address that connections come from, of 127.0.0.0/8; null for 127.0.0.1.</param>
    /// <param name="operatorToken">For the calls of operators.</param>
    /// <param name="patience">How long an answer is waited for.</param>
    public static HttpClient Create(Uri server, IPAddress? source = null, string? operatorToken = null, TimeSpan? patience = null)
    {
        SocketsHttpHandler handler = new() { ConnectCallback = (context, cancellationToken) => ConnectAsync(context.DnsEndPoint, source, cancellationToken) };
        HttpClient client = new(handler) { BaseAddress = server, Timeout = patience ?? Patience };
        if (operatorToken is not null)
        {
            client.DefaultRequestHeaders.Authorization = new("Bearer", operatorToken);
        }

        return client;
    }

    private static async ValueTask<Stream> ConnectAsync(DnsEndPoint server, IPAddress? source, CancellationToken cancellationToken)
    {
        Socket socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            socket.Bind(new IPEndPoint(source ?? IPAddress.Loopback, 0));
            await socket.ConnectAsync(server.Host, server.Port, cancellationToken).ConfigureAwait(false);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }
}
