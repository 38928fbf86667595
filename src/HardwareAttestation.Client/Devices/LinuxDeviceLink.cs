using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace HardwareAttestation.Client;

/// <summary>An open TPM character device: one write for a command, and one read, when poll says so, for its response.</summary>
internal sealed class LinuxDeviceLink : BlockingTpmLink
{
    // Kernels have been seen to call a device readable, and then to have nothing for a moment.
    private static readonly TimeSpan Recheck = TimeSpan.FromMilliseconds(1);

    private readonly string _device;
    private readonly SafeFileHandle _handle;
    private readonly SafeFileHandle _interrupt;

    /// <summary>Initializes the link, which owns the handle from now on.</summary>
    internal LinuxDeviceLink(string device, SafeFileHandle handle)
    {
        _device = device;
        _handle = handle;
        _interrupt = LinuxNative.EventFd(0, LinuxNative.NonBlocking | LinuxNative.CloseOnExec);
        if (_interrupt.IsInvalid)
        {
            TpmDeviceException exception = Failed("waiting for the TPM could not be prepared", Marshal.GetLastPInvokeError());
            Close();
            throw exception;
        }
    }

    protected override int Exchange(ReadOnlySpan<byte> command, Span<byte> response)
    {
        Write(command);
        int received = 0;
        while (true)
        {
            bool isHungUp = WaitUntilReadable();
            int count = Read(response[received..]);
            received += count;
            if (IsComplete(response[..received]))
            {
                return received;
            }

            if (count == 0)
            {
                if (isHungUp)
                {
                    throw new TpmDeviceException(
                        _device, "the device was closed before the response was in. Look for the reason in the kernel's log; the next command opens it anew.");
                }

                Wait(Recheck);
            }
        }
    }

    protected override void Interrupt()
    {
        // Fails only if the counter is full, and then the waiting was told already.
        _ = LinuxNative.Write(_interrupt, [1, 0, 0, 0, 0, 0, 0, 0], sizeof(ulong));
    }

    protected override void Close()
    {
        _handle.Dispose();
        _interrupt.Dispose();
    }

    /// <summary>Whether no more is to come, be it a response or something that is none.</summary>
    private bool IsComplete(ReadOnlySpan<byte> received) =>
        received.Length >= TpmHeader.Size && received.Length >= TpmHeader.ReadResponseSize(received, _device);

    private void Write(ReadOnlySpan<byte> command)
    {
        nint written;
        do
        {
            written = LinuxNative.Write(_handle, command, (nuint)command.Length);
        }
        while (written < 0 && Marshal.GetLastPInvokeError() == LinuxNative.Interrupted);

        if (written < 0)
        {
            throw Failed("the command could not be written", Marshal.GetLastPInvokeError());
        }

        if (written != command.Length)
        {
            throw new TpmDeviceException(_device, $"only {written} of the command's {command.Length} bytes could be written, and the driver takes a command as a whole.");
        }
    }

    /// <summary>Reads what there is, which may be nothing yet.</summary>
    private int Read(Span<byte> buffer)
    {
        nint count = LinuxNative.Read(_handle, buffer, (nuint)buffer.Length);
        if (count >= 0)
        {
            return (int)count;
        }

        int error = Marshal.GetLastPInvokeError();
        return error is LinuxNative.Interrupted or LinuxNative.TryAgain ? 0 : throw Failed("the response could not be read", error);
    }

    /// <summary>Waits for a response, without a limit: the limit is that the exchange is interrupted.</summary>
    /// <returns>Whether the other end is gone, so that no more comes than what can be read now.</returns>
    private bool WaitUntilReadable()
    {
        Span<LinuxNative.PollEntry> entries = [new(_handle, LinuxNative.PollIn), new(_interrupt, LinuxNative.PollIn)];
        Poll(entries, -1);
        return (entries[0].Events & (LinuxNative.PollError | LinuxNative.PollHangUp | LinuxNative.PollInvalid)) != 0;
    }

    private void Wait(TimeSpan time)
    {
        Span<LinuxNative.PollEntry> entries = [new(_interrupt, LinuxNative.PollIn)];
        Poll(entries, (int)time.TotalMilliseconds);
    }

    /// <summary>Polls; the last of the entries is the interruption.</summary>
    private void Poll(Span<LinuxNative.PollEntry> entries, int milliseconds)
    {
        while (LinuxNative.Poll(entries, (nuint)entries.Length, milliseconds) < 0)
        {
            int error = Marshal.GetLastPInvokeError();
            if (error != LinuxNative.Interrupted)
            {
                throw Failed("waiting for the response failed", error);
            }
        }

        if (entries[^1].Events != 0)
        {
            throw new OperationCanceledException();
        }
    }

    private TpmDeviceException Failed(string what, int error) => new(
        _device, $"{what}: {Marshal.GetPInvokeErrorMessage(error)}. Look for the reason in the kernel's log (dmesg | grep -i tpm); the next command opens the device anew.");
}
