using System.Collections.Frozen;

namespace HardwareAttestation;

/// <summary>Codes of Windows' TPM Base Services, as in the platform's <c>winerror.h</c>.</summary>
internal static class TbsCodeTable
{
    internal static readonly FrozenDictionary<uint, Entry> Entries = new Dictionary<uint, Entry>
    {
        [0x80280400] = new("TPM_E_COMMAND_BLOCKED", "Windows blocks this TPM command"),
        [0x80280401] = new("TPM_E_INVALID_HANDLE", "Windows does not know this handle"),
        [0x80280402] = new("TPM_E_DUPLICATE_VHANDLE", "Windows has given this handle twice"),
        [0x80280403] = new("TPM_E_EMBEDDED_COMMAND_BLOCKED", "Windows blocks the TPM command inside of this one"),
        [0x80280404] = new("TPM_E_EMBEDDED_COMMAND_UNSUPPORTED", "Windows does not support the TPM command inside of this one"),
        [0x80284001] = new("TBS_E_INTERNAL_ERROR", "an internal error of TBS"),
        [0x80284002] = new("TBS_E_BAD_PARAMETER", "a parameter of the call is wrong"),
        [0x80284003] = new("TBS_E_INVALID_OUTPUT_POINTER", "an output pointer is wrong"),
        [0x80284004] = new("TBS_E_INVALID_CONTEXT", "the context is not valid"),
        [0x80284005] = new("TBS_E_INSUFFICIENT_BUFFER", "the response does not fit into the buffer"),
        [0x80284006] = new("TBS_E_IOERROR", "the TPM could not be reached"),
        [0x80284007] = new("TBS_E_INVALID_CONTEXT_PARAM", "a parameter of the context is wrong"),
        [0x80284008] = new("TBS_E_SERVICE_NOT_RUNNING", "the TBS service is not running and could not be started"),
        [0x80284009] = new("TBS_E_TOO_MANY_TBS_CONTEXTS", "too many contexts are open"),
        [0x8028400A] = new("TBS_E_TOO_MANY_RESOURCES", "too many TPM resources are in use"),
        [0x8028400B] = new("TBS_E_SERVICE_START_PENDING", "the TBS service is still starting: try again in a moment"),
        [0x8028400C] = new("TBS_E_PPI_NOT_SUPPORTED", "the firmware has no physical presence interface"),
        [0x8028400D] = new("TBS_E_COMMAND_CANCELED", "the command was cancelled"),
        [0x8028400E] = new("TBS_E_BUFFER_TOO_LARGE", "the command is too large"),
        [0x8028400F] = new("TBS_E_TPM_NOT_FOUND", "this machine has no TPM that Windows can use; look at tpm.msc and the firmware's settings"),
        [0x80284010] = new("TBS_E_SERVICE_DISABLED", "the TBS service is disabled"),
        [0x80284012] = new("TBS_E_ACCESS_DENIED", "access was denied: run elevated"),
        [0x80284014] = new("TBS_E_PPI_FUNCTION_UNSUPPORTED", "the firmware does not support this physical presence function"),
        [0x80284015] = new("TBS_E_OWNERAUTH_NOT_FOUND", "Windows does not keep the authorisation value that was asked for"),
        [0x80284016] = new("TBS_E_PROVISIONING_INCOMPLETE", "Windows has not finished preparing the TPM"),
    }.ToFrozenDictionary();

    internal readonly record struct Entry(string Name, string Description);
}
