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

    public override void WriteCommandArea(ref TpmWriter writer) => WriteArea(TpmHandle.Password, ContinueSession, [], ref writer);

    public override void ReadResponseArea(ref TpmReader reader) => ReadAreaWithoutHmac(ref reader);
}
