using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace HardwareAttestation.Client;

/// <summary>The character device of Linux' TPM driver.</summary>
internal sealed class LinuxDeviceTransport(string path) : ITpmTransport
{
    private LinuxDeviceLink? _last;

    public string Name { get; } = DeviceString.DevicePrefix + path;

    public bool HasResourceManager { get; } = Path.GetFileName(path).StartsWith("tpmrm", StringComparison.Ordinal);

    public bool NeedsStartup => false;

    public async ValueTask<TpmLink> ConnectAsync(CancellationToken abort)
    {
        // Without a resource manager only one may have the device open; our own last link, if it was dropped, must be gone first.
        if (_last is not null)
        {
            await _last.Closed.WaitAsync(abort).ConfigureAwait(false);
        }

        // Non-blocking, so that waiting is done in poll, where it can be interrupted; in write it could not be.
        SafeFileHandle handle = LinuxNative.Open(path, LinuxNative.ReadWrite | LinuxNative.NonBlocking | LinuxNative.CloseOnExec | LinuxNative.NoControllingTerminal);
        if (handle.IsInvalid)
        {
            int error = Marshal.GetLastPInvokeError();
            handle.Dispose();
            throw new TpmDeviceException(Name, Explain(error));
        }

        return _last = new LinuxDeviceLink(Name, handle);
    }

    /// <summary>Why the device could not be opened, and what to do.</summary>
    internal string Explain(int error)
    {
        string words = Marshal.GetPInvokeErrorMessage(error);
        return error switch
        {
            LinuxNative.NoEntry or LinuxNative.NoDevice or LinuxNative.NoSuchAddress =>
                $"no TPM at {path}: {words}. Look whether the TPM is enabled in the firmware's settings and its driver loaded (ls /dev/tpm*).",
            LinuxNative.AccessDenied or LinuxNative.NotPermitted =>
                $"this user may not use {path}: {words}. Add the user to group tss, which owns the device on most systems, and log in again.",
            LinuxNative.Busy when HasResourceManager => $"{path} is in use: {words}. Try again.",
            LinuxNative.Busy => $"another process (often tpm2-abrmd) holds {path}: {words}. Use /dev/tpmrm0, which can be shared.",
            _ => $"{path} could not be opened: {words}.",
        };
    }
}
