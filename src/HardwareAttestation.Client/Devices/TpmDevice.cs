namespace HardwareAttestation.Client;

/// <summary>Opens the TPM that a device string names, or the one of the platform.</summary>
/// <remarks>
/// <para>The devices connect on their first command, and connect again on the next command after their link broke.
/// They run one command at a time, in the order of the calls, and can be shared between threads.</para>
/// <para>Emulators have no firmware that starts them, so <c>mssim</c>, <c>swtpm</c> and <c>libtpms</c> devices send TPM2_Startup(CLEAR) when they
/// connect; a TPM that was started already stays as it is.</para>
/// <para>A <c>libtpms</c> device is a TPM in this process, for tests and benchmarks without sockets. libtpms, which must be installed, is one TPM per
/// process: while a device is connected, another cannot be. Connecting powers the TPM on, disposing of the device shuts it down in order, and its folder
/// keeps what it remembers in between, in libtpms' own format. An empty or missing folder gives a new TPM, which has no endorsement certificate.</para>
/// </remarks>
public static class TpmDevice
{
    /// <summary>Opens the TPM that a device string names, or the platform's own. Nothing is sent or connected before the first command: that one tells what is missing.</summary>
    /// <param name="device">
    /// One of <c>device:/dev/tpmrm0</c> (Linux), <c>tbs</c> (Windows), <c>mssim:host=127.0.0.1,port=2321</c> (Microsoft's simulator, which is
    /// controlled through the port after it), <c>swtpm:path=/run/tpm.sock</c> and <c>swtpm:host=127.0.0.1,port=2321</c> (swtpm's data channel), and
    /// <c>libtpms:dir=/some/state</c> (Linux, a TPM in this process with its state in that folder).
    /// A host or port that is left out is <c>localhost</c> or 2321.
    /// Null for the platform's own: on Windows through TBS; on Linux <c>/dev/tpmrm0</c>, or <c>/dev/tpm0</c> where the kernel has no resource manager.
    /// </param>
    /// <param name="options">The timeouts, copied; null for the defaults.</param>
    /// <returns>The device, not yet connected.</returns>
    /// <exception cref="ArgumentException">The string names no device, or a timeout is not positive or is too long.</exception>
    /// <exception cref="TpmDeviceException">Devices of this kind do not exist on this operating system.</exception>
    public static ITpmDevice Open(string? device = null, TpmDeviceOptions? options = null)
    {
        options ??= new TpmDeviceOptions();
        return options.FindFault() is { } fault
            ? throw new ArgumentException(fault, nameof(options))
            : new QueuedTpmDevice(DeviceString.Parse(device ?? FindOwn()), options);
    }

    /// <summary>The TPM among the devices of a folder, or the one that error messages shall name if there is none.</summary>
    internal static string FindLinuxDevice(string folder)
    {
        string managed = Path.Combine(folder, "tpmrm0");
        string direct = Path.Combine(folder, "tpm0");
        return !File.Exists(managed) && File.Exists(direct) ? direct : managed;
    }

    private static string FindOwn() => OperatingSystem.IsWindows() ? DeviceString.Tbs : DeviceString.DevicePrefix + FindLinuxDevice("/dev");
}
