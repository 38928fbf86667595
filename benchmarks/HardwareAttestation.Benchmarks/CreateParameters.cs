using HardwareAttestation.Structures;
using HardwareAttestation.Wire;

namespace HardwareAttestation.Benchmarks;

/// <summary>The parameters of TPM2_Create and TPM2_CreatePrimary (TPM 2.0 Library, Part 3, sections 12.1 and 24.1).</summary>
internal static class CreateParameters
{
    public static void Write(TpmtPublic inPublic, ReadOnlySpan<byte> userAuth, ReadOnlySpan<byte> data, ref TpmWriter writer)
    {
        int inSensitive = writer.BeginSized();
        writer.WriteSized(userAuth);
        writer.WriteSized(data);
        writer.EndSized(inSensitive);
        writer.WriteSized(inPublic.Encoded.Span);
        writer.WriteSized([]);
        writer.WriteUInt32(0);
    }
}
