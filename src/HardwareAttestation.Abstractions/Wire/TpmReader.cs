using System.Buffers.Binary;
using HardwareAttestation.Structures;

namespace HardwareAttestation.Wire;

/// <summary>
/// Reads TPM 2.0 wire form: big-endian integers and size-prefixed buffers (TPM 2.0 Library, Part 2, sections 5.1 and 10.4).
/// </summary>
/// <remarks>
/// Every read checks the bounds first and answers <see cref="TpmFormatException"/> with the name of the field. Nothing is allocated:
/// buffers are given out as slices of the input.
/// </remarks>
public ref struct TpmReader
{
    private readonly ReadOnlySpan<byte> _source;
    private int _position;

    /// <summary>Starts at the first byte of <paramref name="source"/>.</summary>
    /// <param name="source">The bytes to read.</param>
    public TpmReader(ReadOnlySpan<byte> source)
    {
        _source = source;
        _position = 0;
    }

    /// <summary>How many bytes were read so far.</summary>
    public readonly int Position => _position;

    /// <summary>How many bytes are left.</summary>
    public readonly int Remaining => _source.Length - _position;

    /// <summary>Reads a BYTE.</summary>
    /// <param name="field">The field's name, for the error message.</param>
    /// <exception cref="TpmFormatException">No byte is left.</exception>
    public byte ReadByte(string field) => Take(field, sizeof(byte))[0];

    /// <summary>Reads a UINT16.</summary>
    /// <inheritdoc cref="ReadByte"/>
    public ushort ReadUInt16(string field) => BinaryPrimitives.ReadUInt16BigEndian(Take(field, sizeof(ushort)));

    /// <summary>Reads a UINT32.</summary>
    /// <inheritdoc cref="ReadByte"/>
    public uint ReadUInt32(string field) => BinaryPrimitives.ReadUInt32BigEndian(Take(field, sizeof(uint)));

    /// <summary>Reads a UINT64.</summary>
    /// <inheritdoc cref="ReadByte"/>
    public ulong ReadUInt64(string field) => BinaryPrimitives.ReadUInt64BigEndian(Take(field, sizeof(ulong)));

    /// <summary>Reads a TPM_ALG_ID.</summary>
    /// <inheritdoc cref="ReadByte"/>
    public TpmAlgId ReadAlgorithm(string field) => (TpmAlgId)ReadUInt16(field);

    /// <summary>Reads a TPM_HANDLE.</summary>
    /// <inheritdoc cref="ReadByte"/>
    public TpmHandle ReadHandle(string field) => new(ReadUInt32(field));

    /// <summary>Reads a TPMI_YES_NO, which is one byte, 0 or 1.</summary>
    /// <param name="field">The field's name, for the error message.</param>
    /// <exception cref="TpmFormatException">No byte is left, or it is neither 0 nor 1.</exception>
    public bool ReadYesNo(string field) => ReadByte(field) switch
    {
        0 => false,
        1 => true,
        byte other => throw new TpmFormatException($"{field} is {other}, and must be 0 (NO) or 1 (YES)."),
    };

    /// <summary>Reads <paramref name="count"/> bytes as they are.</summary>
    /// <param name="field">The field's name, for the error message.</param>
    /// <param name="count">How many bytes.</param>
    /// <returns>A slice of the input.</returns>
    /// <exception cref="TpmFormatException">Fewer bytes are left.</exception>
    public ReadOnlySpan<byte> ReadBytes(string field, int count) => Take(field, count);

    /// <summary>Reads a TPM2B: a UINT16 size and as many bytes.</summary>
    /// <param name="field">The field's name, for the error message.</param>
    /// <param name="maximum">The largest size that the structure allows, in bytes.</param>
    /// <returns>A slice of the input, without the size.</returns>
    /// <exception cref="TpmFormatException">The size is over <paramref name="maximum"/> or over what is left.</exception>
    public ReadOnlySpan<byte> ReadSized(string field, int maximum = ushort.MaxValue)
    {
        int size = ReadUInt16(field);
        return size <= maximum
            ? Take(field, size)
            : throw new TpmFormatException($"{field} is {size} bytes long, and at most {maximum} are allowed.");
    }

    /// <summary>Reads a TPML's UINT32 count, and refuses one that the rest of the input cannot hold.</summary>
    /// <param name="field">The list's name, for the error message.</param>
    /// <param name="elementSize">The least number of bytes that one element takes.</param>
    /// <param name="maximum">The largest count that the structure allows.</param>
    /// <returns>The count.</returns>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="elementSize"/> is not positive, or <paramref name="maximum"/> is negative.</exception>
    /// <exception cref="TpmFormatException">The count is over <paramref name="maximum"/> or over what is left.</exception>
    public int ReadCount(string field, int elementSize, int maximum)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(elementSize);
        ArgumentOutOfRangeException.ThrowIfNegative(maximum);
        uint count = ReadUInt32(field);
        if (count > (uint)maximum)
        {
            throw new TpmFormatException($"{field} has {count} elements, and at most {maximum} are allowed.");
        }

        return count <= (uint)(Remaining / elementSize)
            ? (int)count
            : throw new TpmFormatException($"{field} has {count} elements, and only {Remaining} bytes follow.");
    }

    /// <summary>Gives the bytes that were read since <paramref name="start"/>.</summary>
    /// <param name="start">An earlier <see cref="Position"/>.</param>
    /// <returns>A slice of the input.</returns>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="start"/> is not a position that was passed.</exception>
    public readonly ReadOnlySpan<byte> Since(int start) => _source[start.._position];

    /// <summary>Refuses bytes after the end of a structure.</summary>
    /// <param name="structure">The structure's name, for the error message.</param>
    /// <exception cref="TpmFormatException">Bytes are left.</exception>
    public readonly void ExpectEnd(string structure)
    {
        if (Remaining != 0)
        {
            throw new TpmFormatException($"{structure} is followed by {Remaining} bytes that do not belong to it.");
        }
    }

    private ReadOnlySpan<byte> Take(string field, int count)
    {
        if ((uint)count > (uint)Remaining)
        {
            throw new TpmFormatException($"{field} needs {count} bytes at offset {_position}, and only {Remaining} are left.");
        }

        ReadOnlySpan<byte> taken = _source.Slice(_position, count);
        _position += count;
        return taken;
    }
}
