using System.Buffers.Binary;
using HardwareAttestation.Structures;
using HardwareAttestation.Wire;

namespace HwAttest.Files;

/// <summary>PCR values in the three forms of tpm2_quote and tpm2_pcrread: bare values, the memory of a C program, and TPM structures.</summary>
internal static class PcrValueFile
{
    public const string Values = "values";
    public const string Serialized = "serialized";
    public const string Marshaled = "marshaled";

    private static readonly int MostBanks = TpmlPcrSelection.MaximumBanks;
    private const int DigestsOfList = 8;

    public static IReadOnlyList<string> Forms { get; } = [Values, Serialized, Marshaled];

    public static byte[] Write(IEnumerable<PcrValue> values) => [.. values.SelectMany(value => value.Digest.ToArray())];

    /// <summary>Reads values.</summary>
    /// <param name="path">The file.</param>
    /// <param name="form">One of <see cref="Forms"/>.</param>
    /// <param name="selection">Whose values they are, which the bare form does not say. A file that is too short or too long gives fewer or more values, for the verdict to refuse.</param>
    public static IReadOnlyList<PcrValue> Read(string path, string form, TpmlPcrSelection selection) => InputFile.Parse<IReadOnlyList<PcrValue>>(
        path, $"a file of PCR values in the form '{form}'", bytes => form switch
        {
            Serialized => ReadSerialized(bytes),
            Marshaled => ReadMarshaled(bytes),
            _ => ReadValues(bytes, selection),
        });

    private static List<PcrValue> ReadValues(ReadOnlySpan<byte> bytes, TpmlPcrSelection selection)
    {
        List<PcrValue> values = [];
        foreach ((TpmAlgId bank, int pcr) in PcrsOf(selection))
        {
            TpmHash.TryGetDigestSize(bank, out int size);
            size = Math.Min(size, bytes.Length);
            values.Add(new PcrValue(bank, pcr, bytes[..size].ToArray()));
            bytes = bytes[size..];
        }

        if (!bytes.IsEmpty && values.Count > 0)
        {
            values.Add(values[^1] with { Digest = bytes.ToArray() });
        }

        return values;
    }

    // TPML_PCR_SELECTION and an array of TPML_DIGEST as they lie in the memory of a little-endian machine.
    private static IReadOnlyList<PcrValue> ReadSerialized(ReadOnlySpan<byte> bytes)
    {
        const int SelectionSize = 8;
        const int SelectPosition = 3;
        int digestSize = sizeof(ushort) + TpmHash.MaximumDigestSize;
        int listSize = sizeof(uint) + (DigestsOfList * digestSize);
        LittleEndianReader reader = new(bytes);
        int banks = reader.ReadCount(MostBanks);
        List<TpmsPcrSelection> selections = [];
        for (int i = 0; i < MostBanks; i++)
        {
            ReadOnlySpan<byte> selection = reader.Read(SelectionSize);
            if (i < banks)
            {
                selections.Add(new TpmsPcrSelection(
                    (TpmAlgId)BinaryPrimitives.ReadUInt16LittleEndian(selection), PcrsOf(selection[SelectPosition..(SelectPosition + 3)])));
            }
        }

        int lists = reader.ReadCount(bytes.Length / listSize);
        List<byte[]> digests = [];
        for (int i = 0; i < lists; i++)
        {
            LittleEndianReader list = new(reader.Read(listSize));
            int count = list.ReadCount(DigestsOfList);
            for (int digest = 0; digest < count; digest++)
            {
                ReadOnlySpan<byte> sized = list.Read(digestSize);
                int size = BinaryPrimitives.ReadUInt16LittleEndian(sized);
                digests.Add(size <= TpmHash.MaximumDigestSize ? sized.Slice(sizeof(ushort), size).ToArray() : throw TooLong());
            }
        }

        reader.ExpectEnd();
        return Join(new TpmlPcrSelection(selections), digests);
    }

    // TPML_PCR_SELECTION, UINT32 count, TPML_DIGESTs, big-endian.
    private static IReadOnlyList<PcrValue> ReadMarshaled(ReadOnlySpan<byte> bytes)
    {
        TpmReader reader = new(bytes);
        TpmlPcrSelection selection = TpmlPcrSelection.Read(ref reader);
        int lists = reader.ReadCount("TPML_DIGEST", sizeof(uint), bytes.Length / sizeof(uint));
        List<byte[]> digests = [];
        for (int i = 0; i < lists; i++)
        {
            int count = reader.ReadCount("TPML_DIGEST.count", sizeof(ushort), DigestsOfList);
            for (int digest = 0; digest < count; digest++)
            {
                digests.Add(reader.ReadSized("TPM2B_DIGEST", TpmHash.MaximumDigestSize).ToArray());
            }
        }

        reader.ExpectEnd("The file");
        return Join(selection, digests);
    }

    private static PcrValue[] Join(TpmlPcrSelection selection, List<byte[]> digests)
    {
        (TpmAlgId Bank, int Pcr)[] pcrs = [.. PcrsOf(selection)];
        return pcrs.Length == digests.Count
            ? [.. pcrs.Zip(digests, (pcr, digest) => new PcrValue(pcr.Bank, pcr.Pcr, digest))]
            : throw new FormatException($"It selects {pcrs.Length} PCRs, and has {digests.Count} values.");
    }

    private static IEnumerable<(TpmAlgId Bank, int Pcr)> PcrsOf(TpmlPcrSelection selection) => selection.SelectMany(bank => bank.Pcrs.Select(pcr => (bank.Hash, pcr)));

    private static int[] PcrsOf(ReadOnlySpan<byte> select)
    {
        byte[] octets = select.ToArray();
        return [.. Enumerable.Range(0, TpmsPcrSelection.PcrCount).Where(pcr => (octets[pcr / 8] & (1 << (pcr % 8))) != 0)];
    }

    private static FormatException TooLong() => new("A digest in it is longer than any hash gives.");

    private ref struct LittleEndianReader(ReadOnlySpan<byte> source)
    {
        private ReadOnlySpan<byte> _rest = source;

        public ReadOnlySpan<byte> Read(int size)
        {
            if (_rest.Length < size)
            {
                throw new FormatException("It ends too early.");
            }

            ReadOnlySpan<byte> part = _rest[..size];
            _rest = _rest[size..];
            return part;
        }

        public int ReadCount(int most)
        {
            uint count = BinaryPrimitives.ReadUInt32LittleEndian(Read(sizeof(uint)));
            return count <= most ? (int)count : throw new FormatException($"It has a count of {count}, and {most} are the most.");
        }

        public readonly void ExpectEnd()
        {
            if (!_rest.IsEmpty)
            {
                throw new FormatException($"{_rest.Length} bytes follow its end.");
            }
        }
    }
}
