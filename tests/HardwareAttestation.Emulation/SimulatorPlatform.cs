using System.Buffers.Binary;
using System.Globalization;
using System.Net.Sockets;
using System.Text.RegularExpressions;

namespace HardwareAttestation.Emulation;

/// <summary>The port through which Microsoft's simulator is switched on and off (<c>TpmTcpProtocol.h</c> of the reference implementation).</summary>
internal sealed partial record SimulatorPlatform(string Host, int Port)
{
    public const uint PowerOn = 1;
    public const uint PowerOff = 2;
    public const uint NvOn = 11;
    private const uint SessionEnd = 20;
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    /// <summary>The port that belongs to a device string, or null if it names no simulator.</summary>
    public static SimulatorPlatform? TryParse(string device) => DeviceString().Match(device) is { Success: true } match
        ? new(match.Groups["host"].Value, int.Parse(match.Groups["port"].Value, CultureInfo.InvariantCulture) + 1)
        : null;

    /// <summary>Sends signals, each of which the simulator acknowledges.</summary>
    /// <exception cref="EmulationException">It did not.</exception>
    public async Task SignalAsync(CancellationToken cancellationToken, params uint[] signals)
    {
        using CancellationTokenSource patience = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        patience.CancelAfter(Patience);
        try
        {
            using TcpClient client = new() { NoDelay = true };
            await client.ConnectAsync(Host, Port, patience.Token).ConfigureAwait(false);
            NetworkStream stream = client.GetStream();
            byte[] bytes = new byte[sizeof(uint)];
            foreach (uint signal in signals)
            {
                BinaryPrimitives.WriteUInt32BigEndian(bytes, signal);
                await stream.WriteAsync(bytes, patience.Token).ConfigureAwait(false);
                await stream.ReadExactlyAsync(bytes, patience.Token).ConfigureAwait(false);
                if (BinaryPrimitives.ReadUInt32BigEndian(bytes) != 0)
                {
                    throw new EmulationException($"The simulator at {Host}, port {Port} refused the signal {signal}.");
                }
            }

            BinaryPrimitives.WriteUInt32BigEndian(bytes, SessionEnd);
            await stream.WriteAsync(bytes, patience.Token).ConfigureAwait(false);
        }
        catch (Exception e) when (e is IOException or SocketException or OperationCanceledException && !cancellationToken.IsCancellationRequested)
        {
            throw new EmulationException($"The simulator at {Host}, port {Port} did not take a signal. It serves one connection at a time there.", e);
        }
    }

    [GeneratedRegex(@"\Amssim:host=(?<host>[^,]+),port=(?<port>\d{1,5})\z")]
    private static partial Regex DeviceString();
}
