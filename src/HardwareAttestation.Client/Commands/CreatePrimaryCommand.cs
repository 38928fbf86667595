using HardwareAttestation.Structures;
using HardwareAttestation.Wire;

namespace HardwareAttestation.Client.Commands;

/// <summary>TPM2_CreatePrimary (Part 3, section 24.1), with an empty authorisation value for the new key. Needs the hierarchy's authorisation.</summary>
internal readonly record struct CreatePrimaryCommand(TpmHandle PrimaryHandle, TpmtPublic InPublic) 
    : ITpmCommand<CreatePrimaryResponse>, INamedTpmCommand
{
    public static TpmCommandCode Code => TpmCommandCode.CreatePrimary;

    public static bool ReturnsHandle => true;

    public static CreatePrimaryResponse ReadResponse(TpmHandle handle, ref TpmReader reader)
    {
        TpmtPublic outPublic = TpmWire.Parse<TpmtPublic>(reader.ReadSized("TPM2_CreatePrimary.outPublic"));
        CreateCommand.SkipCreationData(ref reader);
        return new(handle, outPublic, TpmName.Read(ref reader, "TPM2_CreatePrimary.name"));
    }

    public void WriteHandles(ref TpmWriter writer) => writer.WriteHandle(PrimaryHandle);

    public void WriteNames(ref TpmWriter writer) => writer.WriteHandle(PrimaryHandle);

    public void WriteParameters(ref TpmWriter writer) => CreateCommand.WriteCreateParameters(default, InPublic, ref writer);
}

internal readonly record struct CreatePrimaryResponse(TpmHandle ObjectHandle, TpmtPublic OutPublic, TpmName Name);
