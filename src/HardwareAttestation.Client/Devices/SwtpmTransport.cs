using System.Globalization;
using System.Net;

namespace HardwareAttestation.Client;

/// <summary>The data channel of swtpm: bare commands and responses over a Unix domain socket or TCP.</summary>
internal sealed class SwtpmTransport : ITpmTransport
{
    private readonly Func<CancellationToken, ValueTask<TpmSocket>> _connect;

    private SwtpmTransport(string name, Func<CancellationToken, ValueTask<TpmSocket>> connect)
    {
        Name = name;
        _connect = connect;
    }

    public string Name { get; }

    public bool HasResourceManager => false;

    public bool NeedsStartup => true;

    internal static SwtpmTransport Unix(EndPoint endPoint, string path)
    {
        string name = $"swtpm:path={path}";
        return new(name, abort => TpmSocket.ConnectUnixAsync(name, endPoint, path, abort));
    }

    internal static SwtpmTransport Tcp(string host, int port)
    {
        string name = string.Create(CultureInfo.InvariantCulture, $"swtpm:host={host},port={port}");
        return new(name, abort => TpmSocket.ConnectTcpAsync(name, host, port, abort));
    }

    public async ValueTask<TpmLink> ConnectAsync(CancellationToken abort) =>
        new Link(Name, await _connect(abort).ConfigureAwait(false));

    private sealed class Link(string device, TpmSocket socket)
        : SocketTpmLink(device, socket, commandPrefix: 0, responsePrefix: 0, responseSuffix: 0)
    {
        protected override int MeasureReply(ReadOnlySpan<byte> received) =>
            received.Length < TpmHeader.Size ? TpmHeader.Size : TpmHeader.ReadResponseSize(received, Device);
    }
}
