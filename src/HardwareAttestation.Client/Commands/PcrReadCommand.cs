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
        uint updateCounter = reader.ReadUInt32("TPM2_PCR_Read.pcrUpdateCounter");
        TpmlPcrSelection selectionOut = TpmlPcrSelection.Read(ref reader);
        var values = new byte[reader.ReadCount("TPM2_PCR_Read.pcrValues", sizeof(ushort), MaximumDigests)][];
        for (int i = 0; i < values.Length; i++)
        {
            values[i] = reader.ReadSized("TPM2_PCR_Read.pcrValues", TpmHash.MaximumDigestSize).ToArray();
        }

        return new(updateCounter, selectionOut, values);
    }

    public void WriteHandles(ref TpmWriter writer)
    {
    }

    public void WriteParameters(ref TpmWriter writer) => PcrSelectionIn.Write(ref writer);
}

internal readonly record struct PcrReadResponse(uint PcrUpdateCounter, TpmlPcrSelection PcrSelectionOut, byte[][] PcrValues);
