using HardwareAttestation.Structures;
using HardwareAttestation.Wire;

namespace HardwareAttestation.Client.Commands;

/// <summary>TPM2_NV_Read (Part 3, section 31.13). Needs the authorisation of <paramref name="Authorizing"/>: the index itself, or the owner.</summary>
internal readonly record struct NVReadCommand(TpmEntity Authorizing, TpmEntity NVIndex, ushort Size, ushort Offset)
    : ITpmCommand<byte[]>, INamedTpmCommand
{
    public static TpmCommandCode Code => TpmCommandCode.NV_Read;

    public static bool ReturnsHandle => false;

    public static byte[] ReadResponse(TpmHandle handle, ref TpmReader reader) => reader.ReadSized("TPM2_NV_Read.data").ToArray();

    public void WriteHandles(ref TpmWriter writer)
    {
        writer.WriteHandle(Authorizing.Handle);
        writer.WriteHandle(NVIndex.Handle);
    }

    public void WriteNames(ref TpmWriter writer)
    {
        writer.WriteBytes(Authorizing.Name.Bytes.Span);
        writer.WriteBytes(NVIndex.Name.Bytes.Span);
    }

    public void WriteParameters(ref TpmWriter writer)
    {
        writer.WriteUInt16(Size);
        writer.WriteUInt16(Offset);
    }
}
