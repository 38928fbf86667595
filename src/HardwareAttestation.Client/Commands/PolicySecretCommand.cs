using HardwareAttestation.Structures;
using HardwareAttestation.Wire;

namespace HardwareAttestation.Client.Commands;

/// <summary>TPM2_PolicySecret (Part 3, section 23.4), without expiry and not bound to a nonce. Needs the authorisation of the entity.</summary>
internal readonly record struct PolicySecretCommand(TpmHandle AuthHandle, TpmHandle PolicySession) 
    : ITpmCommand<NoResponse>, INamedTpmCommand
{
    public static TpmCommandCode Code => TpmCommandCode.PolicySecret;

    public static bool ReturnsHandle => false;

    public static NoResponse ReadResponse(TpmHandle handle, ref TpmReader reader)
    {
        reader.ReadSized("TPM2_PolicySecret.timeout");
        reader.ReadUInt16("TPM2_PolicySecret.policyTicket.tag");
        reader.ReadUInt32("TPM2_PolicySecret.policyTicket.hierarchy");
        reader.ReadSized("TPM2_PolicySecret.policyTicket.digest");
        return default;
    }

    public void WriteHandles(ref TpmWriter writer)
    {
        writer.WriteHandle(AuthHandle);
        writer.WriteHandle(PolicySession);
    }

    /// <summary>A hierarchy's Name is its handle, and so is a session's.</summary>
    public void WriteNames(ref TpmWriter writer) => WriteHandles(ref writer);

    /// <summary>nonceTPM, cpHashA, policyRef: all empty; expiration zero.</summary>
    public void WriteParameters(ref TpmWriter writer)
    {
        writer.WriteSized([]);
        writer.WriteSized([]);
        writer.WriteSized([]);
        writer.WriteUInt32(0);
    }
}
