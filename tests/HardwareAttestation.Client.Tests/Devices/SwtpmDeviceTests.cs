using System.Net;
using System.Net.Sockets;
using HardwareAttestation.Emulation;

namespace HardwareAttestation.Client.Tests.Devices;

/// <summary>What swtpm itself does over a Unix socket; the contract it keeps as the TPM that nobody has chosen.</summary>
public sealed class SwtpmUnixSocketDeviceTests : IAsyncLifetime
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);
    private EmulatedMachine? _machine;

    private EmulatedMachine Machine => _machine ?? throw new InvalidOperationException("The test has not begun.");

    public async Task InitializeAsync() => _machine = await SharedMachines.CreateMachineAsync();

    public async Task DisposeAsync() => await Machine.DisposeAsync();

    [Fact]
    public async Task A_TPM_that_nobody_has_started_is_started()
    {
        await InitializeTpmAsync();
        byte[] tooEarly = await Machine.SendCommandAsync(TestCommands.Hash("too early"));
        TestCommands.ResponseCode(tooEarly).Should().Be((uint)TpmRc.Initialize);
        await using ITpmDevice device = TpmDevice.Open(Machine.DeviceString);

        await TestCommands.HashAsync(device, "started");
    }

    [Fact]
    public async Task A_second_client_is_told_what_it_waits_for()
    {
        await using ITpmDevice first = TpmDevice.Open(Machine.DeviceString);
        await TestCommands.HashAsync(first, "first");
        StandingClock clock = new();
        TpmDeviceOptions options = new();
        WatchedTransport transport = new(DeviceString.Parse(Machine.DeviceString));
        await using QueuedTpmDevice second = new(transport, options, clock);
        Task waits = TestCommands.HashAsync(second, "second");
        await transport.Connected.WaitAsync(Patience);

        clock.Advance(options.ConnectTimeout);

        Func<Task> waiting = () => waits.WaitAsync(Patience);
        (await waiting.Should().ThrowAsync<TpmDeviceException>()).WithMessage("*no other client is connected*");
    }

    [Fact]
    public async Task After_a_power_cycle_the_device_connects_anew()
    {
        await using ITpmDevice device = TpmDevice.Open(Machine.DeviceString);
        await TestCommands.HashAsync(device, "before");
        await Machine.PowerCycleAsync();

        Func<Task> broken = () => TestCommands.HashAsync(device, "broken");

        (await broken.Should().ThrowAsync<TpmDeviceException>()).WithMessage("*connects anew*");
        await TestCommands.HashAsync(device, "afterwards");
    }

    [Fact]
    public async Task A_missing_socket_is_named()
    {
        await using ITpmDevice device = TpmDevice.Open("swtpm:path=/nonexistent/tpm.sock");

        Func<Task> missing = () => TestCommands.HashAsync(device, "never");

        (await missing.Should().ThrowAsync<TpmDeviceException>()).WithMessage("*no socket at /nonexistent/tpm.sock*");
    }

    [Fact]
    public async Task A_socket_that_was_left_behind_is_named()
    {
        DirectoryInfo folder = Directory.CreateTempSubdirectory("left-");
        try
        {
            string path = Path.Combine(folder.FullName, "tpm.sock");
            using (Socket socket = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified))
            {
                // Moved, because the platform deletes what it has bound.
                socket.Bind(new UnixDomainSocketEndPoint(path + ".bound"));
                File.Move(path + ".bound", path);
            }

            await using ITpmDevice device = TpmDevice.Open($"swtpm:path={path}");

            Func<Task> left = () => TestCommands.HashAsync(device, "never");

            (await left.Should().ThrowAsync<TpmDeviceException>()).WithMessage($"*nothing listens at {path}*");
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    /// <summary>Tells when the device has its link.</summary>
    private sealed class WatchedTransport(ITpmTransport inner) : ITpmTransport
    {
        private readonly TaskCompletionSource _connected = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Task Connected => _connected.Task;

        public string Name => inner.Name;

        public bool HasResourceManager => inner.HasResourceManager;

        public bool NeedsStartup
        {
            get
            {
                // What a device asks as soon as it has a link.
                _connected.TrySetResult();
                return inner.NeedsStartup;
            }
        }

        public ValueTask<TpmLink> ConnectAsync(CancellationToken abort) => inner.ConnectAsync(abort);
    }

    // CMD_INIT of swtpm's control channel, without flags: the TPM is as it is after power-on, before any firmware.
    private async Task InitializeTpmAsync()
    {
        string path = Machine.DeviceString["swtpm:path=".Length..] + ".ctrl";
        using Socket socket = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        await socket.ConnectAsync(new UnixDomainSocketEndPoint(path));
        await using NetworkStream stream = new(socket);
        await stream.WriteAsync(new byte[] { 0, 0, 0, 2, 0, 0, 0, 0 });
        byte[] result = new byte[4];
        await stream.ReadExactlyAsync(result);
        result.Should().Equal(0, 0, 0, 0);
    }
}

/// <summary>swtpm itself, over TCP.</summary>
public sealed class SwtpmTcpDeviceTests : EmulatedDeviceContract
{
    protected override string DeviceString => Machine.DeviceString;

    protected override EmulatedTransport MachineTransport => EmulatedTransport.Tcp;

    [Fact]
    public async Task A_port_where_nothing_listens_is_named()
    {
        // Bound, so that nobody else listens there meanwhile.
        using Socket silent = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        silent.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        await using ITpmDevice off = TpmDevice.Open($"swtpm:host=127.0.0.1,port={((IPEndPoint)silent.LocalEndPoint!).Port}");

        Func<Task> refused = () => TestCommands.HashAsync(off, "never");

        (await refused.Should().ThrowAsync<TpmDeviceException>()).WithMessage("*nothing listens at 127.0.0.1, port*");
    }

    [Fact]
    public async Task A_host_that_is_not_known_is_named()
    {
        // Where there is no network, it takes its time to find that out.
        await using ITpmDevice device = TpmDevice.Open("swtpm:host=no-such-host.invalid,port=2321", new TpmDeviceOptions { ConnectTimeout = TimeSpan.FromMinutes(5) });

        Func<Task> unknown = () => TestCommands.HashAsync(device, "never");

        (await unknown.Should().ThrowAsync<TpmDeviceException>()).WithMessage("*host no-such-host.invalid is not known*");
    }
}

/// <summary>swtpm's protocol over a Unix socket, with faults.</summary>
public sealed class SwtpmUnixSocketFaultTests : EmulatorFaultContract
{
    internal override TpmRelay CreateRelay() => SwtpmRelay.OnUnixSocket(Machine);
}

/// <summary>swtpm's protocol over TCP, with faults.</summary>
public sealed class SwtpmTcpFaultTests : EmulatorFaultContract
{
    internal override TpmRelay CreateRelay() => SwtpmRelay.OnTcp(Machine);
}
