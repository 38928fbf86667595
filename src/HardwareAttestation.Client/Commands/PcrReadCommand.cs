using HardwareAttestation.Structures;
using HardwareAttestation.Wire;

namespace HardwareAttestation.Client.Commands;

/// <summary>TPM2_PCR_Read (Part 3, section 22.4): reads as many of the PCRs as fit, at most eight.</summary>
internal readonly record struct PcrReadCommand(TpmlPcrSelection PcrSelectionIn) : ITpmCommand<PcrReadResponse>
{
    // TPML_DIGEST holds eight digests (Part 2, section 10.9.5).
    private const int MaximumDigests = 8;

    public static TpmCommandCode Code => TpmCommandCode.PCR_Read;

    public static bool ReturnsHandle => false;

    public static PcrReadResponse ReadResponse(TpmHandle handle, ref TpmReader reader)
    {
        reader.ReadUInt32("TPM2_PCR_Read.pcrUpdateCounter");
        int start = reader.Position;
        PcrSelectionBytes.Skip(ref reader);
        int selectionSize = reader.Position - start;
        int count = reader.ReadCount("TPM2_PCR_Read.pcrValues", sizeof(ushort), MaximumDigests);
        for (int i = 0; i < count; i++)
        {
            reader.ReadSized("TPM2_PCR_Read.pcrValues", TpmHash.MaximumDigestSize);
        }

        return new(reader.Since(start).ToArray(), selectionSize, count);
    }

    public void WriteHandles(ref TpmWriter writer)
    {
    }

    public void WriteParameters(ref TpmWriter writer) => PcrSelectionIn.Write(ref writer);
}

/// <summary>The response to TPM2_PCR_Read, checked and kept as it came: one block instead of an object for each value.</summary>
/// <param name="Bytes">pcrSelectionOut and pcrValues in wire form.</param>
/// <param name="SelectionSize">How many of the bytes are pcrSelectionOut.</param>
/// <param name="Count">How many values there are.</param>
internal readonly record struct PcrReadResponse(byte[] Bytes, int SelectionSize, int Count)
{
    public TpmlPcrSelection PcrSelectionOut => TpmWire.Parse<TpmlPcrSelection>(Bytes.AsSpan(0, SelectionSize));

    /// <summary>Whether the TPM gave all that was asked for.</summary>
    public bool IsAllOf(TpmlPcrSelection asked)
    {
        int count = 0;
        for (int i = 0; i < asked.Count; i++)
        {
            count += asked[i].Count;
        }

        return count > 0 && count == Count && PcrSelectionBytes.Are(Bytes.AsSpan(0, SelectionSize), asked);
    }

    /// <summary>Gives the value at a position, and the position of the next.</summary>
    /// <param name="position">What the last call left there; zero at first.</param>
    public ReadOnlyMemory<byte> ReadValue(ref int position)
    {
        int start = SelectionSize + sizeof(uint) + position;
        TpmReader reader = new(Bytes.AsSpan(start));
        int size = reader.ReadSized("TPM2_PCR_Read.pcrValues").Length;
        position += reader.Position;
        return Bytes.AsMemory(start + sizeof(ushort), size);
    }
}
