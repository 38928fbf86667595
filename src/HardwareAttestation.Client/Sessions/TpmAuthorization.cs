using HardwareAttestation.Structures;
using HardwareAttestation.Wire;

namespace HardwareAttestation.Client.Sessions;

/// <summary>
/// One authorisation of a command: TPMS_AUTH_COMMAND in the command's authorisation area and TPMS_AUTH_RESPONSE in the response's
/// (TPM 2.0 Library, Part 2, sections 10.13.2 and 10.13.3).
/// </summary>
internal abstract class TpmAuthorization
{
    /// <summary>TPMA_SESSION.continueSession: the session stays open after the command.</summary>
    private protected const byte ContinueSession = 0x01;

    /// <summary>Whether what is written is over the Names of what the command's handles stand for.</summary>
    public virtual bool NeedsNames => true;

    /// <summary>Makes ready for a command, and encrypts its first parameter in place if that is this session's task.</summary>
    /// <param name="parameters">The command's parameters.</param>
    public virtual void BeginCommand(Span<byte> parameters)
    {
    }

    public abstract void WriteCommandArea(scoped in AuthorizedCommand command, ref TpmWriter writer);

    /// <summary>Reads the area and verifies it.</summary>
    /// <exception cref="TpmFormatException">The area is malformed, or its HMAC is wrong.</exception>
    public abstract void ReadResponseArea(scoped in AuthorizedResponse response, ref TpmReader reader);

    /// <summary>Decrypts the first parameter of a response in place if that is this session's task.</summary>
    /// <param name="parameters">The response's parameters.</param>
    public virtual void EndResponse(Span<byte> parameters)
    {
    }

    private protected static void WriteArea(
        TpmHandle sessionHandle, scoped ReadOnlySpan<byte> nonceCaller, byte attributes, scoped ReadOnlySpan<byte> hmac, ref TpmWriter writer)
    {
        writer.WriteHandle(sessionHandle);
        writer.WriteSized(nonceCaller);
        writer.WriteByte(attributes);
        writer.WriteSized(hmac);
    }
}

/// <summary>What an HMAC over a command is about (TPM 2.0 Library, Part 1, section 18.7): its code, the Names of its handles, its parameters as sent.</summary>
internal readonly ref struct AuthorizedCommand(TpmCommandCode code, ReadOnlySpan<byte> names, ReadOnlySpan<byte> parameters)
{
    public TpmCommandCode Code { get; } = code;

    public ReadOnlySpan<byte> Names { get; } = names;

    public ReadOnlySpan<byte> Parameters { get; } = parameters;
}

/// <summary>What an HMAC over a successful response is about (Part 1, section 18.8): the command's code and the response's parameters as received.</summary>
internal readonly ref struct AuthorizedResponse(TpmCommandCode code, ReadOnlySpan<byte> parameters)
{
    public TpmCommandCode Code { get; } = code;

    public ReadOnlySpan<byte> Parameters { get; } = parameters;
}
