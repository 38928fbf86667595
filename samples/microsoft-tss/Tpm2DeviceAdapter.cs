using System.Buffers.Binary;
using System.Security.Cryptography;
using HardwareAttestation;
using HardwareAttestation.Wire;
using Tpm2Lib;

namespace MicrosoftTss;

/// <summary>
/// A device of Tpm2Lib (TBS, Linux, the simulator, or one of your own) behind <see cref="ITpmDevice"/>: an <c>AttestationClient</c> can then use it.
/// </summary>
/// <remarks>
/// Tpm2Lib's devices block, serve one thread, and know no time limit. Commands therefore run on the thread pool, one at a time in the order of the calls. A caller
/// who cancels after his command was sent is answered at once, and the next command waits until the late response is in and discarded.
/// </remarks>
public sealed class Tpm2DeviceAdapter : ITpmDevice
{
    private const int HeaderSize = 10;
    private const int SizeOffset = 2;
    private static readonly TimeSpan DisposalPatience = TimeSpan.FromSeconds(2);

    private readonly Tpm2Device _device;
    private readonly bool _leaveOpen;
    private readonly CommandModifier _modifier = new();

    // Asynchronous waiters of a SemaphoreSlim are served in the order in which they came. It holds no handle as long as nobody asks for one.
    private readonly SemaphoreSlim _gate = new(1, 1);
    private bool _isConnected;
    private bool _disposed;

    /// <summary>Initializes the adapter; it connects the device at the first command, and anew after one that failed.</summary>
    /// <param name="device">The device, not connected. Nobody else uses it from now on.</param>
    /// <param name="name">What to call it in log lines and error messages; null for the name of its class.</param>
    /// <param name="hasResourceManager">Whether a resource manager stands before the TPM; null to believe the device: better say it, since LinuxTpmDevice and TcpTpmDevice claim one where there is none.</param>
    /// <param name="leaveOpen">Whether the device stays its owner's to dispose of.</param>
    public Tpm2DeviceAdapter(Tpm2Device device, string? name = null, bool? hasResourceManager = null, bool leaveOpen = false)
    {
        ArgumentNullException.ThrowIfNull(device);
        _device = device;
        _leaveOpen = leaveOpen;
        Name = name ?? device.GetType().Name;
        HasResourceManager = hasResourceManager ?? device.HasRM();
    }

    /// <inheritdoc/>
    public string Name { get; }

    /// <inheritdoc/>
    public bool HasResourceManager { get; }

    /// <inheritdoc/>
    public async ValueTask<int> ExecuteAsync(ReadOnlyMemory<byte> command, Memory<byte> response, CancellationToken cancellationToken = default)
    {
        if (FindFault(command.Span) is { } fault)
        {
            throw new ArgumentException(fault, nameof(command));
        }

        ThrowIfDisposed();
        await _gate.WaitAsync(cancellationToken).ConfigureAwait(false);
        Task<byte[]> exchange;
        try
        {
            ThrowIfDisposed();

            // The copy is the device's alone: the caller's buffer is the caller's again as soon as he was cancelled.
            byte[] copy = command.ToArray();
            exchange = Task.Run(() => Exchange(copy), CancellationToken.None);
        }
        catch
        {
            _gate.Release();
            throw;
        }

        _ = ReleaseGateAfterAsync(exchange);
        byte[] answer = await exchange.WaitAsync(cancellationToken).ConfigureAwait(false);
        if (answer.Length > response.Length)
        {
            throw new ArgumentException($"The response has {answer.Length} bytes and the buffer {response.Length}. The command was run.", nameof(response));
        }

        answer.CopyTo(response);
        CryptographicOperations.ZeroMemory(answer);
        return answer.Length;
    }

    /// <summary>Waits a little for the command that runs, and disposes of the device, unless that is its owner's to do.</summary>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _disposed, true))
        {
            return;
        }

        // A device whose command hangs cannot be closed: Tpm2Lib would close it under the command's feet.
        if (!await _gate.WaitAsync(DisposalPatience).ConfigureAwait(false))
        {
            return;
        }

        try
        {
            await Task.Run(Close).ConfigureAwait(false);
        }
        finally
        {
            _gate.Release();
        }
    }

    private static string? FindFault(ReadOnlySpan<byte> command)
    {
        if (command.Length < HeaderSize || command.Length > TpmWire.MaximumSize)
        {
            return $"A TPM command has a header of {HeaderSize} bytes and at most {TpmWire.MaximumSize} bytes; this one has {command.Length}.";
        }

        uint size = BinaryPrimitives.ReadUInt32BigEndian(command[SizeOffset..]);
        return size == command.Length ? null : $"The size field of the TPM command says {size} bytes, and the command has {command.Length}.";
    }

    // Whether the caller still waits or not: the gate opens when the device is free.
    private async Task ReleaseGateAfterAsync(Task exchange)
    {
        await exchange.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _gate.Release();
    }

    private byte[] Exchange(byte[] command)
    {
        try
        {
            if (!_isConnected)
            {
                _device.Connect();
                _isConnected = true;
            }

            _device.DispatchCommand(_modifier, command, out byte[] response);
            return response is { Length: >= HeaderSize } && BinaryPrimitives.ReadUInt32BigEndian(response.AsSpan(SizeOffset)) == response.Length
                ? response
                : throw new TpmDeviceException(Name, "what came back is not one whole TPM response.");
        }
#pragma warning disable CA1031 // Tpm2Lib throws Exception itself.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            Disconnect();
            throw exception as TpmDeviceException ?? new TpmDeviceException(Name, exception.Message, exception);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(command);
        }
    }

    private void Close()
    {
        Disconnect();
        if (!_leaveOpen)
        {
            _device.Dispose();
        }
    }

    private void Disconnect()
    {
        if (!_isConnected)
        {
            return;
        }

        _isConnected = false;
        try
        {
            _device.Close();
        }
#pragma warning disable CA1031 // The link may be broken already, and what broke it is what the caller is told.
        catch (Exception)
#pragma warning restore CA1031
        {
        }
    }

    private void ThrowIfDisposed() => ObjectDisposedException.ThrowIf(Volatile.Read(ref _disposed), this);
}
