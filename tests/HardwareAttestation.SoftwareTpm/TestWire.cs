using System.Buffers.Binary;

namespace HardwareAttestation.SoftwareTpms;

/// <summary>Writes TPM wire form, right or wrong, without the help of the code under test.</summary>
internal sealed class TestWire
{
    private readonly List<byte> _bytes = [];

    public TestWire U8(byte value) => Raw([value]);

    public TestWire U16(int value)
    {
        Span<byte> bytes = stackalloc byte[sizeof(ushort)];
        BinaryPrimitives.WriteUInt16BigEndian(bytes, (ushort)value);
        return Raw(bytes);
    }

    public TestWire U32(uint value)
    {
        Span<byte> bytes = stackalloc byte[sizeof(uint)];
        BinaryPrimitives.WriteUInt32BigEndian(bytes, value);
        return Raw(bytes);
    }

    public TestWire U64(ulong value)
    {
        Span<byte> bytes = stackalloc byte[sizeof(ulong)];
        BinaryPrimitives.WriteUInt64BigEndian(bytes, value);
        return Raw(bytes);
    }

    public TestWire Raw(ReadOnlySpan<byte> value)
    {
        _bytes.AddRange(value);
        return this;
    }

    public TestWire Sized(ReadOnlySpan<byte> value) => U16(value.Length).Raw(value);

    public byte[] ToArray() => [.. _bytes];
}
