namespace HardwareAttestation.Emulation;

/// <summary>
/// A machine whose TPM a test may use as if it were its own: an emulated one of its own, or the one that was chosen for the whole run. Its endorsement
/// keys RSA 2048 and ECC P-384 are persistent and have certificates of <see cref="SharedMachines.GetManufacturerAsync"/>.
/// </summary>
public abstract class TestMachine : IAsyncDisposable
{
    private protected TestMachine()
    {
    }

    /// <summary>The TPM, as the SDK and the TPM tools name it.</summary>
    /// <exception cref="InvalidOperationException">The machine is off.</exception>
    public abstract string DeviceString { get; }

    /// <summary>Powers the machine on, over the same transport as before. When this returns, its TPM answers.</summary>
    /// <exception cref="EmulationException">The TPM did not start.</exception>
    public abstract Task PowerOnAsync(CancellationToken cancellationToken);

    /// <summary>Cuts the power, as a pulled plug does: the TPM is not told, and counts it as an unorderly shutdown.</summary>
    public abstract Task PowerOffAsync();

    /// <summary>Shuts down as an operating system does: sends TPM2_Shutdown(CLEAR), then cuts the power. Close your connections first.</summary>
    /// <exception cref="InvalidOperationException">The machine is off.</exception>
    /// <exception cref="EmulationException">The TPM did not answer, or refused.</exception>
    public abstract Task ShutDownAsync(CancellationToken cancellationToken = default);

    /// <summary>Cuts the power and powers the machine on again, over the same transport.</summary>
    /// <exception cref="InvalidOperationException">The machine is off.</exception>
    public async Task PowerCycleAsync(CancellationToken cancellationToken = default)
    {
        ThrowIfOff();
        await PowerOffAsync().ConfigureAwait(false);
        await PowerOnAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Shuts down in good order and powers the machine on again, over the same transport. Close your connections first.</summary>
    /// <exception cref="InvalidOperationException">The machine is off.</exception>
    /// <exception cref="EmulationException">The TPM did not answer, or refused.</exception>
    public async Task RebootAsync(CancellationToken cancellationToken = default)
    {
        await ShutDownAsync(cancellationToken).ConfigureAwait(false);
        await PowerOnAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Throws the machine away, or gives it back.</summary>
    public abstract ValueTask DisposeAsync();

    private protected abstract void ThrowIfOff();
}
