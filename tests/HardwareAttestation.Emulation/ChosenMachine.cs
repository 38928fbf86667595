namespace HardwareAttestation.Emulation;

/// <summary>
/// The TPM that the environment variable HARDWARE_ATTESTATION_TPM names, whatever it is. One test has it at a time; it begins with a TPM in which
/// nothing is loaded and, on Microsoft's simulator, nothing is changed; but PCRs, counters and clocks go on from test to test.
/// </summary>
internal sealed class ChosenMachine : TestMachine
{
    private static readonly SemaphoreSlim Turn = new(1, 1);
    private static readonly Lazy<Task<ChosenTpm>> Tpm = new(() => ChosenTpm.PrepareAsync(ChosenDevice!));

    private readonly ChosenTpm _tpm;
    private bool _isOff;
    private bool _disposed;

    private ChosenMachine(ChosenTpm tpm)
    {
        _tpm = tpm;
    }

    /// <summary>The device string that was chosen, if any was.</summary>
    public static string? ChosenDevice { get; } =
        Environment.GetEnvironmentVariable("HARDWARE_ATTESTATION_TPM") is { Length: > 0 } device ? device : null;

    public override string DeviceString
    {
        get
        {
            ThrowIfOff();
            return _tpm.DeviceString;
        }
    }

    /// <summary>Whether a TPM can be switched off and cleared without harm to anybody: Microsoft's simulator can.</summary>
    public static bool CanBeAltered(string device) => SimulatorPlatform.TryParse(device) is not null;

    /// <summary>Waits for one's turn, and for the TPM to be prepared by whoever comes first.</summary>
    public static async Task<ChosenMachine> TakeAsync(string device, CancellationToken cancellationToken)
    {
        await Turn.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            ChosenTpm tpm = await Tpm.Value.WaitAsync(cancellationToken).ConfigureAwait(false);
            await tpm.RefreshAsync(cancellationToken).ConfigureAwait(false);
            return new ChosenMachine(tpm);
        }
        catch
        {
            Turn.Release();
            throw;
        }
    }

    public override async Task PowerOnAsync(CancellationToken cancellationToken)
    {
        await PowerSwitch().SignalAsync(cancellationToken, SimulatorPlatform.PowerOn, SimulatorPlatform.NvOn).ConfigureAwait(false);
        await _tpm.RunAsync("tpm2_startup", ["-c"], cancellationToken).ConfigureAwait(false);
        _isOff = false;
    }

    public override async Task PowerOffAsync()
    {
        await PowerSwitch().SignalAsync(CancellationToken.None, SimulatorPlatform.PowerOff).ConfigureAwait(false);
        _isOff = true;
    }

    public override async Task ShutDownAsync(CancellationToken cancellationToken = default)
    {
        ThrowIfOff();
        await _tpm.RunAsync("tpm2_shutdown", ["-c"], cancellationToken).ConfigureAwait(false);
        await PowerOffAsync().ConfigureAwait(false);
    }

    public override async ValueTask DisposeAsync()
    {
        if (_disposed)
        {
            return;
        }

        _disposed = true;
        try
        {
            if (_isOff)
            {
                await PowerOnAsync(CancellationToken.None).ConfigureAwait(false);
            }
        }
        finally
        {
            Turn.Release();
        }
    }

    private protected override void ThrowIfOff()
    {
        if (_isOff)
        {
            throw new InvalidOperationException($"The machine with {_tpm.DeviceString} is off. Call {nameof(PowerOnAsync)} first.");
        }
    }

    private SimulatorPlatform PowerSwitch() => SimulatorPlatform.TryParse(_tpm.DeviceString)
        ?? throw new InvalidOperationException($"No program can cut the power of {_tpm.DeviceString}. A test that does asks for a machine of its own.");
}
