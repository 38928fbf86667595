using HardwareAttestation.Structures;
using HardwareAttestation.Wire;

namespace HardwareAttestation.Client.Commands;

/// <summary>TPM2_Sign (Part 3, section 20.2) by the key's own scheme. Needs the key's authorisation.</summary>
internal readonly record struct SignCommand(TpmEntity Key, ReadOnlyMemory<byte> Digest, TpmtTkHashCheck Validation) : ITpmCommand<TpmtSignature>, INamedTpmCommand
{
    public static TpmCommandCode Code => TpmCommandCode.Sign;

    public static bool ReturnsHandle => false;

    public static TpmtSignature ReadResponse(TpmHandle handle, ref TpmReader reader) => TpmtSignature.Read(ref reader);

    public void WriteHandles(ref TpmWriter writer) => writer.WriteHandle(Key.Handle);

    public void WriteNames(ref TpmWriter writer) => writer.WriteBytes(Key.Name.Bytes.Span);

    public void WriteParameters(ref TpmWriter writer)
    {
        writer.WriteSized(Digest.Span);
        TpmtScheme.Null.Write(ref writer);
        Validation.Write(ref writer);
    }
}
