namespace HardwareAttestation.Emulation;

/// <summary>
/// Hands out fresh copies of two different machines, which are manufactured once in the life of the process, when they are first
/// needed, by the same manufacturer. Safe to share between threads; everything is deleted when the process ends.
/// </summary>
public static class SharedMachines
{
    private static readonly Lazy<Task<TpmManufacturer>> Manufacturer = new(() => TpmManufacturer.CreateAsync());
    private static readonly Lazy<Task<EmulatedMachine>> Machine = new(() => ManufactureAsync("machine-a"));
    private static readonly Lazy<Task<EmulatedMachine>> OtherMachine = new(() => ManufactureAsync("machine-b"));

    /// <summary>Whether HARDWARE_ATTESTATION_TPM names a TPM for <see cref="CreateTestMachineAsync"/>.</summary>
    public static bool IsTpmChosen => ChosenMachine.ChosenDevice is not null;

    /// <summary>The manufacturer of both machines.</summary>
    public static Task<TpmManufacturer> GetManufacturerAsync(CancellationToken cancellationToken = default)
    {
        return Manufacturer.Value.WaitAsync(cancellationToken);
    }

    /// <summary>A new copy of the first machine, powered on. Whoever called disposes it.</summary>
    /// <exception cref="EmulationException">swtpm is missing or failed.</exception>
    public static Task<EmulatedMachine> CreateMachineAsync(
        EmulatedTransport transport = EmulatedTransport.UnixSocket, CancellationToken cancellationToken = default)
    {
        return CopyAsync(Machine.Value, transport, cancellationToken);
    }

    /// <summary>
    /// A machine for a test that any TPM can pass: the one that <c>HARDWARE_ATTESTATION_TPM</c> names, as soon as no other test has it, or else a new copy of
    /// the first machine. Whoever called disposes it, and holds no other at the same time.
    /// </summary>
    /// <param name="transport">How a copy listens. A TPM that was chosen is reached as it was named.</param>
    /// <param name="ofItsOwn">
    /// Whether the test does what somebody would have to undo: cuts the power, changes authorisation values, keeps keys in the TPM, clears it. Of the TPMs that
    /// can be chosen only Microsoft's simulator is taken then.
    /// </param>
    /// <param name="cancellationToken">Cancels the wait.</param>
    /// <exception cref="EmulationException">swtpm is missing or failed, or the TPM that was chosen cannot be used; the message says why.</exception>
    public static async Task<TestMachine> CreateTestMachineAsync(
        EmulatedTransport transport = EmulatedTransport.UnixSocket, bool ofItsOwn = false, CancellationToken cancellationToken = default)
    {
        return ChosenMachine.ChosenDevice is { } chosen && (ChosenMachine.CanBeAltered(chosen) || !ofItsOwn)
            ? await ChosenMachine.TakeAsync(chosen, cancellationToken).ConfigureAwait(false)
            : await CreateMachineAsync(transport, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>A new copy of the second machine, powered on: another TPM with another endorsement key. Whoever called disposes it.</summary>
    /// <exception cref="EmulationException">swtpm is missing or failed.</exception>
    public static Task<EmulatedMachine> CreateOtherMachineAsync(
        EmulatedTransport transport = EmulatedTransport.UnixSocket, CancellationToken cancellationToken = default)
    {
        return CopyAsync(OtherMachine.Value, transport, cancellationToken);
    }

    private static async Task<EmulatedMachine> ManufactureAsync(string name)
    {
        TpmManufacturer manufacturer = await Manufacturer.Value.ConfigureAwait(false);
        return await manufacturer.ManufactureAsync(name).ConfigureAwait(false);
    }

    private static async Task<EmulatedMachine> CopyAsync(
        Task<EmulatedMachine> original, EmulatedTransport transport, CancellationToken cancellationToken)
    {
        EmulatedMachine machine = (await original.WaitAsync(cancellationToken).ConfigureAwait(false)).Clone("copy");
        try
        {
            await machine.PowerOnAsync(transport, cancellationToken).ConfigureAwait(false);
            return machine;
        }
        catch
        {
            await machine.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }
}
