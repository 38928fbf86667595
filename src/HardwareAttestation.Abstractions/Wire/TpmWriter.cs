using System.Buffers.Binary;
using HardwareAttestation.Structures;

namespace HardwareAttestation.Wire;

/// <summary>Writes TPM 2.0 wire form into a buffer of the caller: big-endian integers and size-prefixed buffers.</summary>
/// <remarks>Writing past the buffer's end is misuse and answers <see cref="InvalidOperationException"/>.</remarks>
public ref struct TpmWriter
{
    private readonly Span<byte> _destination;
    private int _position;

    /// <summary>Starts at the first byte of <paramref name="destination"/>.</summary>
    /// <param name="destination">Where to write.</param>
    public TpmWriter(Span<byte> destination)
    {
        _destination = destination;
        _position = 0;
    }

    /// <summary>How many bytes were written so far.</summary>
    public readonly int Position => _position;

    /// <summary>What was written so far.</summary>
    public readonly ReadOnlySpan<byte> Written => _destination[.._position];

    /// <summary>Writes a BYTE.</summary>
    /// <param name="value">The value.</param>
    public void WriteByte(byte value) => Reserve(sizeof(byte))[0] = value;

    /// <summary>Writes a UINT16.</summary>
    /// <param name="value">The value.</param>
    public void WriteUInt16(ushort value) => BinaryPrimitives.WriteUInt16BigEndian(Reserve(sizeof(ushort)), value);

    /// <summary>Writes a UINT32.</summary>
    /// <param name="value">The value.</param>
    public void WriteUInt32(uint value) => BinaryPrimitives.WriteUInt32BigEndian(Reserve(sizeof(uint)), value);

    /// <summary>Writes a UINT64.</summary>
    /// <param name="value">The value.</param>
    public void WriteUInt64(ulong value) => BinaryPrimitives.WriteUInt64BigEndian(Reserve(sizeof(ulong)), value);

    /// <summary>Writes a TPM_ALG_ID.</summary>
    /// <param name="value">The algorithm.</param>
    public void WriteAlgorithm(TpmAlgId value) => WriteUInt16((ushort)value);

    /// <summary>Writes a TPM_HANDLE.</summary>
    /// <param name="value">The handle.</param>
    public void WriteHandle(TpmHandle value) => WriteUInt32(value.Value);

    /// <summary>Writes a TPMI_YES_NO.</summary>
    /// <param name="value">The answer: one byte, 1 for yes.</param>
    public void WriteYesNo(bool value) => WriteByte(value ? (byte)1 : (byte)0);

    /// <summary>Writes bytes as they are.</summary>
    /// <param name="value">The bytes.</param>
    public void WriteBytes(scoped ReadOnlySpan<byte> value) => value.CopyTo(Reserve(value.Length));

    /// <summary>Writes a TPM2B: a UINT16 size and the bytes.</summary>
    /// <param name="value">The bytes, at most 65,535.</param>
    /// <exception cref="ArgumentOutOfRangeException">There are more than 65,535 bytes.</exception>
    public void WriteSized(scoped ReadOnlySpan<byte> value)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(value.Length, ushort.MaxValue, nameof(value));
        WriteUInt16((ushort)value.Length);
        WriteBytes(value);
    }

    /// <summary>Leaves room for a UINT16 size that is known only later.</summary>
    /// <returns>What <see cref="EndSized"/> needs.</returns>
    public int BeginSized()
    {
        int start = _position;
        WriteUInt16(0);
        return start;
    }

    /// <summary>Fills in the size of what was written since <see cref="BeginSized"/>.</summary>
    /// <param name="start">What <see cref="BeginSized"/> gave.</param>
    /// <exception cref="OverflowException">More than 65,535 bytes were written since.</exception>
    public readonly void EndSized(int start) =>
        BinaryPrimitives.WriteUInt16BigEndian(_destination[start..], checked((ushort)(_position - start - sizeof(ushort))));

    /// <summary>Writes a UINT32 over one that was written before.</summary>
    /// <param name="position">Where it was written.</param>
    /// <param name="value">The value.</param>
    /// <exception cref="ArgumentOutOfRangeException">No UINT32 was written there.</exception>
    public readonly void OverwriteUInt32(int position, uint value)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(position);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(position, _position - sizeof(uint));
        BinaryPrimitives.WriteUInt32BigEndian(_destination[position..], value);
    }

    private Span<byte> Reserve(int count)
    {
        if (count > _destination.Length - _position)
        {
            throw new InvalidOperationException(
                $"The TPM structure does not fit: {count} bytes are to be written and {_destination.Length - _position} are left.");
        }

        Span<byte> reserved = _destination.Slice(_position, count);
        _position += count;
        return reserved;
    }
}
