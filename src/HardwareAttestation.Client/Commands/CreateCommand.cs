using HardwareAttestation.Structures;
using HardwareAttestation.Wire;

namespace HardwareAttestation.Client.Commands;

/// <summary>TPM2_Create (Part 3, section 12.1), with an authorisation value for the new key. Needs the parent's authorisation.</summary>
internal readonly record struct CreateCommand(TpmEntity Parent, ReadOnlyMemory<byte> UserAuth, TpmtPublic InPublic)
    : ITpmCommand<CreateResponse>, INamedTpmCommand
{
    public static TpmCommandCode Code => TpmCommandCode.Create;

    public static bool ReturnsHandle => false;

    public static CreateResponse ReadResponse(TpmHandle handle, ref TpmReader reader)
    {
        byte[] outPrivate = reader.ReadSized("TPM2_Create.outPrivate").ToArray();
        TpmtPublic outPublic = TpmWire.Parse<TpmtPublic>(reader.ReadSized("TPM2_Create.outPublic"));
        SkipCreationData(ref reader);
        return new(outPrivate, outPublic);
    }

    public void WriteHandles(ref TpmWriter writer) => writer.WriteHandle(Parent.Handle);

    public void WriteNames(ref TpmWriter writer) => writer.WriteBytes(Parent.Name.Bytes.Span);

    public void WriteParameters(ref TpmWriter writer) => WriteCreateParameters(UserAuth.Span, InPublic, ref writer);

    /// <summary>inSensitive (an authorisation value, no data), inPublic, outsideInfo (empty), creationPCR (none).</summary>
    internal static void WriteCreateParameters(ReadOnlySpan<byte> userAuth, TpmtPublic inPublic, ref TpmWriter writer)
    {
        int sensitive = writer.BeginSized();
        writer.WriteSized(userAuth);
        writer.WriteSized([]);
        writer.EndSized(sensitive);

        int publicArea = writer.BeginSized();
        inPublic.Write(ref writer);
        writer.EndSized(publicArea);

        writer.WriteSized([]);
        writer.WriteUInt32(0);
    }

    /// <summary>creationData, creationHash and creationTicket, which attestation by credential activation has no use for.</summary>
    internal static void SkipCreationData(ref TpmReader reader)
    {
        reader.ReadSized("creationData");
        reader.ReadSized("creationHash");
        reader.ReadUInt16("creationTicket.tag");
        reader.ReadUInt32("creationTicket.hierarchy");
        reader.ReadSized("creationTicket.digest");
    }
}

internal readonly record struct CreateResponse(byte[] OutPrivate, TpmtPublic OutPublic);
