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

    public abstract void WriteCommandArea(ref TpmWriter writer);

    public abstract void ReadResponseArea(ref TpmReader reader);

    private protected static void WriteArea(TpmHandle sessionHandle, byte attributes, ReadOnlySpan<byte> hmac, ref TpmWriter writer)
    {
        writer.WriteHandle(sessionHandle);
        writer.WriteSized([]);
        writer.WriteByte(attributes);
        writer.WriteSized(hmac);
    }

    /// <summary>A password and a plain policy session are answered without an HMAC.</summary>
    private protected static void ReadAreaWithoutHmac(ref TpmReader reader)
    {
        reader.ReadSized("TPMS_AUTH_RESPONSE.nonceTPM", TpmHash.MaximumDigestSize);
        reader.ReadByte("TPMS_AUTH_RESPONSE.sessionAttributes");
        if (!reader.ReadSized("TPMS_AUTH_RESPONSE.hmac", TpmHash.MaximumDigestSize).IsEmpty)
        {
            throw new TpmFormatException("TPMS_AUTH_RESPONSE.hmac is not empty, and this authorisation has no HMAC.");
        }
    }
}
