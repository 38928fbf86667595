using HardwareAttestation;
using HardwareAttestation.Wire;
using Tpm2Lib;

namespace MicrosoftTss;

/// <summary>A device of this SDK (Linux, TBS, a simulator, swtpm, libtpms, or one of your own) behind <see cref="Tpm2Device"/>: Tpm2Lib's <c>Tpm2</c> can then use it.</summary>
/// <remarks>
/// <para>DispatchCommand blocks its thread until the response is in; the device runs it on the thread pool, so that no synchronisation context is waited for.</para>
/// <para>What it throws: <see cref="TpmDeviceException"/> as the device does, <see cref="OperationCanceledException"/> after <see cref="CancelContext"/>, and
/// <see cref="NotSupportedException"/> for a locality other than 0. A TPM that refuses is a response, which <c>Tpm2</c> turns into its TpmException.</para>
/// <para>The device connects by itself at the first command, and an emulator gets its TPM2_Startup then, so that <c>Tpm2</c> need not send one.</para>
/// </remarks>
public sealed class TpmDeviceAdapter : Tpm2Device
{
    private readonly ITpmDevice _device;
    private readonly bool _leaveOpen;
    private readonly Lock _cancelling = new();
    private CancellationTokenSource? _running;

    /// <summary>Initializes the adapter.</summary>
    /// <param name="device">The device. It may be used by others at the same time, as far as the TPM's slots allow: a device runs one command at a time.</param>
    /// <param name="leaveOpen">Whether the device stays its owner's to dispose of. Otherwise it goes with this adapter, which goes with its <c>Tpm2</c>.</param>
    public TpmDeviceAdapter(ITpmDevice device, bool leaveOpen = false)
    {
        ArgumentNullException.ThrowIfNull(device);
        _device = device;
        _leaveOpen = leaveOpen;

        // An operating system stands between; a session is worth having where you ask for one.
        NeedsHMAC = false;
    }

    /// <inheritdoc/>
    public override void Connect()
    {
    }

    /// <inheritdoc/>
    public override void Close()
    {
    }

    /// <inheritdoc/>
    public override bool HasRM() => _device.HasResourceManager;

    /// <inheritdoc/>
    public override bool ImplementsCancel() => true;

    /// <inheritdoc/>
    public override void DispatchCommand(CommandModifier mod, byte[] cmdBuf, out byte[] respBuf)
    {
        ArgumentNullException.ThrowIfNull(cmdBuf);
        if (mod is { ActiveLocality: not 0 })
        {
            throw new NotSupportedException($"Locality {mod.ActiveLocality} was asked for, and devices of this SDK have locality 0.");
        }

        using CancellationTokenSource cancellation = new();
        lock (_cancelling)
        {
            _running = cancellation;
        }

        try
        {
            byte[] response = new byte[TpmWire.MaximumSize];
            int size = Task.Run(() => _device.ExecuteAsync(cmdBuf, response, cancellation.Token).AsTask()).GetAwaiter().GetResult();
            respBuf = response[..size];
        }
        finally
        {
            lock (_cancelling)
            {
                _running = null;
            }
        }
    }

    /// <summary>Ends the wait of the command that runs, on whatever thread; it is not undone in the TPM, and its late response is discarded.</summary>
    public override void CancelContext()
    {
        lock (_cancelling)
        {
            _running?.Cancel();
        }
    }

    /// <inheritdoc/>
    public override void SignalCancelOn() => CancelContext();

    /// <inheritdoc/>
    public override void SignalCancelOff()
    {
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing && !_leaveOpen)
        {
            Task.Run(() => _device.DisposeAsync().AsTask()).GetAwaiter().GetResult();
        }

        base.Dispose(disposing);
    }
}
