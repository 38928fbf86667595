using HardwareAttestation.Structures;
using HardwareAttestation.Wire;

namespace HardwareAttestation.Client.Commands;

/// <summary>TPM2_Quote (Part 3, section 18.4) by the key's own scheme. Needs the key's authorisation.</summary>
internal readonly record struct QuoteCommand(TpmEntity SigningKey, ReadOnlyMemory<byte> QualifyingData, TpmlPcrSelection PcrSelect)
    : ITpmCommand<AttestResponse>, INamedTpmCommand
{
    public static TpmCommandCode Code => TpmCommandCode.Quote;

    public static bool ReturnsHandle => false;

    public static AttestResponse ReadResponse(TpmHandle handle, ref TpmReader reader) => AttestResponse.Read(ref reader, "TPM2_Quote.quoted");

    public void WriteHandles(ref TpmWriter writer) => writer.WriteHandle(SigningKey.Handle);

    public void WriteNames(ref TpmWriter writer) => writer.WriteBytes(SigningKey.Name.Bytes.Span);

    public void WriteParameters(ref TpmWriter writer)
    {
        writer.WriteSized(QualifyingData.Span);
        TpmtScheme.Null.Write(ref writer);
        PcrSelect.Write(ref writer);
    }
}
