using System.Net.Sockets;
using HardwareAttestation.Emulation;

namespace HardwareAttestation.Interoperability.Tests.CommandLine;

/// <summary>Stands between hwattest and an emulated TPM, and has its responses say something else.</summary>
internal sealed class RewritingSocket : IAsyncDisposable
{
    private const int MostBytes = 4096;
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("hwa-sock-");
    private readonly Socket _listener = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
    private readonly CancellationTokenSource _end = new();
    private readonly EmulatedMachine _machine;
    private readonly byte[] _said;
    private readonly byte[] _told;
    private readonly Task _serving;

    /// <param name="machine">The machine with the TPM.</param>
    /// <param name="said">What the TPM says.</param>
    /// <param name="told">What is passed on in its place; as long.</param>
    public RewritingSocket(EmulatedMachine machine, byte[] said, byte[] told)
    {
        _machine = machine;
        _said = said;
        _told = told;
        string path = Path.Combine(_folder.FullName, "tpm.sock");
        _listener.Bind(new UnixDomainSocketEndPoint(path));
        _listener.Listen();
        DeviceString = $"swtpm:path={path}";
        _serving = ServeAsync();
    }

    public string DeviceString { get; }

    public async ValueTask DisposeAsync()
    {
        await _end.CancelAsync();
        _listener.Dispose();
        await _serving;
        _end.Dispose();
        _folder.Delete(recursive: true);
    }

    private async Task ServeAsync()
    {
        try
        {
            while (true)
            {
                using Socket client = await _listener.AcceptAsync(_end.Token);
                byte[] buffer = new byte[MostBytes];

                // One send is one command: the client writes each in one piece.
                for (int size; (size = await client.ReceiveAsync(buffer, _end.Token)) > 0;)
                {
                    byte[] response = await _machine.SendCommandAsync(buffer.AsMemory(0, size), _end.Token);
                    int position = response.AsSpan().IndexOf(_said);
                    if (position >= 0)
                    {
                        _told.CopyTo(response, position);
                    }

                    await client.SendAsync(response, _end.Token);
                }
            }
        }
        catch (OperationCanceledException)
        {
            // The test has ended.
        }
    }
}
