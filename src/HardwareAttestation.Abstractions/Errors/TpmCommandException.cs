using HardwareAttestation.Structures;

namespace HardwareAttestation;

/// <summary>The TPM received a command and refused it.</summary>
public sealed class TpmCommandException : HardwareAttestationException
{
    /// <summary>Initializes the exception.</summary>
    /// <param name="command">The command that was refused.</param>
    /// <param name="responseCode">The response code as the TPM, or a layer in front of it, gave it.</param>
    /// <param name="advice">A sentence that says what this refusal means here and what to do, if there is one.</param>
    public TpmCommandException(TpmCommandCode command, TpmResponseCode responseCode, string? advice = null)
        : base(Compose(command, responseCode, advice))
    {
        Command = command;
        ResponseCode = responseCode;
    }

    /// <summary>The command that was refused.</summary>
    public TpmCommandCode Command { get; }

    /// <summary>The response code, decoded: the error, and the handle, parameter or session that it is about.</summary>
    public TpmResponseCode ResponseCode { get; }

    private static string Compose(TpmCommandCode command, TpmResponseCode responseCode, string? advice)
    {
        string name = Enum.IsDefined(command) ? $"TPM2_{command}" : $"TPM command 0x{(uint)command:X8}";
        string message = $"{name} was refused with {responseCode}";
        return advice is null ? message : $"{message} {advice}";
    }
}
