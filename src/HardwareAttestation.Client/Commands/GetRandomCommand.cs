using HardwareAttestation.Structures;
using HardwareAttestation.Wire;

namespace HardwareAttestation.Client.Commands;

/// <summary>TPM2_GetRandom (Part 3, section 16.1). The TPM may give fewer bytes than were asked for, as many as its largest digest has.</summary>
internal readonly record struct GetRandomCommand(ushort BytesRequested) : ITpmCommand<byte[]>
{
    public static TpmCommandCode Code => TpmCommandCode.GetRandom;

    public static bool ReturnsHandle => false;

    public static byte[] ReadResponse(TpmHandle handle, ref TpmReader reader) =>
        reader.ReadSized("TPM2_GetRandom.randomBytes", TpmHash.MaximumDigestSize).ToArray();

    public void WriteHandles(ref TpmWriter writer)
    {
    }

    public void WriteParameters(ref TpmWriter writer) => writer.WriteUInt16(BytesRequested);
}
