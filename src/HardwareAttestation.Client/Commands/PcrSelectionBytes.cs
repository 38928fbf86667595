using HardwareAttestation.Structures;
using HardwareAttestation.Wire;

namespace HardwareAttestation.Client.Commands;

/// <summary>TPML_PCR_SELECTION in wire form, for where it is only looked at: checked as <see cref="TpmlPcrSelection"/> checks it, and no object made of it.</summary>
internal static class PcrSelectionBytes
{
    private const int MaximumSelectSize = sizeof(uint);
    private const int LeastSelectionSize = sizeof(ushort) + sizeof(byte);

    private static int MaximumSize => sizeof(uint) + (TpmlPcrSelection.MaximumBanks * (LeastSelectionSize + MaximumSelectSize));

    /// <summary>Reads past a selection.</summary>
    /// <exception cref="TpmFormatException">It is malformed.</exception>
    public static void Skip(ref TpmReader reader)
    {
        int count = reader.ReadCount("TPML_PCR_SELECTION", LeastSelectionSize, TpmlPcrSelection.MaximumBanks);
        for (int i = 0; i < count; i++)
        {
            reader.ReadAlgorithm("TPMS_PCR_SELECTION.hash");
            int size = reader.ReadByte("TPMS_PCR_SELECTION.sizeofSelect");
            if (size > MaximumSelectSize)
            {
                throw new TpmFormatException($"TPMS_PCR_SELECTION.sizeofSelect is {size}, and at most {MaximumSelectSize} is allowed.");
            }

            reader.ReadBytes("TPMS_PCR_SELECTION.pcrSelect", size);
        }
    }

    /// <summary>Whether the bytes are those that a selection is written with.</summary>
    public static bool Are(ReadOnlySpan<byte> bytes, TpmlPcrSelection selection)
    {
        Span<byte> written = stackalloc byte[MaximumSize];
        TpmWriter writer = new(written);
        selection.Write(ref writer);
        return bytes.SequenceEqual(writer.Written);
    }
}
