using System.Runtime.InteropServices;

namespace HardwareAttestation.Client;

/// <summary>The functions of <c>tbs.dll</c>, with the values of <c>tbs.h</c>. Results are zero or HRESULTs of facility 0x28.</summary>
internal static partial class TbsNative
{
    internal const uint Version20 = 2;
    internal const uint IncludeTpm20 = 1 << 2;
    internal const uint LocalityZero = 0;
    internal const uint PriorityNormal = 200;

    private const string Library = "tbs.dll";
    private const uint FirstAnswer = 0x80280000;
    private const uint FirstOwnError = 0x80284000;

    /// <summary>Makes of what <see cref="SubmitCommand"/> ended with the response to the command.</summary>
    /// <returns>The length of the response.</returns>
    /// <exception cref="TpmDeviceException">There is none: the command was not carried out.</exception>
    internal static int Complete(uint result, uint responseLength, Span<byte> response) => result switch
    {
        0 => (int)responseLength,

        // An answer to the command (a code of the TPM, or that Windows blocks the command) says nothing against the link, whose loaded keys
        // and sessions therefore stay.
        >= FirstAnswer and < FirstOwnError => TpmHeader.WriteResponse(response, result),
        _ => throw new TpmDeviceException(DeviceString.Tbs, $"the command was not carried out: {new TpmResponseCode(result)}"),
    };

    [LibraryImport(Library, EntryPoint = "Tbsi_Context_Create")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.System32)]
    internal static partial uint CreateContext(in ContextParameters parameters, out nint context);

    [LibraryImport(Library, EntryPoint = "Tbsip_Submit_Command")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.System32)]
    internal static partial uint SubmitCommand(
        nint context, uint locality, uint priority, ReadOnlySpan<byte> command, uint commandLength, Span<byte> response, ref uint responseLength);

    [LibraryImport(Library, EntryPoint = "Tbsip_Cancel_Commands")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.System32)]
    internal static partial uint CancelCommands(nint context);

    [LibraryImport(Library, EntryPoint = "Tbsip_Context_Close")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.System32)]
    internal static partial uint CloseContext(nint context);

    /// <summary>TBS_CONTEXT_PARAMS2.</summary>
    /// <param name="Version">Which version of the structure this is.</param>
    /// <param name="Flags">Bit 0 requestRaw, bit 1 includeTpm12, bit 2 includeTpm20.</param>
    [StructLayout(LayoutKind.Sequential)]
    internal readonly record struct ContextParameters(uint Version, uint Flags);
}
