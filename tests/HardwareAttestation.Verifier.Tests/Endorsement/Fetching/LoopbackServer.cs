using System.Net;
using System.Net.Sockets;
using System.Text;

namespace HardwareAttestation.Verifier.Tests.Endorsement.Fetching;

/// <summary>Answers each request as a test says, one for each connection.</summary>
internal sealed class LoopbackServer : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stopping = new();
    private readonly Dictionary<string, byte[]> _answers = new(StringComparer.Ordinal);
    private readonly Task _running;

    public LoopbackServer()
    {
        _listener.Start();
        _running = RunAsync();
    }

    public List<string> Requests { get; } = [];

    public List<string> Headers { get; } = [];

    public void Put(string path, string status, byte[] body, string header = "Server: test") =>
        PutRaw(path, [.. Encoding.ASCII.GetBytes($"HTTP/1.1 {status}\r\n{header}\r\nContent-Length: {body.Length}\r\nConnection: close\r\n\r\n"), .. body]);

    public void PutRaw(string path, byte[] answer) => _answers[path] = answer;

    public HttpClient CreateClient(SocketsHttpHandler handler)
    {
        Lead(handler);
        return new HttpClient(handler);
    }

    /// <summary>Leads every name here.</summary>
    public void Lead(SocketsHttpHandler handler)
    {
        handler.UseProxy = false;
        handler.ConnectCallback = async (_, cancellationToken) =>
        {
            Socket socket = new(SocketType.Stream, ProtocolType.Tcp);
            try
            {
                await socket.ConnectAsync(_listener.LocalEndpoint, cancellationToken);
                return new NetworkStream(socket, ownsSocket: true);
            }
            catch
            {
                socket.Dispose();
                throw;
            }
        };
    }

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        _listener.Dispose();
        await _running;
        _stopping.Dispose();
    }

    private async Task RunAsync()
    {
        try
        {
            while (true)
            {
                using TcpClient connection = await _listener.AcceptTcpClientAsync(_stopping.Token);
                await AnswerAsync(connection.GetStream());
            }
        }
        catch (OperationCanceledException)
        {
            // The test has ended.
        }
    }

    private async Task AnswerAsync(NetworkStream stream)
    {
        using StreamReader reader = new(stream, Encoding.ASCII, leaveOpen: true);
        string? request = await reader.ReadLineAsync(_stopping.Token);
        while (await reader.ReadLineAsync(_stopping.Token) is { Length: > 0 } header)
        {
            Headers.Add(header);
        }

        string path = request?.Split(' ')[1] ?? string.Empty;
        Requests.Add(path);
        try
        {
            await stream.WriteAsync(_answers.GetValueOrDefault(path, "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"u8.ToArray()), _stopping.Token);
        }
        catch (IOException)
        {
            // Whoever asked has heard enough.
        }
    }
}
