using System.Runtime.InteropServices;
using System.Text;
using Microsoft.Win32.SafeHandles;

namespace HardwareAttestation.Client.Tests.Devices;

/// <summary>A character device whose other end we hold: bytes pass through it unchanged, and it can hang up.</summary>
internal sealed class PseudoTerminal : IDisposable
{
    private const int LongestName = 128;

    // More than struct termios has on any platform.
    private const int TermiosSize = 256;

    private readonly SafeFileHandle _deviceEnd;

    internal PseudoTerminal()
    {
        byte[] name = new byte[LongestName];
        byte[] termios = new byte[TermiosSize];
        Check(NativeMethods.OpenPty(out int master, out int slave, name, 0, 0));
        Stream = new FileStream(new SafeFileHandle(master, ownsHandle: true), FileAccess.ReadWrite, bufferSize: 0);

        // Stays open, because the settings are gone when nobody has this end open.
        _deviceEnd = new SafeFileHandle(slave, ownsHandle: true);
        Check(NativeMethods.GetAttributes(slave, termios));
        NativeMethods.MakeRaw(termios);
        Check(NativeMethods.SetAttributes(slave, 0, termios));
        DevicePath = Encoding.UTF8.GetString(name, 0, Array.IndexOf(name, (byte)0));
    }

    /// <summary>The end that is a device.</summary>
    internal string DevicePath { get; }

    /// <summary>Our end.</summary>
    internal FileStream Stream { get; }

    /// <summary>Wakes a read of <see cref="Stream"/> with one byte.</summary>
    internal void WakeReader()
    {
        if (NativeMethods.Write(_deviceEnd, [0], 1) != 1)
        {
            Check(-1);
        }
    }

    public void Dispose()
    {
        Stream.Dispose();
        _deviceEnd.Dispose();
    }


    private static void Check(int result)
    {
        if (result < 0)
        {
            throw new IOException($"The pseudo terminal failed: {Marshal.GetLastPInvokeErrorMessage()}.");
        }
    }

    private static class NativeMethods
    {
        [DllImport("libc", EntryPoint = "openpty", SetLastError = true)]
        internal static extern int OpenPty(out int master, out int slave, [Out] byte[] name, nint termios, nint windowSize);

        [DllImport("libc", EntryPoint = "tcgetattr", SetLastError = true)]
        internal static extern int GetAttributes(int descriptor, [Out] byte[] termios);

        [DllImport("libc", EntryPoint = "cfmakeraw")]
        internal static extern void MakeRaw([In, Out] byte[] termios);

        [DllImport("libc", EntryPoint = "tcsetattr", SetLastError = true)]
        internal static extern int SetAttributes(int descriptor, int actions, [In] byte[] termios);

        [DllImport("libc", EntryPoint = "write", SetLastError = true)]
        internal static extern nint Write(SafeFileHandle handle, [In] byte[] bytes, nuint count);
    }
}
