using System.Net;
using System.Net.Sockets;
using HardwareAttestation.Emulation;

namespace HardwareAttestation.Client.Tests.Devices;

/// <summary>A relay that speaks as swtpm's data channel does: bare commands and responses, over a Unix socket or TCP.</summary>
internal sealed class SwtpmRelay : TpmRelay
{
    private readonly Socket _listener;
    private readonly DirectoryInfo? _folder;
    private readonly Task _serving;

    private SwtpmRelay(EmulatedMachine machine, Socket listener, string deviceString, DirectoryInfo? folder)
        : base(machine)
    {
        _listener = listener;
        _folder = folder;
        DeviceString = deviceString;
        listener.Listen();
        _serving = ServeAsync(listener, ServeAsync);
    }

    internal override string DeviceString { get; }

    public override async ValueTask DisposeAsync()
    {
        _listener.Dispose();
        await _serving;
        _folder?.Delete(recursive: true);
    }

    internal static SwtpmRelay OnUnixSocket(EmulatedMachine machine)
    {
        DirectoryInfo folder = Directory.CreateTempSubdirectory("relay-");
        string path = Path.Combine(folder.FullName, "tpm.sock");
        Socket listener = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        listener.Bind(new UnixDomainSocketEndPoint(path));
        return new SwtpmRelay(machine, listener, $"swtpm:path={path}", folder);
    }

    internal static SwtpmRelay OnTcp(EmulatedMachine machine)
    {
        Socket listener = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        return new SwtpmRelay(machine, listener, $"swtpm:host=127.0.0.1,port={((IPEndPoint)listener.LocalEndPoint!).Port}", folder: null);
    }

    private async Task ServeAsync(NetworkStream stream)
    {
        while (true)
        {
            RelayReply reply = await AnswerAsync(await ReadCommandAsync(stream));
            await WriteAsync(stream, reply.Sent, reply);
            if (reply.BreaksOffAfter is not null)
            {
                return;
            }

            reply.WhenSent?.Invoke();
        }
    }
}
