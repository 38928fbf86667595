using System.Globalization;
using System.Numerics;
using HardwareAttestation.Wire;

namespace HardwareAttestation.Structures;

/// <summary>TPMS_PCR_SELECTION: PCRs of one bank (TPM 2.0 Library, Part 2, section 10.6.2).</summary>
public sealed class TpmsPcrSelection : ITpmStructure<TpmsPcrSelection>, IEquatable<TpmsPcrSelection>
{
    private const int UsualSelectSize = 3;
    private const int MaximumSelectSize = sizeof(uint);
    private readonly uint _bitmap;
    private readonly int _selectSize;

    /// <summary>Initializes the selection.</summary>
    /// <param name="hash">The bank.</param>
    /// <param name="pcrs">The PCRs, each 0 to 23; their order does not matter.</param>
    /// <exception cref="ArgumentOutOfRangeException">A PCR is not 0 to 23.</exception>
    /// <exception cref="ArgumentException">A PCR is named twice.</exception>
    public TpmsPcrSelection(TpmAlgId hash, params ReadOnlySpan<int> pcrs)
    {
        Hash = hash;
        _selectSize = UsualSelectSize;
        foreach (int pcr in pcrs)
        {
            ArgumentOutOfRangeException.ThrowIfNegative(pcr, nameof(pcrs));
            ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(pcr, PcrCount, nameof(pcrs));
            uint bit = 1u << pcr;
            if ((_bitmap & bit) != 0)
            {
                throw new ArgumentException($"PCR {pcr} is named twice.", nameof(pcrs));
            }

            _bitmap |= bit;
        }
    }

    private TpmsPcrSelection(TpmAlgId hash, uint bitmap, int selectSize)
    {
        Hash = hash;
        _bitmap = bitmap;
        _selectSize = selectSize;
    }

    /// <summary>How many PCRs a bank of a PC Client TPM has.</summary>
    public static int PcrCount => UsualSelectSize * 8;

    /// <summary>The bank.</summary>
    public TpmAlgId Hash { get; }

    /// <summary>How many PCRs are selected.</summary>
    public int Count => BitOperations.PopCount(_bitmap);

    /// <summary>The PCRs in ascending order, which is the order in which a TPM hashes and reads them.</summary>
    public IEnumerable<int> Pcrs
    {
        get
        {
            for (int pcr = 0; pcr < MaximumSelectSize * 8; pcr++)
            {
                if (Contains(pcr))
                {
                    yield return pcr;
                }
            }
        }
    }

    /// <summary>Whether both select the same PCRs of the same bank, whatever the number of octets on the wire.</summary>
    /// <param name="left">A selection, or null.</param>
    /// <param name="right">A selection, or null.</param>
    /// <returns>True if they are the same.</returns>
    public static bool operator ==(TpmsPcrSelection? left, TpmsPcrSelection? right) => left is null ? right is null : left.Equals(right);

    /// <summary>Whether they differ.</summary>
    /// <param name="left">A selection, or null.</param>
    /// <param name="right">A selection, or null.</param>
    /// <returns>True if they do.</returns>
    public static bool operator !=(TpmsPcrSelection? left, TpmsPcrSelection? right) => !(left == right);

    /// <inheritdoc/>
    public static TpmsPcrSelection Read(ref TpmReader reader)
    {
        TpmAlgId hash = reader.ReadAlgorithm("TPMS_PCR_SELECTION.hash");
        int size = reader.ReadByte("TPMS_PCR_SELECTION.sizeofSelect");
        if (size > MaximumSelectSize)
        {
            throw new TpmFormatException($"TPMS_PCR_SELECTION.sizeofSelect is {size}, and at most {MaximumSelectSize} is allowed.");
        }

        ReadOnlySpan<byte> octets = reader.ReadBytes("TPMS_PCR_SELECTION.pcrSelect", size);
        uint bitmap = 0;
        for (int i = 0; i < octets.Length; i++)
        {
            bitmap |= (uint)octets[i] << (8 * i);
        }

        return new(hash, bitmap, size);
    }

    /// <inheritdoc/>
    public void Write(ref TpmWriter writer)
    {
        writer.WriteAlgorithm(Hash);
        writer.WriteByte((byte)_selectSize);
        for (int i = 0; i < _selectSize; i++)
        {
            writer.WriteByte((byte)(_bitmap >> (8 * i)));
        }
    }

    /// <summary>Whether a PCR is selected.</summary>
    /// <param name="pcr">The PCR.</param>
    /// <returns>True if it is.</returns>
    public bool Contains(int pcr) => pcr is >= 0 and < MaximumSelectSize * 8 && (_bitmap & (1u << pcr)) != 0;

    /// <summary>Whether both select the same PCRs of the same bank, whatever the number of octets on the wire.</summary>
    /// <inheritdoc/>
    public bool Equals(TpmsPcrSelection? other) => other is not null && Hash == other.Hash && _bitmap == other._bitmap;

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as TpmsPcrSelection);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Hash, _bitmap);

    /// <summary>The selection as TPM tools write it.</summary>
    /// <returns>For instance <c>sha256:0,1,7</c>.</returns>
    public override string ToString() =>
        $"{TpmHash.ToToolName(Hash)}:{string.Join(',', Pcrs.Select(pcr => pcr.ToString(CultureInfo.InvariantCulture)))}";
}
