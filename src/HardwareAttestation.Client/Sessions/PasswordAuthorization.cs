using HardwareAttestation.Structures;
using HardwareAttestation.Wire;

namespace HardwareAttestation.Client.Sessions;

/// <summary>TPM_RS_PW with an empty authorisation value, which is what hierarchies and keys have unless somebody set one.</summary>
internal sealed class PasswordAuthorization : TpmAuthorization
{
    private PasswordAuthorization()
    {
    }

    public static PasswordAuthorization Empty { get; } = new();

    public override bool NeedsNames => false;

    public override void WriteCommandArea(scoped in AuthorizedCommand command, ref TpmWriter writer) =>
        WriteArea(TpmHandle.Password, [], ContinueSession, [], ref writer);

    public override void ReadResponseArea(scoped in AuthorizedResponse response, ref TpmReader reader)
    {
        reader.ReadSized("TPMS_AUTH_RESPONSE.nonceTPM", TpmHash.MaximumDigestSize);
        reader.ReadByte("TPMS_AUTH_RESPONSE.sessionAttributes");
        if (!reader.ReadSized("TPMS_AUTH_RESPONSE.hmac", TpmHash.MaximumDigestSize).IsEmpty)
        {
            throw new TpmFormatException("TPMS_AUTH_RESPONSE.hmac is not empty, and a password has no HMAC.");
        }
    }
}
