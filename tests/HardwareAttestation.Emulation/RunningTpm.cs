using System.Buffers.Binary;
using System.Net.Sockets;

namespace HardwareAttestation.Emulation;

/// <summary>A TPM under power: its process, and where it listens.</summary>
internal sealed class RunningTpm : IAsyncDisposable
{
    private const string PidFile = "swtpm.pid";
    private const int PortAttempts = 20;
    private const int TpmHeaderSize = 10;
    private const int LargestResponse = 4096;
    private static readonly TimeSpan PatienceForStart = TimeSpan.FromMinutes(2);
    private static readonly TimeSpan PatienceForCommand = TimeSpan.FromMinutes(2);
    private static readonly TimeSpan PollInterval = TimeSpan.FromMilliseconds(2);

    // CMD_GET_CAPABILITY of swtpm's control channel: answered only by the main loop, so after the TPM has started, and without
    // touching the TPM.
    private static readonly byte[] GetCapability = [0, 0, 0, 1];

    private readonly SwtpmProcess _process;

    private RunningTpm(SwtpmProcess process, TpmEndpoints endpoints)
    {
        _process = process;
        Endpoints = endpoints;
    }

    public TpmEndpoints Endpoints { get; }

    /// <summary>Powers a TPM on and sends it TPM2_Startup(CLEAR).</summary>
    /// <param name="folder">The machine's folder, with the TPM's state in <paramref name="stateFolder"/>.</param>
    /// <param name="stateFolder">The TPM's state.</param>
    /// <param name="wanted">Where it should listen. On TCP it listens elsewhere when somebody else has taken the ports.</param>
    /// <param name="cancellationToken">Cancels the start; nothing is left running.</param>
    /// <exception cref="EmulationException">swtpm is missing, ended, or does not answer.</exception>
    public static async Task<RunningTpm> StartAsync(
        string folder, string stateFolder, TpmEndpoints wanted, CancellationToken cancellationToken)
    {
        string pidFile = Path.Combine(folder, PidFile);
        TpmEndpoints endpoints = wanted;
        for (int attempt = 1; ; attempt++)
        {
            File.Delete(pidFile);
            endpoints.Remove();

            SwtpmProcess process = SwtpmProcess.Start(
            [
                "socket", "--tpm2", "--tpmstate", $"dir={stateFolder}", .. endpoints.Arguments,
                "--flags", "not-need-init,startup-clear", "--pid", $"file={pidFile}",
            ]);
            try
            {
                if (await BecomesReadyAsync(process, pidFile, endpoints, cancellationToken).ConfigureAwait(false))
                {
                    return new RunningTpm(process, endpoints);
                }
            }
            catch
            {
                await process.DisposeAsync().ConfigureAwait(false);
                throw;
            }

            await process.DisposeAsync().ConfigureAwait(false);
            string said = (await process.Ended.ConfigureAwait(false)).Trim();
            bool portTaken = endpoints.Transport == EmulatedTransport.Tcp && said.Contains("in use", StringComparison.Ordinal);
            if (!portTaken || attempt == PortAttempts)
            {
                throw new EmulationException($"swtpm ended instead of listening at {endpoints.DeviceString}. It said: {said}");
            }

            endpoints = TpmEndpoints.OnFreePorts();
        }
    }

    /// <summary>Sends one command over a connection of its own and returns the response.</summary>
    /// <exception cref="EmulationException">No answer came, perhaps because another connection is open.</exception>
    public async Task<byte[]> SendAsync(ReadOnlyMemory<byte> command, CancellationToken cancellationToken)
    {
        using CancellationTokenSource patience = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        patience.CancelAfter(PatienceForCommand);
        try
        {
            using Socket socket = await TpmEndpoints.ConnectAsync(Endpoints.Commands, patience.Token).ConfigureAwait(false);
            await using NetworkStream stream = new(socket);
            await stream.WriteAsync(command, patience.Token).ConfigureAwait(false);

            byte[] response = new byte[LargestResponse];
            await stream.ReadExactlyAsync(response.AsMemory(0, TpmHeaderSize), patience.Token).ConfigureAwait(false);
            int size = checked((int)BinaryPrimitives.ReadUInt32BigEndian(response.AsSpan(sizeof(ushort))));
            await stream.ReadExactlyAsync(response.AsMemory(TpmHeaderSize, size - TpmHeaderSize), patience.Token).ConfigureAwait(false);
            return response[..size];
        }
        catch (Exception e) when (e is IOException or SocketException or OperationCanceledException
            && !cancellationToken.IsCancellationRequested)
        {
            throw new EmulationException(
                $"The emulated TPM at {Endpoints.DeviceString} did not answer. It serves one connection at a time: close yours first.", e);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _process.DisposeAsync().ConfigureAwait(false);
        Endpoints.Remove();
    }

    // swtpm writes its pid file after it has bound its sockets: without that, an answer on a port could be another process's.
    private static async Task<bool> BecomesReadyAsync(
        SwtpmProcess process, string pidFile, TpmEndpoints endpoints, CancellationToken cancellationToken)
    {
        using CancellationTokenSource patience = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        patience.CancelAfter(PatienceForStart);
        try
        {
            while (!process.Ended.IsCompleted)
            {
                if (File.Exists(pidFile) && await AnswersAsync(endpoints, patience.Token).ConfigureAwait(false))
                {
                    return true;
                }

                await Task.Delay(PollInterval, patience.Token).ConfigureAwait(false);
            }

            return false;
        }
        catch (OperationCanceledException e) when (!cancellationToken.IsCancellationRequested)
        {
            throw new EmulationException(
                $"swtpm did not start to answer at {endpoints.DeviceString} within {PatienceForStart.TotalSeconds} seconds.", e);
        }
    }

    private static async Task<bool> AnswersAsync(TpmEndpoints endpoints, CancellationToken cancellationToken)
    {
        try
        {
            using Socket socket = await TpmEndpoints.ConnectAsync(endpoints.Control, cancellationToken).ConfigureAwait(false);
            await using NetworkStream stream = new(socket);
            await stream.WriteAsync(GetCapability, cancellationToken).ConfigureAwait(false);
            await stream.ReadExactlyAsync(new byte[sizeof(ulong)], cancellationToken).ConfigureAwait(false);
            return true;
        }
        catch (Exception e) when (e is SocketException or IOException)
        {
            return false;
        }
    }
}
