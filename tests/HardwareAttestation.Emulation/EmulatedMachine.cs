using System.Buffers.Binary;

namespace HardwareAttestation.Emulation;

/// <summary>
/// A machine with an emulated TPM 2.0 and endorsement certificates of its manufacturer. It is off at first, and its TPM keeps its
/// state while it is off.
/// </summary>
/// <remarks>
/// <para>The TPM serves one connection at a time. It has received TPM2_Startup(CLEAR), as firmware would send it.</para>
/// <para>Not safe to share between threads, except for <see cref="Clone"/> of a machine that stays off.</para>
/// </remarks>
public sealed class EmulatedMachine : TestMachine
{
    private const uint TpmRcSuccess = 0;

    // TPM2_Shutdown(TPM_SU_CLEAR): TPM_ST_NO_SESSIONS, size 12, TPM_CC_Shutdown.
    private static readonly byte[] ShutdownClear = [0x80, 0x01, 0, 0, 0, 12, 0, 0, 0x01, 0x45, 0, 0];

    private readonly string _folder;
    private RunningTpm? _tpm;
    private TpmEndpoints? _lastEndpoints;
    private bool _disposed;

    internal EmulatedMachine(string name, TpmManufacturer manufacturer)
    {
        Name = name;
        Manufacturer = manufacturer;
        _folder = ProcessFolder.CreateFolder("m");
        Directory.CreateDirectory(StateFolder);
        Directory.CreateDirectory(CertificateFolder);
    }

    /// <summary>What the machine is called; the subject of its endorsement certificates.</summary>
    public string Name { get; }

    /// <summary>Who made its TPM.</summary>
    public TpmManufacturer Manufacturer { get; }

    /// <summary>Whether it is on.</summary>
    public bool IsPoweredOn => _tpm is not null;

    /// <summary>
    /// The running TPM, as the SDK and the TPM tools name it: <c>swtpm:path=…</c> or <c>swtpm:host=127.0.0.1,port=N</c>.
    /// A power cycle does not change it, unless another process took the TCP port in the meantime.
    /// </summary>
    /// <exception cref="InvalidOperationException">The machine is off.</exception>
    public override string DeviceString => RunningTpm.Endpoints.DeviceString;

    /// <summary>The certificate (DER) of the RSA 2048 endorsement key, as the manufacturer issued it; also in the TPM, at 0x01C00002.</summary>
    public string RsaEndorsementCertificatePath => Path.Combine(CertificateFolder, "ek-rsa2048.crt");

    /// <summary>The certificate (DER) of the ECC P-384 endorsement key, as the manufacturer issued it; also in the TPM, at 0x01C00016.</summary>
    public string EccEndorsementCertificatePath => Path.Combine(CertificateFolder, "ek-secp384r1.crt");

    internal string Folder => _folder;

    internal string StateFolder => Path.Combine(_folder, "state");

    internal string CertificateFolder => Path.Combine(_folder, "certs");

    private RunningTpm RunningTpm => _tpm
        ?? throw new InvalidOperationException($"The machine {Name} is off. Call {nameof(PowerOnAsync)} first.");

    /// <summary>Powers the machine on. When this returns, its TPM answers.</summary>
    /// <exception cref="InvalidOperationException">It is on already.</exception>
    /// <exception cref="EmulationException">swtpm is missing or did not start.</exception>
    public async Task PowerOnAsync(
        EmulatedTransport transport = EmulatedTransport.UnixSocket, CancellationToken cancellationToken = default)
    {
        ThrowUnlessOff();
        TpmEndpoints endpoints = _lastEndpoints?.Transport == transport ? _lastEndpoints
            : transport == EmulatedTransport.Tcp ? TpmEndpoints.OnFreePorts()
            : TpmEndpoints.InFolder(_folder);
        _tpm = await RunningTpm.StartAsync(_folder, StateFolder, endpoints, cancellationToken).ConfigureAwait(false);
        _lastEndpoints = _tpm.Endpoints;
    }

    /// <inheritdoc/>
    /// <exception cref="InvalidOperationException">It is on already.</exception>
    public override Task PowerOnAsync(CancellationToken cancellationToken) =>
        PowerOnAsync(_lastEndpoints?.Transport ?? EmulatedTransport.UnixSocket, cancellationToken);

    /// <summary>
    /// Cuts the power, as a pulled plug does: the TPM is not told, and counts it as an unorderly shutdown. Does nothing to a machine
    /// that is off. Open connections break.
    /// </summary>
    public override async Task PowerOffAsync()
    {
        if (_tpm is { } tpm)
        {
            _tpm = null;
            await tpm.DisposeAsync().ConfigureAwait(false);
        }
    }

    /// <inheritdoc/>
    public override async Task ShutDownAsync(CancellationToken cancellationToken = default)
    {
        byte[] response = await SendCommandAsync(ShutdownClear, cancellationToken).ConfigureAwait(false);
        uint responseCode = BinaryPrimitives.ReadUInt32BigEndian(response.AsSpan(6));
        if (responseCode != TpmRcSuccess)
        {
            throw new EmulationException($"TPM2_Shutdown of the machine {Name} answered 0x{responseCode:X3}.");
        }

        await PowerOffAsync().ConfigureAwait(false);
    }

    /// <summary>
    /// Sends one command, a complete TPM byte string, over a connection of its own and returns the response: for what a test does to
    /// the machine behind the SDK's back. Close your connections first.
    /// </summary>
    /// <exception cref="InvalidOperationException">The machine is off.</exception>
    /// <exception cref="EmulationException">The TPM did not answer.</exception>
    public Task<byte[]> SendCommandAsync(ReadOnlyMemory<byte> command, CancellationToken cancellationToken = default)
    {
        return RunningTpm.SendAsync(command, cancellationToken);
    }

    /// <summary>
    /// Copies the machine, which must be off, with all that its TPM holds: seeds, keys, certificates and counters. A copy costs
    /// milliseconds, so a test can have a TPM for itself.
    /// </summary>
    /// <exception cref="InvalidOperationException">It is on.</exception>
    public EmulatedMachine Clone(string name)
    {
        ThrowUnlessOff();
        EmulatedMachine clone = new(name, Manufacturer);
        CopyFiles(StateFolder, clone.StateFolder);
        CopyFiles(CertificateFolder, clone.CertificateFolder);
        return clone;
    }

    /// <summary>Cuts the power and throws the machine away.</summary>
    public override async ValueTask DisposeAsync()
    {
        if (!_disposed)
        {
            _disposed = true;
            await PowerOffAsync().ConfigureAwait(false);
            Directory.Delete(_folder, recursive: true);
        }
    }

    private protected override void ThrowIfOff() => _ = RunningTpm;

    private static void CopyFiles(string from, string to)
    {
        foreach (string file in Directory.EnumerateFiles(from))
        {
            File.Copy(file, Path.Combine(to, Path.GetFileName(file)));
        }
    }

    private void ThrowUnlessOff()
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        if (_tpm is not null)
        {
            throw new InvalidOperationException($"The machine {Name} is on. Call {nameof(PowerOffAsync)} first.");
        }
    }
}
