using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace HardwareAttestation.Client;

/// <summary>What the TPM device and the key store need of Linux' C library. Constants are those of the generic kernel headers, for x86, Arm and RISC-V.</summary>
internal static partial class LinuxNative
{
    internal const int ReadWrite = 0x2;
    internal const int NoControllingTerminal = 0x100;
    internal const int NonBlocking = 0x800;
    internal const int CloseOnExec = 0x80000;

    internal const short PollIn = 0x1;
    internal const short PollError = 0x8;
    internal const short PollHangUp = 0x10;
    internal const short PollInvalid = 0x20;

    internal const int NotPermitted = 1;
    internal const int NoEntry = 2;
    internal const int Interrupted = 4;
    internal const int NoSuchAddress = 6;
    internal const int TryAgain = 11;
    internal const int AccessDenied = 13;
    internal const int Busy = 16;
    internal const int Exists = 17;
    internal const int NoDevice = 19;

    private const string Library = "libc";

    [LibraryImport(Library, EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    internal static partial SafeFileHandle Open(string path, int flags);

    [LibraryImport(Library, EntryPoint = "link", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    internal static partial int Link(string existing, string name);

    [LibraryImport(Library, EntryPoint = "eventfd", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    internal static partial SafeFileHandle EventFd(uint initial, int flags);

    [LibraryImport(Library, EntryPoint = "read", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    internal static partial nint Read(SafeFileHandle handle, Span<byte> buffer, nuint count);

    [LibraryImport(Library, EntryPoint = "write", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    internal static partial nint Write(SafeFileHandle handle, ReadOnlySpan<byte> buffer, nuint count);

    [LibraryImport(Library, EntryPoint = "poll", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    internal static partial int Poll(Span<PollEntry> entries, nuint count, int milliseconds);

    /// <summary>struct pollfd. The handle must be kept open by the caller.</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal readonly struct PollEntry
    {
        private readonly int _descriptor;
        private readonly short _wanted;
        private readonly short _events;

        internal PollEntry(SafeFileHandle handle, short wanted)
        {
            _descriptor = (int)handle.DangerousGetHandle();
            _wanted = wanted;
        }

        /// <summary>What poll has found.</summary>
        internal short Events => _events;
    }
}
