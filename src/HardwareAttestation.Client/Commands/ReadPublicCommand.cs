using HardwareAttestation.Structures;
using HardwareAttestation.Wire;

namespace HardwareAttestation.Client.Commands;

/// <summary>TPM2_ReadPublic (Part 3, section 12.4).</summary>
internal readonly record struct ReadPublicCommand(TpmHandle ObjectHandle) : ITpmCommand<ReadPublicResponse>
{
    public static TpmCommandCode Code => TpmCommandCode.ReadPublic;

    public static bool ReturnsHandle => false;

    public static ReadPublicResponse ReadResponse(TpmHandle handle, ref TpmReader reader) => new(
        TpmWire.Parse<TpmtPublic>(reader.ReadSized("TPM2_ReadPublic.outPublic")),
        TpmName.Read(ref reader, "TPM2_ReadPublic.name"),
        TpmName.Read(ref reader, "TPM2_ReadPublic.qualifiedName"));

    public void WriteHandles(ref TpmWriter writer) => writer.WriteHandle(ObjectHandle);

    public void WriteParameters(ref TpmWriter writer)
    {
    }
}

/// <summary>TPM2_ReadPublic where the public area, in wire form, is compared with a known one and nothing is made of it.</summary>
internal readonly record struct ComparePublicCommand(TpmHandle ObjectHandle) : ITpmCommand<byte[]>
{
    public static TpmCommandCode Code => TpmCommandCode.ReadPublic;

    public static bool ReturnsHandle => false;

    public static byte[] ReadResponse(TpmHandle handle, ref TpmReader reader)
    {
        int mostNameSize = sizeof(ushort) + TpmHash.MaximumDigestSize;
        ReadOnlySpan<byte> outPublic = reader.ReadSized("TPM2_ReadPublic.outPublic");
        reader.ReadSized("TPM2_ReadPublic.name", mostNameSize);
        reader.ReadSized("TPM2_ReadPublic.qualifiedName", mostNameSize);
        return outPublic.ToArray();
    }

    public void WriteHandles(ref TpmWriter writer) => writer.WriteHandle(ObjectHandle);

    public void WriteParameters(ref TpmWriter writer)
    {
    }
}

internal readonly record struct ReadPublicResponse(TpmtPublic OutPublic, TpmName Name, TpmName QualifiedName);
