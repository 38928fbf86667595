using System.Runtime.InteropServices;

namespace HardwareAttestation.Client;

/// <summary>The functions of <c>libtpms.so.0</c>, with the values of <c>tpm_library.h</c>, <c>tpm_types.h</c> and <c>tpm_error.h</c>.</summary>
internal static unsafe partial class LibtpmsNative
{
    internal const string Library = "libtpms.so.0";

    /// <summary>TPMLIB_TPM_VERSION_2.</summary>
    internal const int Version20 = 1;

    /// <summary>TPM_FAIL: what a callback answers when it could not do what it should.</summary>
    internal const uint Fail = 9;

    /// <summary>TPM_RETRY: there is no such state yet.</summary>
    internal const uint NoState = 0x800;

    [LibraryImport(Library, EntryPoint = "TPMLIB_ChooseTPMVersion")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    internal static partial uint ChooseVersion(int version);

    /// <summary>Sets the callbacks, which libtpms copies.</summary>
    [LibraryImport(Library, EntryPoint = "TPMLIB_RegisterCallbacks")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    internal static partial uint RegisterCallbacks(in Callbacks callbacks);

    /// <summary>Powers the TPM on. Where it finds no state, it manufactures a TPM.</summary>
    [LibraryImport(Library, EntryPoint = "TPMLIB_MainInit")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    internal static partial uint PowerOn();

    /// <summary>Powers the TPM off.</summary>
    [LibraryImport(Library, EntryPoint = "TPMLIB_Terminate")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    internal static partial void PowerOff();

    /// <summary>Runs a command.</summary>
    /// <param name="response">A buffer from malloc, or null; libtpms reallocates it where it is too small.</param>
    /// <param name="responseLength">How much of it is the response.</param>
    /// <param name="responseCapacity">How large it is.</param>
    /// <param name="command">The command.</param>
    /// <param name="commandLength">The command's length.</param>
    [LibraryImport(Library, EntryPoint = "TPMLIB_Process")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    internal static partial uint Process(
        ref byte* response, out uint responseLength, ref uint responseCapacity, ReadOnlySpan<byte> command, uint commandLength);

    /// <summary>Asks a command that runs on another thread to end with TPM_RC_CANCELED. Long ones look for it now and then.</summary>
    [LibraryImport(Library, EntryPoint = "TPMLIB_CancelCommand")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    internal static partial uint CancelCommand();

    /// <summary>struct libtpms_callbacks. Those that are null are left to libtpms.</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal readonly struct Callbacks(
        delegate* unmanaged[Cdecl]<uint> initialize,
        delegate* unmanaged[Cdecl]<byte**, uint*, uint, byte*, uint> load,
        delegate* unmanaged[Cdecl]<byte*, uint, uint, byte*, uint> store,
        delegate* unmanaged[Cdecl]<uint, byte*, byte, uint> delete)
    {
        private readonly int _size = sizeof(Callbacks);
        private readonly delegate* unmanaged[Cdecl]<uint> _initialize = initialize;
        private readonly delegate* unmanaged[Cdecl]<byte**, uint*, uint, byte*, uint> _load = load;
        private readonly delegate* unmanaged[Cdecl]<byte*, uint, uint, byte*, uint> _store = store;
        private readonly delegate* unmanaged[Cdecl]<uint, byte*, byte, uint> _delete = delete;
        private readonly nint _initializeIO;
        private readonly nint _getLocality;
        private readonly nint _getPhysicalPresence;
    }
}
