using HardwareAttestation.Structures;

namespace HardwareAttestation.Client.Testing;

/// <summary>One command of a <see cref="TpmTranscript"/>, and what came of it.</summary>
public sealed class TpmExchange
{
    private readonly PartlyHiddenBytes _command;
    private readonly PartlyHiddenBytes? _response;

    internal TpmExchange(PartlyHiddenBytes command, PartlyHiddenBytes? response, string? error)
    {
        _command = command;
        _response = response;
        Error = error;
    }

    /// <summary>The command as it was sent, with its header; zeros where redaction has taken something out.</summary>
    public ReadOnlyMemory<byte> Command => _command.Bytes;

    /// <summary>The response as it came, with its header, zeros where redaction has taken something out; empty if none came.</summary>
    public ReadOnlyMemory<byte> Response => _response?.Bytes;

    /// <summary>The command's code.</summary>
    public TpmCommandCode CommandCode => CommandLayout.CodeOf(_command.Bytes);

    /// <summary>The response's code; null if none came.</summary>
    public TpmResponseCode? ResponseCode => _response is null ? null : TpmHeader.ReadResponseCode(_response.Bytes);

    /// <summary>Why no response came, in the device's words; null if one did.</summary>
    public string? Error { get; }

    internal string CommandText => _command.ToString();

    internal string? ResponseText => _response?.ToString();

    /// <summary>The command's name and the response's code, e.g. <c>TPM2_Quote: TPM_RC_SUCCESS</c>.</summary>
    /// <returns>One line.</returns>
    public override string ToString() => $"{CommandLayout.NameOf(_command.Bytes)}: {Error ?? ResponseCode.ToString()}";

    internal int? FindDifference(ReadOnlySpan<byte> command) => _command.FindDifference(command);

    internal TpmExchange Redact() => new(
        _command.Hide(CommandLayout.FindSecretsOfCommand(_command.Bytes)),
        _response?.Hide(CommandLayout.FindSecretsOfResponse(_command.Bytes, _response.Bytes)),
        Error);
}
