using HardwareAttestation.Structures;
using HardwareAttestation.Wire;

namespace HardwareAttestation.Client.Commands;

/// <summary>TPM2_Quote (Part 3, section 18.4) by the key's own scheme. Needs the key's authorisation.</summary>
internal readonly record struct QuoteCommand(TpmEntity SigningKey, ReadOnlyMemory<byte> QualifyingData, TpmlPcrSelection PcrSelect)
    : ITpmCommand<QuoteResponse>, INamedTpmCommand
{
    public static TpmCommandCode Code => TpmCommandCode.Quote;

    public static bool ReturnsHandle => false;

    public static QuoteResponse ReadResponse(TpmHandle handle, ref TpmReader reader)
    {
        ReadOnlySpan<byte> attest = reader.ReadSized("TPM2_Quote.quoted");
        QuoteResponse.ReadPcrDigest(attest);
        return new(attest.ToArray(), TpmtSignature.Read(ref reader));
    }

    public void WriteHandles(ref TpmWriter writer) => writer.WriteHandle(SigningKey.Handle);

    public void WriteNames(ref TpmWriter writer) => writer.WriteBytes(SigningKey.Name.Bytes.Span);

    public void WriteParameters(ref TpmWriter writer)
    {
        writer.WriteSized(QualifyingData.Span);
        TpmtScheme.Null.Write(ref writer);
        PcrSelect.Write(ref writer);
    }
}

/// <summary>The response to TPM2_Quote. <paramref name="Attest"/> is the TPMS_ATTEST of a quote, checked and kept as it came: whoever wants objects of it makes them later.</summary>
internal readonly record struct QuoteResponse(byte[] Attest, TpmtSignature Signature)
{
    public ReadOnlySpan<byte> PcrDigest => ReadPcrDigest(Attest);

    /// <summary>Finds TPMS_QUOTE_INFO.pcrDigest (Part 2, sections 10.12.4 and 10.12.12), and checks all that is around it as <see cref="TpmsAttest"/> does.</summary>
    /// <exception cref="TpmFormatException">It is malformed, or not of a quote.</exception>
    public static ReadOnlySpan<byte> ReadPcrDigest(ReadOnlySpan<byte> attest)
    {
        int mostNameOrData = sizeof(ushort) + TpmHash.MaximumDigestSize;
        TpmReader reader = new(attest);
        reader.ReadUInt32("TPMS_ATTEST.magic");
        var type = (TpmSt)reader.ReadUInt16("TPMS_ATTEST.type");
        if (type != TpmSt.AttestQuote)
        {
            throw new TpmFormatException($"TPMS_ATTEST.type is 0x{(ushort)type:X4}, and a quote was asked for.");
        }

        reader.ReadSized("TPMS_ATTEST.qualifiedSigner", mostNameOrData);
        reader.ReadSized("TPMS_ATTEST.extraData", mostNameOrData);
        TpmsClockInfo.Read(ref reader);
        reader.ReadUInt64("TPMS_ATTEST.firmwareVersion");
        PcrSelectionBytes.Skip(ref reader);
        ReadOnlySpan<byte> digest = reader.ReadSized("TPMS_QUOTE_INFO.pcrDigest", TpmHash.MaximumDigestSize);
        reader.ExpectEnd("TPMS_ATTEST");
        return digest;
    }
}
