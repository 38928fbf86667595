using HardwareAttestation.Emulation;

namespace HardwareAttestation.FleetLoad.Processes;

/// <summary>A server that is started again at the same address each time that it was killed.</summary>
internal sealed class ServerSlot : IAsyncDisposable
{
    private readonly ServerSetup _setup;
    private readonly HeldPort _port;
    private FleetServerProcess _server;

    private ServerSlot(ServerSetup setup, HeldPort port, FleetServerProcess server)
    {
        _setup = setup;
        _port = port;
        _server = server;
        Address = server.Address;
    }

    public Uri Address { get; }

    public FleetServerProcess Server => _server;

    /// <summary>The operators' token, where the server sees it: it may have a disk of its own.</summary>
    public string OperatorToken => File.ReadAllText($"/proc/{_server.ProcessId}/root{_server.DataFolder}/operator.token").Trim();

    public static async Task<ServerSlot> StartAsync(ServerSetup setup)
    {
        HeldPort port = new();
        try
        {
            return new ServerSlot(setup, port, await setup.StartAsync(port.Number).ConfigureAwait(false));
        }
        catch
        {
            port.Dispose();
            throw;
        }
    }

    /// <summary>Kills the server with SIGKILL and starts it again, as often as it takes: a server may refuse to start without its database.</summary>
    public async Task KillAndStartAsync()
    {
        await _server.DisposeAsync().ConfigureAwait(false);
        const int Attempts = 20;
        for (int attempt = 1; ; attempt++)
        {
            try
            {
                _server = await _setup.StartAsync(_port.Number).ConfigureAwait(false);
                return;
            }
            catch (EmulationException) when (attempt < Attempts)
            {
                // As systemd does with Restart=on-failure: again after a moment.
                await Task.Delay(TimeSpan.FromMilliseconds(200)).ConfigureAwait(false);
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync().ConfigureAwait(false);
        _port.Dispose();
    }
}
